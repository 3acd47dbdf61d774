"""Runs a recipe of tinker-cookbook against `rlt serve`, unchanged, and prints its metrics.

    python3 -m venv sdk
    sdk/bin/pip install tinker==0.38.0 tinker-cookbook==0.6.1 torch sympy pylatexenc math-verify
    rlt serve models/base=models/base --port 8765 --threads 1 &
    sdk/bin/python scripts/interop/tinker-cookbook.py http://127.0.0.1:8765

The recipe is math_rl on sums of two numbers, which needs no download: the model's name is the folder of its tokenizer,
so run this from the folder in which `models/base` lies.
"""

import importlib.metadata
import json
import os
import subprocess
import sys
import tempfile

URL = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8765"
STEPS = sys.argv[2] if len(sys.argv) > 2 else "12"
SETTINGS = [
    "env=arithmetic",
    "model_name=models/base",
    "renderer_name=qwen3_instruct",
    "loss_fn=importance_sampling",
    "group_size=8",
    "groups_per_batch=8",
    "max_tokens=12",
    "learning_rate=1e-3",
    "eval_every=0",
    "save_every=10",
    f"max_steps={STEPS}",
]

for package in ("tinker", "tinker-cookbook"):
    print(package, importlib.metadata.version(package))
print("tinker_cookbook.recipes.math_rl.train", " ".join(SETTINGS))
environment = {**os.environ, "TINKER_API_KEY": os.environ.get("TINKER_API_KEY", "tml-none"), "HF_HUB_OFFLINE": "1"}
with tempfile.TemporaryDirectory() as folder:
    command = [sys.executable, "-W", "ignore", "-m", "tinker_cookbook.recipes.math_rl.train", *SETTINGS]
    command += [f"base_url={URL}", f"log_path={folder}/log"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(done.stderr[-3000:])
    with open(f"{folder}/log/metrics.jsonl") as file:
        rows = [json.loads(line) for line in file]
    with open(f"{folder}/log/checkpoints.jsonl") as file:
        checkpoints = [json.loads(line) for line in file]

COLUMNS = ["env/all/reward/total", "env/all/format", "optim/kl_sample_train_v1"]
print("step", *(name.rsplit("/", 1)[1] for name in COLUMNS), sep="\t")
for step, row in enumerate(rows):
    values = [row.get(name) for name in COLUMNS]
    if values[0] is not None:
        print(step, *("-" if value is None else f"{value:.6f}" for value in values), sep="\t")
print("checkpoints:", ", ".join(one["name"] for one in checkpoints))
