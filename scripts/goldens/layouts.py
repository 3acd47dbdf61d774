"""What teacher and student read, as token ids, from Python transformers: src/text/goldens/layouts.json. Run by hand:

    python scripts/goldens/layouts.py

Nothing of rlt is used. For each tokenizer in src/text/goldens, each format and each problem, the whole text of the layout
is put together (the chat template's rendering, then tags and contents) and encoded as one. A token belongs to the part of
the text in which its first character stands. Tried with transformers 5.23.0, tokenizers 0.23.3.
"""

import hashlib
import json
import pathlib

from transformers import AutoTokenizer

GOLDENS = pathlib.Path(__file__).resolve().parents[2] / "src" / "text" / "goldens"
FAMILIES = ["llama-3.2", "qwen-2.5", "qwen-3", "smollm2"]
SYSTEM = {"teacher": "Explain.", "student": "Solve."}
FORMATS = {
    "paper": {
        "inner": "\n\n",
        "solution": ("<|begin_of_solution|>", "<|end_of_solution|>"),
        "explanation": ("<|begin_of_explanation|>", "<|end_of_explanation|>"),
        "thought": ("<|begin_of_thought|>", "<|end_of_thought|>"),
        "answer": ("<|begin_of_solution|>", "<|end_of_solution|>"),
    },
    "think": {
        "inner": "\n",
        "solution": ("<solution>", "</solution>"),
        "explanation": ("<explanation>", "</explanation>"),
        "thought": ("<think>", "</think>"),
        "answer": None,
    },
}
BETWEEN = "\n\n"

PROBLEMS = [
    ("2 + 2?", "4", "Two and two make four."),
    ("2 + 2?", "4.", "Count: 1, 2, 3, 4.\n\nSo it is 4."),
    ("What is x?\n\nx + 1 = 3.", "x = 2", " x = 3 - 1 = 2 "),
    ("Why?", "Because", "\n\nStep 1.\nStep 2.\n"),
    ("Why?", "\\boxed{7}", "$3 + 4 = 7$"),
    ("A question  with  spaces", "yes  ", "(first) then [second]!"),
    ("Qué?", "sí.", "«Así» — 30 % 😀, caf\u00e9\u0301"),
    ("Tabs\tand\r\nline ends", "\tindented", "a\r\n\r\nb\t"),
    ("Empty explanation", "none", ""),
    ("Many", "7", "\n"),
    ("Code", "```\nx = 1\n```", "def f():\n    return 1\n\n\n"),
    ("Dots...", "...", "..."),
    ("Quotes", "it's", "'twas 'll 's"),
    ("Long", "12345678901", "1234567 + 7654321 = 8888888"),
]


class Text:
    """A text in parts, and where each part begins."""

    def __init__(self, text=""):
        self.text, self.borders = text, {}

    def add(self, part, name=None):
        begin = len(self.text)
        self.text += part
        if name is not None:
            self.borders[name] = (begin, len(self.text))
        return self


def encoded(tokenizer, text):
    # NFC can change lengths, so places are those in the normalised text.
    normal = tokenizer.backend_tokenizer.normalizer
    if normal is not None:
        pieces, borders = [], {}
        cuts = sorted({0, len(text.text), *(at for span in text.borders.values() for at in span)})
        places = {cut: len(normal.normalize_str(text.text[:cut])) for cut in cuts}
        whole = normal.normalize_str(text.text)
        borders = {name: (places[a], places[b]) for name, (a, b) in text.borders.items()}
        text = Text(whole)
        text.borders = borders
    out = tokenizer(text.text, add_special_tokens=False, return_offsets_mapping=True)
    starts = [start for start, _ in out["offset_mapping"]]
    # Several tokens of one character have its place; the whole character stands in one part.
    span = lambda a, b: [
        next((i for i, s in enumerate(starts) if s >= a), len(starts)),
        next((i for i, s in enumerate(starts) if s >= b), len(starts)),
    ]
    return out["input_ids"], {name: span(*at) for name, at in text.borders.items()}


def prompt(tokenizer, role, question):
    messages = [{"role": "system", "content": SYSTEM[role]}, {"role": "user", "content": question}]
    return tokenizer.apply_chat_template(messages, add_generation_prompt=True, tokenize=False, date_string="26 Jul 2024")


def teacher(tokenizer, form, question, solution, explanation):
    inner = form["inner"]
    text = Text(prompt(tokenizer, "teacher", question))
    text.add(form["solution"][0] + inner + solution + inner + form["solution"][1] + BETWEEN)
    text.add(form["explanation"][0] + inner).add(explanation, "explanation").add(inner + form["explanation"][1])
    return encoded(tokenizer, text)


def student(tokenizer, form, question, solution, explanation):
    inner, answer = form["inner"], form["answer"]
    text = Text(prompt(tokenizer, "student", question))
    text.add(form["thought"][0] + inner).add(explanation, "explanation").add(inner + form["thought"][1] + BETWEEN)
    text.add("" if answer is None else answer[0] + inner).add(solution, "solution")
    text.add("" if answer is None else inner + answer[1])
    return encoded(tokenizer, text)


def main():
    golden = {"systemPrompts": SYSTEM, "problems": PROBLEMS, "layouts": []}
    for family in FAMILIES:
        tokenizer = AutoTokenizer.from_pretrained(GOLDENS / family)
        for name, form in FORMATS.items():
            rows = []
            for problem in PROBLEMS:
                row = {}
                for side in (teacher, student):
                    ids, spans = side(tokenizer, form, *problem)
                    digest = hashlib.sha256(json.dumps(ids, separators=(",", ":")).encode()).hexdigest()[:16]
                    row[side.__name__] = {"ids": digest, "length": len(ids), **spans}
                rows.append(row)
            golden["layouts"].append({"family": family, "format": name, "rows": rows})
    text = json.dumps(golden, ensure_ascii=False, indent=1)
    (GOLDENS / "layouts.json").write_text(text + "\n", encoding="utf-8")
    print(len(golden["layouts"]) * len(PROBLEMS) * 2, "sequences")


main()
