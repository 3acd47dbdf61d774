"""Golden ids of tokens that someone added to a vocabulary, with every flag, by the tokenizers library.

    python scripts/goldens/added_tokens.py      writes src/text/goldens/added-tokens.json

The vocabularies are those of src/text/goldens; `added` is what is added to their tokenizer.json. `plain` are the ids of
ordinary text, in which special tokens are not recognised; `ids` those of the whole.
"""

import json
from pathlib import Path

import tokenizers
from tokenizers import AddedToken, Tokenizer

GOLDENS = Path(__file__).parents[2] / "src" / "text" / "goldens"
# As Phi 4 and OLMo 2 have theirs: what lies between the matches is removed, and nothing does.
WORDS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
SPLIT = {
    "type": "Sequence",
    "pretokenizers": [
        {"type": "Split", "pattern": {"Regex": WORDS}, "behavior": "Removed", "invert": True},
        {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False},
    ],
}
CASES = {
    "words between matches": ("smollm2", [{"content": "Reaktor"}], SPLIT),
    # normalized is the default of plain words, and that of special tokens is its opposite.
    "words": ("smollm2", [{"content": "Reaktor"}, {"content": "<calc>"}, {"content": "Reaktorblock"}]),
    "whole words": ("smollm2", [{"content": "on", "single_word": True}, {"content": "calc", "single_word": True}]),
    "white space": (
        "smollm2",
        [
            {"content": "<left>", "lstrip": True},
            {"content": "<right>", "rstrip": True},
            {"content": "<both>", "lstrip": True, "rstrip": True},
            {"content": "<|turn|>", "rstrip": True, "special": True},
            {"content": "<|stop|>", "lstrip": True, "special": True, "single_word": True},
        ],
    ),
    "normalised": (
        "qwen-2.5",
        [
            {"content": "cafe\u0301", "normalized": True},
            {"content": "nai\u0308ve", "normalized": False},
            {"content": "\u212b", "normalized": False},
            {"content": "\u00c5ngstrom", "normalized": True},
        ],
    ),
    "normalised whole words": (
        "qwen-2.5",
        [{"content": "\u00e9t\u00e9", "normalized": True, "single_word": True}, {"content": "ok", "single_word": True, "lstrip": True}],
    ),
}
TEXTS = [
    "The Reaktor is on",
    "Reaktorblock, Reaktoren and <calc>1 + 1</calc>",
    "ReaktorReaktor<calc>Reaktor",
    "on only on, upon; on_ on\u0301 on",
    "calc2 calc calc\u00e9 (calc)",
    "a <left> b  <right>   c \n <both> \n\td",
    "<right> <left>  <both>",
    "  <left><right>  ",
    "<|turn|>\n  Hello <|stop|> x<|stop|> <|stop|>y \u00a0<|stop|>",
    "caf\u00e9 cafe\u0301 na\u00efve nai\u0308ve \u212b \u00c5 \u212bngstrom A\u030angstrom",
    "\u00e9t\u00e9 e\u0301te\u0301 \u00e9t\u00e9s l'\u00e9t\u00e9  ok look  ok",
    "",
    " ",
    "It'S don't 12345!\n\n  x\t\u00b2\u00b2 \U0001f642\r\n",
]


def main() -> None:
    cases = []
    for name, (family, added, *splits) in CASES.items():
        source = json.loads((GOLDENS / family / "tokenizer.json").read_text())
        changes = {"pre_tokenizer": split for split in splits}
        tokenizer = Tokenizer.from_str(json.dumps({**source, **changes}))
        for fields in added:
            token = AddedToken(**fields)
            (tokenizer.add_special_tokens if fields.get("special") else tokenizer.add_tokens)([token])
        document = json.loads(tokenizer.to_str())
        contents = {fields["content"] for fields in added}
        written = [token for token in document["added_tokens"] if token["content"] in contents]
        assert len(written) == len(added), written
        strings = []
        for text in TEXTS:
            tokenizer.encode_special_tokens = False
            ids = tokenizer.encode(text, add_special_tokens=False).ids
            tokenizer.encode_special_tokens = True
            strings.append({"text": text, "ids": ids, "plain": tokenizer.encode(text, add_special_tokens=False).ids})
        cases.append({"name": name, "family": family, "changes": changes, "added": written, "strings": strings})
    golden = {"cases": cases, "versions": {"tokenizers": tokenizers.__version__}}
    (GOLDENS / "added-tokens.json").write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
