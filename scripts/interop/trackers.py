"""What trackers get of a run, read by the tools that own the formats:

    npm run build
    python -m venv venv && venv/bin/pip install tensorboard wandb trackio mlflow
    venv/bin/python scripts/interop/trackers.py WORK

WORK is an empty folder. The servers of MLflow and Trackio are started on loopback; W&B stays offline. What is not
installed is left out, and said so.
"""

import gzip
import http.server
import importlib.metadata
import importlib.util
import json
import os
import pathlib
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORK = pathlib.Path(sys.argv[1]).resolve()
RUN = WORK / "run"
TOKEN = secrets.token_urlsafe(24)
ENVIRONMENT = {
    **os.environ,
    "TRACKIO_WRITE_TOKEN": TOKEN,
    "TRACKIO_DIR": str(WORK / "trackio"),
    "HF_HUB_OFFLINE": "1",
    "WANDB_MODE": "offline",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "1",
}
failures = 0


def report(what, holds, shown):
    global failures
    failures += not holds
    print(f"{'ok    ' if holds else 'FAILED'} {what}: {shown}", flush=True)


def has(package):
    found = importlib.util.find_spec(package) is not None
    print(f"{package} {importlib.metadata.version(package)}" if found else f"{package} is not installed: left out", flush=True)
    return found


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def rlt(*argv):
    return subprocess.run(["node", str(ROOT / "dist/cli/main.js"), *argv], env=ENVIRONMENT, capture_output=True, text=True)


def server(argv, url, seconds=180):
    log = open(WORK / f"{argv[2]}.log", "w")
    process = subprocess.Popen(argv, env=ENVIRONMENT, cwd=WORK, stdout=log, stderr=log, start_new_session=True)
    for _ in range(seconds):
        try:
            urllib.request.urlopen(url, timeout=2)
            return process
        except Exception:
            if process.poll() is not None:
                break
            time.sleep(1)
    raise SystemExit(f"the server did not start: {log.name}")


def stop(process):
    os.killpg(process.pid, signal.SIGTERM)
    process.wait(20)


def metrics():
    """(stage/name, step) -> value, as the run's own file has them."""
    found = {}
    for line in (RUN / "metrics.jsonl").read_text().splitlines():
        row = json.loads(line)
        stage, step = row.pop("stage"), row.pop("step")
        found.update({(f"{stage}/{name}", step): value for name, value in row.items()})
    return found


WORK.mkdir(parents=True, exist_ok=True)
tiny = str(ROOT / "src/pipeline/testing/tiny.yaml")
track = ["tensorboard", {"wandb": {"project": "interop"}}]
ran = rlt("run", tiny, "--out", str(RUN), "--set", f"track={json.dumps(track)}")
report("a run with trackers", ran.returncode == 0, ran.stdout.strip().splitlines()[-1] if ran.stdout else ran.stderr)
expected = metrics()
print(f"{len(expected)} metrics of {len({step for step in expected})} (name, step) pairs", flush=True)

if has("tensorboard"):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.plugins.hparams import plugin_data_pb2

    events = EventAccumulator(str(RUN / "tensorboard"), size_guidance={"scalars": 0}).Reload()
    read = {}
    doubles = 0
    for tag in events.Tags()["scalars"]:
        for scalar in events.Scalars(tag):
            doubles += (tag, scalar.step) in read
            read[tag, scalar.step] = scalar.value
    off = max(abs(read[key] - value) / max(abs(value), 1e-30) for key, value in expected.items())
    report("TensorBoard reads every metric once", doubles == 0 and set(expected) <= set(read), f"{len(read)} scalars")
    report("to single precision", off < 1e-6, f"{off:.1e}")
    accuracies = sorted(tag for tag, _ in set(read) - set(expected))
    report("and the accuracies of students", len(accuracies) == 6, ", ".join(accuracies[:3]))
    metadata = events.SummaryMetadata("_hparams_/session_start_info")
    info = plugin_data_pb2.HParamsPluginData.FromString(metadata.plugin_data.content).session_start_info
    report("HParams has the recipe", info.hparams["stages.teach.steps"].number_value == 8, f"{len(info.hparams)} parameters")


class Uploads(http.server.BaseHTTPRequestHandler):
    """As much of the server of W&B as `wandb sync` needs: it keeps what is uploaded."""

    protocol_version = "HTTP/1.1"
    history, config, names = [], {}, set()

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        body = json.loads(gzip.decompress(body) if self.headers.get("content-encoding") == "gzip" else body or b"{}")
        answer = {"data": {}}
        if self.path.endswith("/file_stream"):
            part = body.get("files", {}).get("wandb-history.jsonl")
            if part is not None:
                self.history[part["offset"] :] = [json.loads(line) for line in part["content"]]
            answer = {}
        elif "UpsertBucket" in body.get("query", ""):
            given = body["variables"]
            self.config.update({key: item["value"] for key, item in json.loads(given["config"] or "{}").items() if "value" in item})
            self.names.add(given.get("displayName"))
            project = {"id": "p", "name": given["project"], "entity": {"id": "e", "name": "me"}}
            bucket = {"id": "b", "name": given["name"], "config": "{}", "historyLineCount": 0, "project": project}
            answer = {"data": {"upsertBucket": {"bucket": bucket, "inserted": True}}}
        text = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


if has("wandb"):
    [folder] = (RUN / "wandb").iterdir()
    uploads = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Uploads)
    threading.Thread(target=uploads.serve_forever, daemon=True).start()
    # The key is made up: the server that it goes to is the one above.
    environment = {
        **ENVIRONMENT,
        "HOME": str(WORK),
        "WANDB_BASE_URL": f"http://127.0.0.1:{uploads.server_port}",
        "WANDB_API_KEY": "0" * 40,
        "WANDB_ERROR_REPORTING": "false",
    }
    del environment["WANDB_MODE"]
    synced = subprocess.run(
        [str(pathlib.Path(sys.executable).parent / "wandb"), "sync", str(folder)],
        env=environment,
        cwd=WORK,
        capture_output=True,
        text=True,
    )
    uploads.shutdown()
    report("wandb sync", synced.returncode == 0, f"exit code {synced.returncode}")
    read = {}
    doubles = 0
    for row in Uploads.history:
        for name, value in row.items():
            axis = f"{name.split('/')[0]}/step"
            if not name.startswith("_") and name != axis:
                doubles += (name, row[axis]) in read
                read[name, row[axis]] = value
    report("uploads every metric once, exactly", doubles == 0 and all(read.get(k) == v for k, v in expected.items()), f"{len(read)} values in {len(Uploads.history)} rows")
    report("and the recipe, under the run's name", Uploads.config.get("stages.teach.steps") == 8 and "tiny" in Uploads.names, f"{len(Uploads.config)} parameters")

if has("mlflow"):
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    store = f"sqlite:///{WORK / 'mlflow.db'}"
    running = server([sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--backend-store-uri", store, "--workers", "1"], f"{url}/health")
    try:
        for attempt in (1, 2):
            sent = rlt("track", str(RUN), "--to", f"mlflow={url}")
            report(f"rlt track, {attempt}", sent.returncode == 0, (sent.stdout or sent.stderr).strip())
        from mlflow.tracking import MlflowClient

        client = MlflowClient(url)
        [experiment] = [one for one in client.search_experiments() if one.name == "rlt"]
        [found] = client.search_runs([experiment.experiment_id])
        read = {}
        doubles = 0
        for name in found.data.metrics:
            for point in client.get_metric_history(found.info.run_id, name):
                doubles += (name, point.step) in read
                read[name, point.step] = point.value
        report("MLflow has every metric once, exactly", doubles == 0 and all(read.get(k) == v for k, v in expected.items()), f"{len(read)} values")
        report("and the recipe as parameters", found.data.params["stages.teach.steps"] == "8", f"{len(found.data.params)} parameters")
        report("and the state of the run", found.info.status == "FINISHED", found.info.status)
    finally:
        stop(running)

if has("trackio"):
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    # Arguments have come and gone between versions.
    code = f"import inspect, trackio; known = inspect.signature(trackio.show).parameters; wanted = dict(host='127.0.0.1', server_port={port}, open_browser=False, block_thread=True); trackio.show(**{{k: v for k, v in wanted.items() if k in known}})"
    environment = {"GRADIO_SERVER_PORT": str(port), "GRADIO_SERVER_NAME": "127.0.0.1", "GRADIO_ANALYTICS_ENABLED": "False"}
    ENVIRONMENT.update(environment)
    running = server([sys.executable, "-c", code], f"{url}/version")
    try:
        for attempt in (1, 2):
            sent = rlt("track", str(RUN), "--to", f"trackio={url}")
            report(f"rlt track, {attempt}", sent.returncode == 0, (sent.stdout or sent.stderr).strip())

        def ask(name, **kwargs):
            body = json.dumps({"kwargs": kwargs}).encode()
            request = urllib.request.Request(f"{url}/api/{name}", body, {"content-type": "application/json", "x-trackio-write-token": TOKEN})
            return json.load(urllib.request.urlopen(request, timeout=20))["data"]

        [run] = ask("get_runs_for_project", project="rlt")
        name, run_id = (run["name"], run.get("id")) if isinstance(run, dict) else (run, None)
        read = {}
        doubles = 0
        for metric in sorted({key for key, _ in expected}):
            for point in ask("get_metric_values", project="rlt", run=name, metric_name=metric, run_id=run_id):
                doubles += (metric, point["step"]) in read
                read[metric, point["step"]] = point["value"]
        report("Trackio has every metric once", doubles == 0 and all(abs(read.get(k, 1e99) - v) <= 1e-9 * max(1, abs(v)) for k, v in expected.items()), f"{len(read)} values")
        refused = {**ENVIRONMENT, "TRACKIO_WRITE_TOKEN": "wrong"}
        ENVIRONMENT.clear()
        ENVIRONMENT.update(refused)
        wrong = rlt("track", str(RUN), "--to", json.dumps({"trackio": {"url": url, "project": "other"}}))
        report("a wrong token is refused and named by no message", wrong.returncode == 1 and "wrong" not in wrong.stderr, wrong.stderr.strip().splitlines()[0])
    finally:
        stop(running)

print("all agree" if failures == 0 else f"{failures} differ")
sys.exit(failures > 0)
