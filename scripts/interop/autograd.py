"""Compares gradients and log-probs that a server of the Tinker protocol computed with those of PyTorch.

    python scripts/interop/autograd.py MODEL GRADIENTS CHECKPOINTS

MODEL is the folder of the base, GRADIENTS the file that scripts/interop/tinker-server.mjs wrote, CHECKPOINTS the folder
in which SkyRL or TuFT keeps exported adapters. The adapters' steps were along the gradient, so what a step added to a
factor, divided by the scale, is the gradient of that factor.
"""

import json
import os
import sys
import tarfile
import tempfile
from pathlib import Path

os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"

import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
directory, file, checkpoints = sys.argv[1:]
entries = json.loads(Path(file).read_text())
torch.set_default_dtype(torch.float32)


class Adapted(torch.nn.Module):
    """A linear layer with a low-rank adapter."""

    def __init__(self, linear, a, b, scale):
        super().__init__()
        self.linear, self.scale, self.a = linear, scale, a
        self.b = b.clone().requires_grad_()

    def forward(self, x):
        return self.linear(x) + self.scale * (x @ self.a.T @ self.b.T)


def exported(adapter):
    """The folder of an adapter: SkyRL packs it."""
    run = Path(checkpoints) / adapter["run"]
    packed = run / "sampler_weights" / f"{adapter['file']}.tar.gz"
    if not packed.exists():
        return run / adapter["file"] / "adapter"
    folder = tempfile.mkdtemp()
    with tarfile.open(packed) as archive:
        archive.extractall(folder, filter="data")
    return next(Path(folder).rglob("adapter_config.json")).parent


def read(adapter):
    folder = exported(adapter)
    config = json.loads((folder / "adapter_config.json").read_text())
    tensors = load_file(folder / "adapter_model.safetensors")
    factors = {}
    for name, tensor in tensors.items():
        layer, factor = name.split(".lora_")
        factors.setdefault(layer.removeprefix("base_model.model."), {})[factor[0]] = tensor.float()
    return factors, config["lora_alpha"] / config["r"], config


def adapted(factors, scale, zero):
    """The base with the adapter, or with its A and a B of zeros: what it was before the first step."""
    model = AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32).eval()
    layers, shared = {}, {}
    for name, linear in list(model.named_modules()):
        if not name.endswith(TARGETS):
            continue
        if name not in factors:
            raise SystemExit(f"the exported adapter has no {name}: it has {sorted(factors)[:3]} ...")
        a, b = factors[name]["A"], factors[name]["B"]
        parent, child = name.rsplit(".", 1)
        # SkyRL-JAX has one A for q, k and v, and one for gate and up; its exports repeat them.
        a = shared.setdefault((parent, tuple(a[0].tolist())), a.clone().requires_grad_())
        layers[name] = Adapted(linear, a, torch.zeros_like(b) if zero else b, scale)
        setattr(model.get_submodule(parent), child, layers[name])
    return model, layers


def backward(model, batch):
    """Adds the gradient of the objective; returns the log-probs."""
    rows, objective = [], 0
    for one in batch:
        ids = torch.tensor([one["ids"]])
        log_probs = model(ids).logits[0, :-1].log_softmax(-1).gather(1, ids[0, 1:, None])[:, 0]
        objective = objective + (log_probs * torch.tensor(one["weights"])).sum()
        rows.append(log_probs.detach())
    objective.backward()
    return rows


def distance(found, expected):
    return float((found - expected).norm() / expected.norm())


failures = 0
for entry in entries:
    *before, last = entry["adapters"]
    after, scale, config = read(last)
    if entry is entries[0]:
        print(f"adapter: rank {config['r']}, alpha {config['lora_alpha']}")
    # At the start B is 0, so that A has no gradient and is as after the step.
    is_first = not before
    start = after if is_first else read(before[-1])[0]
    model, layers = adapted(start, scale, zero=is_first)
    rows = backward(model, entry["batch"])
    log_probs = max(float((torch.tensor(x) - y).abs().max()) for x, y in zip(entry["logProbs"], rows, strict=True))
    grads = {"A": [], "B": []}
    steps = {"A": [], "B": []}
    for name, layer in layers.items():
        for factor, tensor in (("A", layer.a), ("B", layer.b)):
            then = torch.zeros_like(tensor) if is_first and factor == "B" else start[name][factor]
            steps[factor].append(((after[name][factor] - then) / entry["scale"]).flatten())
            grads[factor].append(tensor.grad.flatten())
    found = {factor: torch.cat(values) for factor, values in steps.items()}
    expected = {factor: torch.cat(values) for factor, values in grads.items()}
    distances = {factor: distance(found[factor], expected[factor]) for factor in ("B" if is_first else "BA")}
    shown = ", ".join(f"{factor} {apart:.1e} of {float(expected[factor].norm()):.3g}" for factor, apart in distances.items())
    holds = log_probs < 1e-4 and max(distances.values()) < 1e-3
    failures += not holds
    print(f"{'ok    ' if holds else 'FAILED'} {entry['what']}: log-probs {log_probs:.1e}; gradient of {shown}")
sys.exit(1 if failures else 0)
