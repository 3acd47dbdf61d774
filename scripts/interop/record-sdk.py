"""Records a small session of the official Tinker SDK with `rlt serve`: the fixture of src/engine/tinker/protocol/recorded.test.ts.

    python3 -m venv sdk && sdk/bin/pip install tinker==0.38.0
    node -e "console.log('tml-' + require('crypto').randomBytes(24).toString('hex'))" > token
    rlt serve builtin:base --port 8765 --threads 1 --token-file token --dir served &
    TINKER_API_KEY=$(cat token) sdk/bin/python scripts/interop/record-sdk.py http://127.0.0.1:8765 src/engine/tinker/goldens/sdk-0.38.json

The requests pass a proxy in this script. Bodies of Protocol Buffers are kept as bytes and as the SDK's own classes read
them; `seen` is what the SDK gave its caller. Keys are not recorded. The server has a token because it then names no
folder of the machine. Heartbeats, telemetry and repeated questions for a result are left out.
"""

import base64
import http.client
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import tinker
from google.protobuf.json_format import MessageToDict
from tinker import types
from tinker.proto import tinker_public_pb2 as pb

TARGET, OUT = sys.argv[1:3]
LEFT_OUT = ("session_heartbeat", "telemetry")
exchanges = []
# The path of the call behind each id of a request.
calls = {}
lock = threading.Lock()


def read(message, body):
    message.ParseFromString(body)
    return {
        "_protobuf": MessageToDict(message, preserving_proto_field_name=True),
        "_base64": base64.b64encode(body).decode(),
    }


def readable(body, content_type, kind):
    """A body as JSON, or as a message of this kind."""
    if not body:
        return None
    return read(kind(), body) if content_type.startswith("application/x-protobuf") else json.loads(body)


class Proxy(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def pass_on(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        to = http.client.HTTPConnection(urlsplit(TARGET).netloc)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "accept-encoding")}
        to.request(self.command, self.path, body, headers)
        reply = to.getresponse()
        answer = reply.read()
        kind = reply.getheader("content-type") or ""
        self.send_response(reply.status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
        if reply.status == 408 or self.path.endswith(LEFT_OUT):
            return
        # What kind of message a result is follows from the call that it is the result of.
        asked = json.loads(body).get("request_id") if self.path.endswith("retrieve_future") else None
        kind_of_result = pb.SampleResponse if calls.get(asked) == "asample" else pb.ForwardBackwardOutput
        exchange = {
            "method": self.command,
            "path": self.path,
            "request": readable(body, self.headers.get("content-type") or "", pb.ForwardBackwardRequest),
            "status": reply.status,
            "response": readable(answer, kind, kind_of_result),
        }
        with lock:
            if not asked and isinstance(exchange["response"], dict) and "request_id" in exchange["response"]:
                calls[exchange["response"]["request_id"]] = self.path.rsplit("/", 1)[-1]
            exchanges.append(exchange)

    do_GET = do_POST = do_DELETE = pass_on


proxy = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
threading.Thread(target=proxy.serve_forever, daemon=True).start()


def awaited(client):
    return client.result() if hasattr(client, "result") else client


def tensor(values, dtype="float32"):
    return types.TensorData(data=list(values), dtype=dtype, shape=[len(values)])


IDS = [5, 6, 7, 8, 9, 10]
WEIGHTS = [1.0, -0.5, 0.0, 2.0, 1.0]
ADAM = {"learning_rate": 0.01, "beta1": 0.9, "beta2": 0.95, "eps": 1e-8, "weight_decay": 0.0, "grad_clip_norm": 1.0}
datum = types.Datum(
    model_input=types.ModelInput.from_ints(IDS[:-1]),
    loss_fn_inputs={"target_tokens": tensor(IDS[1:], "int64"), "weights": tensor(WEIGHTS)},
)

service = tinker.ServiceClient(base_url=f"http://127.0.0.1:{proxy.server_port}")
service.get_server_capabilities()
training = awaited(service.create_lora_training_client("base", rank=4, seed=3))
passed = training.forward_backward([datum], "cross_entropy").result()
stepped = training.optim_step(types.AdamParams(**ADAM)).result()
sampler = awaited(training.save_weights_and_get_sampling_client())
params = types.SamplingParams(max_tokens=4, seed=1, temperature=1.0, top_k=-1, top_p=1.0, stop=[])
sampled = sampler.sample(
    types.ModelInput.from_ints(IDS), num_samples=2, sampling_params=params, include_prompt_logprobs=True
).result()
saved = training.save_state("recorded").result()
awaited(service.create_training_client_from_state_with_optimizer(saved.path))
refused = None
try:
    training.forward_backward([datum], "gspo").result()
except tinker.RequestFailedError as error:
    refused = str(error)
seen = {
    "ids": IDS,
    "weights": WEIGHTS,
    "adam": ADAM,
    "logProbs": passed.loss_fn_outputs[0]["logprobs"].to_numpy().tolist(),
    "metrics": passed.metrics,
    "step": stepped.metrics,
    "samples": [
        {"ids": list(map(int, one.tokens)), "logProbs": one.logprobs_np.tolist()} for one in sampled.sequences
    ],
    "promptLogProbs": sampled.prompt_logprobs_np.tolist()[1:],
    "path": saved.path,
    "refused": refused,
}
service.close("success")
with open(OUT, "w") as file:
    json.dump({"sdk": tinker.__version__, "seen": seen, "exchanges": exchanges}, file, indent=1)
    file.write("\n")
print(f"{len(exchanges)} exchanges")
