"""Starts TuFT without a graphics card: `python scripts/interop/tuft-server.py MODEL WORK PORT training [sampling]`.

What runs is TuFT's own server, trainer and sampler. This replaces what needs a card, and no arithmetic:

- Ray is told that there is a GPU for each of the two.
- The trainer's question to PyTorch about the peak of its memory is left out.
- The sampler's worker, a vLLM worker for GPUs with one method more, is made of vLLM's worker for CPUs.
- vLLM keeps keys and values in 1 GiB. By TuFT's setting it would take 90 % of the machine's memory.

TuFT also serves the sampler's vLLM, without a key, at the address that Ray has for the machine, whatever --host says.
"""

import json
import os
import sys
from pathlib import Path

model, work, port, *capabilities = sys.argv[1:]
folder = Path(work)
folder.mkdir(parents=True, exist_ok=True)
# Workers import this at their start. It acts when they import what it changes.
(folder / "sitecustomize.py").write_text('''
import sys


class Guard:
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name == "tuft.backends.hf_training_model":
            import torch

            if not torch.cuda.is_available():
                torch.cuda.reset_peak_memory_stats = lambda *_, **__: None
        if name == "tuft.backends.vllm_worker":
            from vllm.v1.worker import cpu_worker, gpu_worker

            gpu_worker.Worker = cpu_worker.CPUWorker


sys.meta_path.insert(0, Guard)
''')
os.environ["PYTHONPATH"] = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])
os.environ.update(HF_HUB_OFFLINE="1", RAY_USAGE_STATS_ENABLED="0", RAY_worker_niceness="0")
os.environ.update(VLLM_CPU_KVCACHE_SPACE="1", VLLM_NO_USAGE_STATS="1")
# JSON is YAML.
models = [{"model_name": "tiny-qwen3", "model_path": model, "max_model_len": 512, "capabilities": capabilities}]
users = {"tml-none": "interop"}
(folder / "tuft.yaml").write_text(json.dumps({"supported_models": models, "authorized_users": users}))

import ray  # noqa: E402

ray.init(address="local", num_gpus=len(capabilities), include_dashboard=False, log_to_driver=True)
from tuft.cli import main  # noqa: E402

sys.argv = ["tuft", "launch", "--host", "127.0.0.1", "--port", port, "--config", str(folder / "tuft.yaml")]
sys.argv += ["--checkpoint-dir", str(folder / "checkpoints")]
main()
