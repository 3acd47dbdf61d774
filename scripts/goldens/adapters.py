"""Golden values of adapters in the forms that peft writes, on one of the tiny models of models.py.

    python scripts/goldens/adapters.py      writes src/engine/local/files/goldens/; see README.md

Each adapter is made, saved and read back by peft; its log-probs are computed in float64.
"""

import json
import shutil
from pathlib import Path

import peft
import torch
import transformers
from models import OUT, keep_own_type
from safetensors.torch import load_file, save_file

BASE = "llama-untied"
TARGET = OUT.parent / "files" / "goldens"
# What is given to LoraConfig; peft may write it in another form.
CASES = {
    "all-linear": {"target_modules": "all-linear"},
    "full-names": {"target_modules": ["model.layers.0.self_attn.q_proj", "model.layers.1.mlp.down_proj"]},
    "suffixes": {"target_modules": ["self_attn.q_proj", "0.mlp.up_proj"]},
    "expression": {"target_modules": r".*\.(?P<layer>1)\.self_attn\.(q|v)_proj"},
    "one-layer": {"target_modules": ["q_proj", "k_proj"], "layers_to_transform": 1},
    "layers": {"target_modules": ["o_proj"], "layers_to_transform": [0], "layers_pattern": "layers"},
    "layer-and-full-name": {
        "target_modules": ["v_proj", "model.layers.1.self_attn.o_proj"],
        "layers_to_transform": [0],
        "layers_pattern": ["blocks", "layer[s]"],
    },
    "exclude-list": {"target_modules": ["q_proj", "v_proj"], "exclude_modules": ["layers.0.self_attn.q_proj"]},
    "exclude-expression": {"target_modules": "all-linear", "exclude_modules": r".*\.mlp\..*"},
    "rslora": {"target_modules": ["q_proj", "v_proj"], "use_rslora": True},
    "ranks": {"target_modules": ["q_proj", "v_proj"], "rank_pattern": {"q_proj": 2, r"layers\.1\..*v_proj": 3}},
    "first-pattern": {"target_modules": ["q_proj"], "rank_pattern": {r"layers\.\d\.self_attn\.q_proj": 2, "q_proj": 6}},
    "alphas": {"target_modules": ["q_proj", "up_proj"], "alpha_pattern": {"up_proj": 3.5, "^model.layers.0.self_attn.q_proj": 1}},
    "ranks-and-rslora": {
        "target_modules": ["k_proj", "down_proj"],
        "use_rslora": True,
        "rank_pattern": {"down_proj": 7},
        "alpha_pattern": {"down_proj": 2},
    },
    "fan-in-fan-out": {"target_modules": ["gate_proj"], "fan_in_fan_out": True},
}
# Saved as they stand, for readers that must refuse them.
REFUSED = {
    "dora": {"target_modules": ["q_proj"], "use_dora": True},
    "saved-module": {"target_modules": ["q_proj"], "modules_to_save": ["lm_head"]},
    "bias": {"target_modules": ["q_proj"], "bias": "lora_only"},
    "lora-bias": {"target_modules": ["q_proj"], "lora_bias": True},
    "head": {"target_modules": ["q_proj", "lm_head"]},
    "embedding": {"target_modules": ["q_proj", "embed_tokens"]},
}
# As people write them by hand: peft itself replaces the first by names.
BY_HAND = {"all-linear": {"target_modules": "all-linear"}}


def base_model():
    return transformers.AutoModelForCausalLM.from_pretrained(OUT / BASE, dtype=torch.float32, attn_implementation="sdpa")


def save(name: str, options: dict, random) -> Path:
    adapted = peft.get_peft_model(base_model(), peft.LoraConfig(r=4, lora_alpha=12, task_type="CAUSAL_LM", **options))
    with torch.no_grad():
        for _, parameter in sorted((n, p) for n, p in adapted.named_parameters() if "lora_" in n):
            parameter.copy_(0.3 * torch.randn(parameter.shape, generator=random))
    directory = TARGET / name
    adapted.save_pretrained(directory, save_embedding_layers=False)
    (directory / "README.md").unlink()
    file = directory / "adapter_model.safetensors"
    file.chmod(0o644)
    save_file(dict(sorted(load_file(file).items())), file, metadata={"format": "pt"})
    document = {**json.loads((directory / "adapter_config.json").read_text()), "base_model_name_or_path": BASE}
    if isinstance(document["target_modules"], list):
        document["target_modules"].sort()
    (directory / "adapter_config.json").write_text(json.dumps(document, indent=2) + "\n")
    return directory


@torch.no_grad()
def log_probs(directory: Path, ids: list[int]) -> list[float]:
    model = peft.PeftModel.from_pretrained(base_model(), directory).double().eval()
    logits = model(torch.tensor([ids]), use_cache=False).logits[0, :-1]
    return torch.log_softmax(logits, -1).gather(-1, torch.tensor(ids[1:])[:, None])[:, 0].tolist()


def main() -> None:
    torch.set_num_threads(1)
    keep_own_type(base_model())
    shutil.rmtree(TARGET, ignore_errors=True)
    random = torch.Generator().manual_seed(3000)
    ids = torch.randint(0, 48, (12,), generator=random).tolist()
    golden = {"base": BASE, "ids": ids, "logProbs": {}, "refused": {}}
    for name, options in CASES.items():
        directory = save(name, options, random)
        golden["logProbs"][name] = log_probs(directory, ids)
    for name, fields in BY_HAND.items():
        source, directory = TARGET / name, TARGET / f"{name}-by-hand"
        shutil.copytree(source, directory)
        file = directory / "adapter_config.json"
        file.write_text(json.dumps({**json.loads(file.read_text()), **fields}, indent=2) + "\n")
        golden["logProbs"][directory.name] = log_probs(directory, ids)
    for name, options in REFUSED.items():
        save(name, options, random)
        [golden["refused"][name]] = [key for key in options if key != "target_modules"] or ["target_modules"]
    plain = log_probs_of_base(ids)
    for name, values in golden["logProbs"].items():
        assert max(abs(a - b) for a, b in zip(values, plain, strict=True)) > 1e-2, name
    golden["versions"] = {"peft": peft.__version__, "transformers": transformers.__version__}
    (TARGET / "golden.json").write_text(json.dumps(golden, indent=1) + "\n")


@torch.no_grad()
def log_probs_of_base(ids: list[int]) -> list[float]:
    logits = base_model().double()(torch.tensor([ids]), use_cache=False).logits[0, :-1]
    return torch.log_softmax(logits, -1).gather(-1, torch.tensor(ids[1:])[:, None])[:, 0].tolist()


if __name__ == "__main__":
    main()
