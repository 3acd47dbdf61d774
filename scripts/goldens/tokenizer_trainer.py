"""Expected values for src/text/tokenizer/trainer.ts, from Python tokenizers. Run by hand:

    python scripts/goldens/tokenizer_trainer.py            writes src/text/goldens/trained.json
    python scripts/goldens/tokenizer_trainer.py DIRECTORY  checks a directory that our trainer wrote from the same texts
                                                           through transformers' AutoTokenizer

Tried with transformers 5.23.0, tokenizers 0.23.3.
"""

import json
import pathlib
import sys

from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "src" / "text" / "goldens" / "trained.json"
WORDS = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+|\s*[\r\n]+|\s+(?!\S)|\s+"
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|begin_of_thought|>", "<|end_of_thought|>"]
SIZE = 350

NAMES = ["Ann", "Ben", "Chloe", "Dmitri", "Eve"]
THINGS = ["apples", "pears", "books", "marbles"]
TEXTS = [
    f"{name} has {3 * i + 4} {thing} and buys {7 * i + 11} more.\n\nHow many {thing} does {name} have now? "
    f"{name} has {3 * i + 4} + {7 * i + 11} = {10 * i + 15} {thing}. It's what we've found; don't they agree?"
    for i, (name, thing) in enumerate((name, thing) for name in NAMES for thing in THINGS)
] + ["Straße, naïve: 你好 🙂 \r\n\t end  ", "  two  spaces   three\n\n\n"]
STRINGS = TEXTS[:3] + [
    "",
    "Zed bought 1234 oranges for £5.60 — isn't that ½ off?",
    "<|im_start|>user\nAnn<|im_end|>\n<|begin_of_thought|>\n\n12 + 3 = 15\n\n<|end_of_thought|>",
    " \n x\u00a0y \r\n\r\n z",
    "Привет 👩‍👩‍👧 \ufeff\u0000",
]


def pre_tokenizer():
    return pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(WORDS), behavior="isolated", invert=False),
            pre_tokenizers.ByteLevel(add_prefix_space=False, trim_offsets=False, use_regex=False),
        ]
    )


def main():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizer()
    trainer = trainers.BpeTrainer(
        vocab_size=SIZE, special_tokens=SPECIAL, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator(TEXTS, trainer)
    model = json.loads(tokenizer.to_str())["model"]
    strings = [{"text": text, "ids": tokenizer.encode(text, add_special_tokens=False).ids} for text in STRINGS]
    golden = {
        "texts": TEXTS,
        "specialTokens": SPECIAL,
        "vocabularySize": SIZE,
        "merges": model["merges"],
        "vocab": model["vocab"],
        "strings": strings,
    }
    GOLDEN.write_text(json.dumps(golden) + "\n")


def check(directory):
    from transformers import AutoTokenizer

    golden = json.loads(GOLDEN.read_text())
    tokenizer = AutoTokenizer.from_pretrained(directory)
    for one in golden["strings"]:
        ids = tokenizer(one["text"], add_special_tokens=False)["input_ids"]
        assert ids == one["ids"], one
        assert tokenizer.decode(ids) == one["text"], one
        assert tokenizer(one["text"])["input_ids"] == ids, "special tokens are added"
    messages = [{"role": "system", "content": "a"}, {"role": "user", "content": "b"}]
    text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    assert text == "<|im_start|>system\na<|im_end|>\n<|im_start|>user\nb<|im_end|>\n<|im_start|>assistant\n", text
    print(f"{directory}: {len(tokenizer)} tokens, eos {tokenizer.eos_token_id}, pad {tokenizer.pad_token_id}; all equal")


check(sys.argv[1]) if len(sys.argv) > 1 else main()
