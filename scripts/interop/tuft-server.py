"""Starts TuFT without a graphics card, for training only: `python scripts/interop/tuft-server.py MODEL WORK PORT`.

Its trainer asks Ray for a GPU and PyTorch for the peak of its memory. Ray is told that there is one, and the question to
PyTorch is left out; the arithmetic is untouched.
"""

import json
import os
import sys
from pathlib import Path

model, work, port = sys.argv[1:]
folder = Path(work)
folder.mkdir(parents=True, exist_ok=True)
# Workers import this at their start. It acts when they import TuFT's trainer.
(folder / "sitecustomize.py").write_text('''
import sys


class Guard:
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name == "tuft.backends.hf_training_model":
            import torch

            if not torch.cuda.is_available():
                torch.cuda.reset_peak_memory_stats = lambda *_, **__: None


sys.meta_path.insert(0, Guard)
''')
os.environ["PYTHONPATH"] = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])
os.environ.update(HF_HUB_OFFLINE="1", RAY_USAGE_STATS_ENABLED="0", RAY_worker_niceness="0")
# JSON is YAML.
models = [{"model_name": "tiny-qwen3", "model_path": model, "max_model_len": 512, "capabilities": ["training"]}]
users = {"tml-none": "interop"}
(folder / "tuft.yaml").write_text(json.dumps({"supported_models": models, "authorized_users": users}))

import ray  # noqa: E402

ray.init(address="local", num_gpus=1, include_dashboard=False, log_to_driver=True)
from tuft.cli import main  # noqa: E402

sys.argv = ["tuft", "launch", "--host", "127.0.0.1", "--port", port, "--config", str(folder / "tuft.yaml")]
sys.argv += ["--checkpoint-dir", str(folder / "checkpoints")]
main()
