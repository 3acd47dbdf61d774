"""Golden ids of BPE tokenizers with byte fallback (SentencePiece's form), by the tokenizers library.

    python scripts/goldens/byte_fallback.py      writes src/text/goldens/byte-fallback.json

One small vocabulary, trained here, in the forms in which Llama 2, TinyLlama, Mistral, Phi 3 and Gemma have theirs. `plain` are
the ids of ordinary text, in which special tokens are not recognised; `ids` those of the whole, and `decoded` their text.
"""

import json
from pathlib import Path

import tokenizers
from tokenizers import Tokenizer, models, normalizers, trainers

OUT = Path(__file__).parents[2] / "src" / "text" / "goldens" / "byte-fallback.json"
CORPUS = [
    "The train leaves the station at noon and runs for three hours. How far does it get at eighty kilometres an hour?",
    "Let us think: in three hours the train runs three times eighty kilometres, which is 240 kilometres.\n\nSo the answer is 240.",
    "There is no shortage of words in the  language;   there are more of them than there are numbers to count them.",
    "caf\u00e9 na\u00efve \u4f60\u597d \u4e16\u754c x = y + 1",
] * 4
SPACE = "\u2581"
STRIP = {"type": "Strip", "content": " ", "start": 1, "stop": 0}
DECODERS = [{"type": "Replace", "pattern": {"String": SPACE}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"}]
PREPEND = {"type": "Prepend", "prepend": SPACE}
REPLACE = {"type": "Replace", "pattern": {"String": " "}, "content": SPACE}
SPLIT = {"type": "Split", "pattern": {"String": " "}, "behavior": "MergedWithPrevious", "invert": False}


def metaspace(scheme: str, split: bool) -> dict:
    return {"type": "Metaspace", "replacement": SPACE, "prepend_scheme": scheme, "split": split}


LLAMA = {"normalizer": {"type": "Sequence", "normalizers": [PREPEND, REPLACE]}, "pre_tokenizer": None, "decoders": [*DECODERS, STRIP]}
TURNS = [{"content": "<|user|>", "rstrip": True}, {"content": "<|end|>", "rstrip": True}]
CASES = {
    "llama-2": LLAMA,
    "phi-3": {**LLAMA, "added": TURNS},
    "mistral": {"normalizer": None, "pre_tokenizer": metaspace("first", False), "decoders": [*DECODERS, STRIP]},
    "always": {"normalizer": None, "pre_tokenizer": metaspace("always", True), "decoders": [*DECODERS, STRIP]},
    "never": {"normalizer": None, "pre_tokenizer": metaspace("never", True), "decoders": DECODERS},
    "gemma": {"normalizer": REPLACE, "pre_tokenizer": SPLIT, "decoders": DECODERS},
}
TEXTS = [
    "The train leaves at noon.",
    " leading and trailing ",
    "two  spaces,   three\tand a tab\n\nand lines\r\n",
    "caf\u00e9 na\u00efve \u4f60\u597d \u4e16\u754c",
    "\u00df \u20ac \U0001f642 e\u0301 \u0000 \u007f",
    "<s>The train</s> <s> leaves</s>",
    "<|user|>\n The answer<|end|>\n<|user|> is 240",
    "<0x41> \u2581x\u2581 a<0xF0>",
    "   ",
    "\n",
    "",
]


def vocabulary() -> tuple[dict[str, int], list]:
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend(SPACE), normalizers.Replace(" ", SPACE)])
    trainer = trainers.BpeTrainer(vocab_size=180, show_progress=False, special_tokens=["<unk>"])
    # Line by line: without a pre-tokenizer, words would grow together.
    tokenizer.train_from_iterator((word for text in CORPUS for word in text.split(" ")), trainer)
    model = json.loads(tokenizer.to_str())["model"]
    learnt = [token for token, _ in sorted(model["vocab"].items(), key=lambda item: item[1]) if token != "<unk>"]
    # Runs of spaces, as SentencePiece has them.
    first, runs = "\u2581\u2581", [["\u2581", "\u2581"], ["\u2581\u2581", "\u2581\u2581"]]
    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256)), *learnt, first, first * 2]
    return {token: index for index, token in enumerate(tokens)}, [*model["merges"], *runs]


def main() -> None:
    vocab, merges = vocabulary()
    cases = []
    for name, form in CASES.items():
        added = [{"content": content} for content in ("<unk>", "<s>", "</s>")] + form.get("added", [])
        flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
        ids = {**vocab, **{token["content"]: len(vocab) + index for index, token in enumerate(form.get("added", []))}}
        document = {
            "version": "1.0",
            "truncation": None,
            "padding": None,
            "added_tokens": [{"id": ids[token["content"]], **flags, **token} for token in added],
            "normalizer": form["normalizer"],
            "pre_tokenizer": form["pre_tokenizer"],
            "post_processor": None,
            "decoder": {"type": "Sequence", "decoders": form["decoders"]},
            "model": {
                "type": "BPE",
                "dropout": None,
                "unk_token": "<unk>",
                "continuing_subword_prefix": None,
                "end_of_word_suffix": None,
                "fuse_unk": True,
                "byte_fallback": True,
                "ignore_merges": False,
                "vocab": vocab,
                "merges": merges,
            },
        }
        tokenizer = Tokenizer.from_str(json.dumps(document))
        strings = []
        for text in TEXTS:
            tokenizer.encode_special_tokens = False
            whole = tokenizer.encode(text, add_special_tokens=False).ids
            tokenizer.encode_special_tokens = True
            plain = tokenizer.encode(text, add_special_tokens=False).ids
            decoded = tokenizer.decode(whole, skip_special_tokens=False)
            strings.append({"text": text, "ids": whole, "plain": plain, "decoded": decoded})
        cut = [[ids["<0xE2>"], ids["<0x82>"]], [ids["<0x0A>"], ids["<0xE2>"], ids["\u2581"], ids["<0x41>"]]]
        broken = [{"ids": one, "decoded": tokenizer.decode(one, skip_special_tokens=False)} for one in cut]
        del document["model"]["vocab"], document["model"]["merges"]
        cases.append({"name": name, "document": document, "strings": strings, "broken": broken})
    golden = {"vocab": vocab, "merges": merges, "cases": cases, "versions": {"tokenizers": tokenizers.__version__}}
    OUT.write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
