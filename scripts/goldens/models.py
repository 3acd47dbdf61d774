"""Golden values of the local engine: tiny random models and what PyTorch computes with them.

    python scripts/goldens/models.py [NAME ...]      writes src/engine/local/goldens/NAME/, for every model by default; see README.md

Weights are drawn with fixed seeds, rounded to the number type of the model's file, and everything is computed in float64
by transformers, peft and torch.optim; results are stored as float32 (arrays, golden.safetensors) and JSON (golden.json).
The script stops when float32 and float64 disagree or a greedy choice is too close to call.
"""

import json
import shutil
import sys
from pathlib import Path

import peft
import torch
import transformers
from safetensors.torch import save_file
from transformers import (
    Gemma2Config,
    Gemma3TextConfig,
    GemmaConfig,
    GraniteConfig,
    LlamaConfig,
    MinistralConfig,
    MistralConfig,
    Olmo2Config,
    Phi3Config,
    Qwen2Config,
    Qwen3Config,
    SeedOssConfig,
    SmolLM3Config,
)

OUT = Path(__file__).parents[2] / "src" / "engine" / "local" / "goldens"
TEMPERATURE = 0.7
ADAMW = {"learningRate": 5e-3, "beta1": 0.9, "beta2": 0.95, "epsilon": 1e-6, "weightDecay": 0.1, "clipNorm": 1.0}
STEPS = 5
LENGTHS = (11, 6, 14)
GREEDY_PROMPT, GREEDY_TOKENS = 4, 12
ALL_LINEAR = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
SIZES = {"hidden_size": 16, "intermediate_size": 36, "num_hidden_layers": 2, "num_attention_heads": 4}
CONTEXT = {"max_position_embeddings": 64}

# dtype: of the weight file. drop: fields left out of config.json, whose defaults say the same. old: rope_theta and rope_scaling at the top of config.json, as transformers 4 wrote it.
MODELS = {
    "llama-untied": {
        "config": LlamaConfig(**SIZES, vocab_size=48, num_key_value_heads=2, max_position_embeddings=64),
        "dtype": torch.float32,
        "targets": ["q_proj", "v_proj", "gate_proj", "down_proj"],
    },
    "llama-biases": {
        # A bias on every attention projection, and heads whose total is not the hidden size.
        "config": LlamaConfig(
            **SIZES, vocab_size=50, num_key_value_heads=1, head_dim=6, attention_bias=True, max_position_embeddings=64
        ),
        "dtype": torch.float32,
        "targets": ["o_proj"],
    },
    "llama3-rope": {
        # Of the four frequencies one is kept, one blended, two stretched.
        "config": LlamaConfig(
            **{**SIZES, "hidden_size": 32},
            vocab_size=56,
            num_key_value_heads=2,
            max_position_embeddings=128,
            rms_norm_eps=1e-5,
            tie_word_embeddings=True,
            rope_parameters={
                "rope_type": "llama3",
                "rope_theta": 500.0,
                "factor": 8.0,
                "low_freq_factor": 1.0,
                "high_freq_factor": 4.0,
                "original_max_position_embeddings": 32,
            },
        ),
        "dtype": torch.float32,
        "sharded": True,
        "old": True,
        "targets": ["q_proj", "k_proj"],
    },
    "qwen2": {
        "config": Qwen2Config(
            **SIZES, vocab_size=64, num_key_value_heads=2, max_position_embeddings=64, rope_parameters={"rope_type": "default", "rope_theta": 1e6}
        ),
        "dtype": torch.bfloat16,
        "targets": ALL_LINEAR,
    },
    "qwen3": {
        "config": Qwen3Config(
            **{**SIZES, "hidden_size": 24},
            vocab_size=52,
            num_key_value_heads=2,
            head_dim=8,
            max_position_embeddings=64,
            tie_word_embeddings=True,
            rope_parameters={"rope_type": "default", "rope_theta": 1e6},
        ),
        "dtype": torch.float16,
        "targets": ALL_LINEAR,
    },
    "smollm2": {
        "config": LlamaConfig(
            **{**SIZES, "hidden_size": 24, "num_attention_heads": 3},
            vocab_size=49,
            num_key_value_heads=1,
            max_position_embeddings=64,
            rms_norm_eps=1e-5,
            tie_word_embeddings=True,
            rope_parameters={"rope_type": "default", "rope_theta": 1e5},
        ),
        "dtype": torch.float32,
        "old": True,
        "targets": ["q_proj", "v_proj", "up_proj"],
    },
    "mistral": {
        "config": MistralConfig(**SIZES, **CONTEXT, vocab_size=48, num_key_value_heads=2, sliding_window=None),
        "dtype": torch.bfloat16,
        "targets": ["q_proj", "v_proj"],
    },
    "mistral-window": {
        "config": MistralConfig(**SIZES, **CONTEXT, vocab_size=48, num_key_value_heads=2, sliding_window=5),
        "dtype": torch.float32,
        "old": True,
        "targets": ALL_LINEAR,
    },
    "ministral": {
        "config": MinistralConfig(
            **SIZES, **CONTEXT, vocab_size=50, num_key_value_heads=1, head_dim=6, sliding_window=3, layer_types=["full_attention", "sliding_attention"]
        ),
        "dtype": torch.float32,
        "targets": ["k_proj", "down_proj"],
    },
    "seed-oss": {
        "config": SeedOssConfig(**SIZES, **CONTEXT, vocab_size=50, num_key_value_heads=2, head_dim=6, attention_dropout=0.0, residual_dropout=0.0),
        "dtype": torch.float32,
        "targets": ["q_proj", "o_proj"],
    },
    "qwen2-full": {
        # A window that is switched on and used by no layer.
        "config": Qwen2Config(
            **SIZES, **CONTEXT, vocab_size=52, num_key_value_heads=2, use_sliding_window=True, sliding_window=3, max_window_layers=2
        ),
        "dtype": torch.float32,
        "targets": ["v_proj"],
    },
    "qwen2-window": {
        "config": Qwen2Config(
            **SIZES, **CONTEXT, vocab_size=52, num_key_value_heads=2, use_sliding_window=True, sliding_window=3, max_window_layers=1
        ),
        "dtype": torch.float32,
        "drop": ["layer_types"],
        "targets": ["v_proj"],
    },
    "smollm3": {
        "config": SmolLM3Config(
            **{**SIZES, "num_hidden_layers": 3}, **CONTEXT, vocab_size=49, num_key_value_heads=2, no_rope_layer_interval=3
        ),
        "dtype": torch.bfloat16,
        "targets": ["q_proj", "gate_proj"],
    },
    "olmo2": {
        "config": Olmo2Config(**SIZES, **CONTEXT, vocab_size=48, num_key_value_heads=2),
        "dtype": torch.float32,
        "targets": ALL_LINEAR,
    },
    "phi3": {
        "config": Phi3Config(**SIZES, **CONTEXT, vocab_size=48, num_key_value_heads=2, original_max_position_embeddings=64, sliding_window=6),
        "dtype": torch.bfloat16,
        "targets": ["qkv_proj", "o_proj", "gate_up_proj", "down_proj"],
    },
    "granite": {
        "config": GraniteConfig(
            **SIZES,
            **CONTEXT,
            vocab_size=48,
            num_key_value_heads=2,
            tie_word_embeddings=True,
            embedding_multiplier=3.0,
            attention_multiplier=0.3,
            residual_multiplier=0.4,
            logits_scaling=1.7,
        ),
        "dtype": torch.float32,
        "targets": ["q_proj", "up_proj"],
    },
    "gemma": {
        "config": GemmaConfig(**SIZES, **CONTEXT, vocab_size=48, num_key_value_heads=1, head_dim=8),
        "dtype": torch.float32,
        "targets": ["q_proj", "down_proj"],
    },
    "gemma2": {
        # Caps so low that they bend most scores and logits.
        "config": Gemma2Config(
            **SIZES,
            **CONTEXT,
            vocab_size=50,
            num_key_value_heads=2,
            head_dim=8,
            query_pre_attn_scalar=6,
            sliding_window=4,
            attn_logit_softcapping=2.0,
            final_logit_softcapping=3.0,
        ),
        "dtype": torch.bfloat16,
        "attention": "eager",
        "targets": ALL_LINEAR,
    },
    "gemma3": {
        "config": Gemma3TextConfig(
            **{**SIZES, "num_hidden_layers": 3},
            **CONTEXT,
            vocab_size=50,
            num_key_value_heads=1,
            head_dim=8,
            query_pre_attn_scalar=8,
            sliding_window=4,
            layer_types=["sliding_attention", "full_attention", "sliding_attention"],
            rope_parameters={
                "full_attention": {"rope_type": "linear", "factor": 4.0, "rope_theta": 1e6},
                "sliding_attention": {"rope_type": "default", "rope_theta": 1e4},
            },
        ),
        "dtype": torch.float32,
        "targets": ["q_proj", "k_proj"],
    },
    "llama-linear": {
        "config": LlamaConfig(
            **SIZES, **CONTEXT, vocab_size=48, num_key_value_heads=2, rope_parameters={"rope_type": "linear", "rope_theta": 1e4, "factor": 2.5}
        ),
        "dtype": torch.float32,
        "old": True,
        "targets": ["q_proj"],
    },
    "qwen2-yarn": {
        # Of the four frequencies one is kept, two blended, one stretched.
        "config": Qwen2Config(
            **{**SIZES, "hidden_size": 32},
            max_position_embeddings=128,
            vocab_size=48,
            num_key_value_heads=2,
            rope_parameters={"rope_type": "yarn", "rope_theta": 500.0, "factor": 4.0, "original_max_position_embeddings": 32, "beta_fast": 4, "beta_slow": 0.2},
        ),
        "dtype": torch.float32,
        "old": True,
        "targets": ["k_proj"],
    },
}


def norm_in_own_type(self, hidden):
    """transformers computes RMS norms in float32 whatever the model's type; here float64 stays float64."""
    return self.weight * hidden * torch.rsqrt(hidden.pow(2).mean(-1, keepdim=True) + self.variance_epsilon)


def gemma_norm_in_own_type(self, hidden):
    return (1 + self.weight) * hidden * torch.rsqrt(hidden.pow(2).mean(-1, keepdim=True) + self.eps)


def keep_own_type(model) -> None:
    """Gives every RMS norm of the model's class the forward pass above, for models made from now on as well."""
    for module in model.modules():
        if type(module).__name__.endswith("RMSNorm"):
            type(module).forward = gemma_norm_in_own_type if type(module).__name__.startswith("Gemma") else norm_in_own_type


def draw_weights(model, random, dtype) -> None:
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            values = torch.randn(parameter.shape, generator=random, dtype=torch.float64)
            if "norm" in name:
                values = (0 if model.config.model_type.startswith("gemma") else 1) + 0.3 * values
            elif name.endswith("bias"):
                values = 0.3 * values
            elif "embed_tokens" in name:
                values = 0.5 * values
            else:
                values = 1.2 * values / parameter.shape[1] ** 0.5
            parameter.copy_(values.to(dtype).to(parameter.dtype))


def write_config(dtype, old: bool, drop: list[str], directory: Path) -> None:
    document = json.loads((directory / "config.json").read_text())
    document = {key: value for key, value in document.items() if key not in drop}
    document["dtype"] = str(dtype).removeprefix("torch.")
    if old:
        rope = document.pop("rope_parameters")
        document["rope_theta"] = rope.pop("rope_theta")
        document["rope_scaling"] = None if rope["rope_type"] == "default" else rope
        document["torch_dtype"] = document.pop("dtype")
        document["transformers_version"] = "4.46.0"
    (directory / "config.json").write_text(json.dumps(document, indent=2) + "\n")


def log_probs(model, ids, temperature) -> torch.Tensor:
    """log p(ids[t] | ids[:t]) for t = 1 ..."""
    logits = model(torch.tensor([ids]), use_cache=False).logits[0, :-1]
    return torch.log_softmax(logits / temperature, -1).gather(-1, torch.tensor(ids[1:])[:, None])[:, 0]


def objective(model, sequences, weights) -> torch.Tensor:
    total = torch.zeros((), dtype=torch.float64)
    for sequence, its in zip(sequences, weights, strict=True):
        chosen = log_probs(model, sequence["ids"], TEMPERATURE)[torch.tensor(sequence["positions"]) - 1]
        total = total + (torch.tensor(its, dtype=torch.float64) * chosen).sum()
    return total


def draw_sequences(random, vocabulary: int) -> list[dict]:
    """Every position; some in the middle; the first and the last."""
    sequences = []
    for index, length in enumerate(LENGTHS):
        ids = torch.randint(0, vocabulary, (length,), generator=random).tolist()
        positions = [list(range(1, length)), [2, 3], [1, 4, 5, 9, length - 1]][index]
        sequences.append({"ids": ids, "positions": positions, "weights": draw_signs(random, len(positions))})
    return sequences


def draw_signs(random, count: int) -> list[float]:
    # Multiples of 1/64: exact in every number type.
    return (torch.randint(-64, 65, (count,), generator=random) / 64).tolist()


def trainer_decays(model) -> list[str]:
    """The parameters that decay, as the Trainer of transformers groups them: its method reads nothing but the model."""
    return transformers.Trainer.get_decay_parameter_names(None, model)


def five_steps(model, sequences, random) -> dict:
    """Trains in place; returns what to repeat."""
    learning = [parameter for parameter in model.parameters() if parameter.requires_grad]
    decayed = set(trainer_decays(model))
    groups = [
        {"params": [p for n, p in model.named_parameters() if p.requires_grad and (n in decayed) == decays], "weight_decay": decay}
        for decays, decay in [(True, ADAMW["weightDecay"]), (False, 0.0)]
    ]
    optimizer = torch.optim.AdamW(
        groups,
        lr=ADAMW["learningRate"],
        betas=(ADAMW["beta1"], ADAMW["beta2"]),
        eps=ADAMW["epsilon"],
        maximize=True,
    )
    steps, norms = [], []
    for step in range(STEPS):
        # The last step's weights are small, so that it is not clipped.
        scale = 1 if step < STEPS - 1 else 1 / 1024
        weights = [[scale * weight for weight in draw_signs(random, len(s["positions"]))] for s in sequences]
        optimizer.zero_grad()
        objective(model, sequences, weights).backward()
        norms.append(torch.nn.utils.clip_grad_norm_(learning, ADAMW["clipNorm"]).item())
        optimizer.step()
        steps.append(weights)
    assert min(norms) < ADAMW["clipNorm"] < max(norms), norms
    return {"settings": ADAMW, "weights": steps, "gradientNorms": norms}


def greedy(model, ids: list[int]) -> list[int]:
    ids = list(ids)
    for _ in range(GREEDY_TOKENS):
        top = model(torch.tensor([ids]), use_cache=False).logits[0, -1].topk(2)
        if top.values[0] - top.values[1] < 1e-2:
            return []
        ids.append(top.indices[0].item())
    return ids[-GREEDY_TOKENS:]


def factor_name(name: str) -> str:
    return name.removeprefix("base_model.model.").replace(".default.weight", "")


def lora_goldens(model, name, targets, sequences, random, directory: Path) -> tuple[dict, dict]:
    settings = peft.LoraConfig(r=4, lora_alpha=8, target_modules=targets, lora_dropout=0.0, task_type="CAUSAL_LM")
    adapted = peft.get_peft_model(model, settings).double()
    with torch.no_grad():
        for _, parameter in sorted((n, p) for n, p in adapted.named_parameters() if p.requires_grad):
            values = 0.3 * torch.randn(parameter.shape, generator=random, dtype=torch.float64)
            parameter.copy_(values.float().double())
    # Saved as float32, which the values are.
    adapted.float().save_pretrained(directory / "adapter", save_embedding_layers=False)
    adapted.double()
    (directory / "adapter" / "README.md").unlink()
    config_file = directory / "adapter" / "adapter_config.json"
    document = {**json.loads(config_file.read_text()), "base_model_name_or_path": name}
    document["target_modules"].sort()
    config_file.write_text(json.dumps(document, indent=2) + "\n")
    arrays = {"lora/logits": adapted(torch.tensor([sequences[0]["ids"]])).logits[0].detach()}
    objective(adapted, sequences, [s["weights"] for s in sequences]).backward()
    learning = {factor_name(n): p for n, p in adapted.named_parameters() if p.requires_grad}
    for factor, parameter in learning.items():
        arrays[f"lora/gradient/{factor}"] = parameter.grad.clone()
    with torch.no_grad():
        scored = {str(tau): [log_probs(adapted, s["ids"], tau).tolist() for s in sequences] for tau in (1, 0.7)}
    adamw = five_steps(adapted, sequences, random)
    for factor, parameter in learning.items():
        arrays[f"lora/adamw/{factor}"] = parameter.detach()
    return {"rank": 4, "alpha": 8, "targets": targets, "logProbs": scored, "adamw": adamw}, arrays


def make(name: str, plan: dict, seed: int) -> None:
    directory = OUT / name
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    random = torch.Generator().manual_seed(seed)
    config = plan["config"]
    # No id of the tiny vocabulary is special.
    config.bos_token_id = config.eos_token_id = config.pad_token_id = None
    attention = plan.get("attention", "sdpa")
    model = transformers.AutoModelForCausalLM.from_config(config, attn_implementation=attention).eval()
    keep_own_type(model)
    draw_weights(model, random, plan["dtype"])
    model.to(plan["dtype"]).save_pretrained(directory, max_shard_size="20KB" if plan.get("sharded") else "1GB")
    (directory / "generation_config.json").unlink()
    write_config(plan["dtype"], plan.get("old", False), plan.get("drop", []), directory)

    # Read back from what was written: the goldens belong to the files.
    model = transformers.AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32, attn_implementation=attention)
    sequences = draw_sequences(random, config.vocab_size)
    single = model(torch.tensor([sequences[0]["ids"]])).logits[0].detach().double()
    rotary = model.model.rotary_emb
    kinds = {"inverseFrequencies": "full_attention_inv_freq", "localInverseFrequencies": "sliding_attention_inv_freq"}
    frequencies = {key: getattr(rotary, name).tolist() for key, name in kinds.items() if hasattr(rotary, name)}
    frequencies = frequencies or {"inverseFrequencies": rotary.inv_freq.tolist()}
    model.double().eval()
    arrays = {"logits": model(torch.tensor([sequences[0]["ids"]])).logits[0].detach()}
    assert (single - arrays["logits"]).abs().max() < 2e-5, (single - arrays["logits"]).abs().max()

    total = objective(model, sequences, [s["weights"] for s in sequences])
    total.backward()
    for parameter, values in model.named_parameters():
        assert values.grad.abs().max() > 1e-6, parameter
        arrays[f"gradient/{parameter}"] = values.grad.clone()
    with torch.no_grad():
        scored = {str(tau): [log_probs(model, s["ids"], tau).tolist() for s in sequences] for tau in (1, 0.7)}
        decoded: list[int] = []
        while not decoded:
            prompt = torch.randint(0, config.vocab_size, (GREEDY_PROMPT,), generator=random).tolist()
            decoded = greedy(model, prompt)
    before = {key: value.clone() for key, value in model.state_dict().items()}
    model.zero_grad()
    adamw = five_steps(model, sequences, random)
    for parameter, values in model.named_parameters():
        arrays[f"adamw/{parameter}"] = values.detach().clone()
    model.load_state_dict(before)
    model.zero_grad()
    lora, lora_arrays = lora_goldens(model, name, plan["targets"], sequences, random, directory)
    arrays.update(lora_arrays)

    save_file({key: value.float().contiguous() for key, value in arrays.items()}, directory / "golden.safetensors")
    golden = {
        "temperature": TEMPERATURE,
        "sequences": sequences,
        "logProbs": scored,
        "objective": total.item(),
        **frequencies,
        "greedy": {"prompt": prompt, "ids": decoded},
        "adamw": adamw,
        "lora": lora,
        "versions": {"torch": torch.__version__.split("+")[0], "transformers": transformers.__version__, "peft": peft.__version__},
    }
    for file in directory.rglob("*.safetensors"):
        file.chmod(0o644)
    (directory / "golden.json").write_text(json.dumps(golden) + "\n")
    print(f"{name}: {sum(p.numel() for p in before.values())} numbers, norms {[round(n, 3) for n in adamw['gradientNorms']]}")


def main() -> None:
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)
    asked = sys.argv[1:] or list(MODELS)
    for index, (name, plan) in enumerate(MODELS.items()):
        if name in asked:
            make(name, plan, seed=1000 + index)


if __name__ == "__main__":
    main()
