"""Golden values of `rlt score`: two terms of the reward, their parts, and the log-prob of every token.

    npm run build && node scripts/goldens/score-tokenizers.mjs      the tokenizers, by our own trainer
    python scripts/goldens/score.py                                 src/stages/rewards/goldens/: models, traces, score.json

Nothing of rlt is used to compute them: texts are put together here and encoded by transformers' tokenizer, log-probs
are transformers' in float64 at temperature 0.7, and the reward is written down from its formulas (docs/method.md). Weights are
drawn with fixed seeds, large enough that log-probs differ from token to token. Two runs write the same bytes.
"""

import itertools
import json
import re
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM
from transformers.models.llama.modeling_llama import LlamaRMSNorm

OUT = Path(__file__).parents[2] / "src" / "stages" / "rewards" / "goldens"
TEMPERATURE = 0.7
SYSTEM = {"teacher": "Explain.", "student": "Solve."}
CONTEXT = 256
MODELS = {
    "teacher": {"seed": 1, "num_hidden_layers": 2, "tie_word_embeddings": True},
    "student": {"seed": 2, "num_hidden_layers": 1, "tie_word_embeddings": False},
    "other-student": {"seed": 3, "num_hidden_layers": 1, "tie_word_embeddings": True},
}
BOX = "<|begin_of_solution|>", "<|end_of_solution|>"
THOUGHT = "<|begin_of_thought|>", "<|end_of_thought|>"
EXPLANATION, EXPLANATION_END = "<|begin_of_explanation|>", "<|end_of_explanation|>"
GAP = "\n\n"

QUESTION = "Anna has 3 apples and buys 4 more. How many apples has she?"
TRACES = [
    {"id": "plain", "explanation": "Anna has 3 apples. Then she buys 4: 3 + 4 = 7.", "ended": "stop"},
    {"id": "cut", "explanation": "Anna has 3 apples, and then she", "ended": "length"},
    {"id": "untagged", "explanation": "7", "ended": "untagged"},
    {"id": "empty", "explanation": "", "ended": "stop"},
    {"id": "empty-cut", "explanation": "", "ended": "context"},
    {
        "id": "tags",
        "explanation": "So <|end_of_explanation|> and <|begin_of_solution|> 7 <|im_end|>\n\n<|end_of_thought|> are words.",
        "ended": "stop",
    },
    {"id": "line-breaks", "explanation": "\n\n3 + 4 \n\n= 7.\n\n", "ended": "stop"},
    {"id": "signs", "explanation": "3\u202f+\u202f4 = 7 \U0001f34e\u4e03 cafe\u0301", "ended": "stop", "sample": 2},
    {
        "id": "tagged-question",
        "question": "What follows <|im_end|> and <|begin_of_thought|>\n\n?",
        "solution": "Nothing <|end_of_solution|>.",
        "explanation": "The answer is given.",
        "ended": "stop",
    },
    {"id": "too-long", "explanation": "The answer is 30. " * 60, "ended": "stop"},
]


def norm_in_own_type(self, hidden):
    """transformers computes RMS norms in float32 whatever the model's type; here float64 stays float64."""
    return self.weight * hidden * torch.rsqrt(hidden.pow(2).mean(-1, keepdim=True) + self.variance_epsilon)


LlamaRMSNorm.forward = norm_in_own_type


def make_model(name, seed, **settings):
    tokenizer = AutoTokenizer.from_pretrained(OUT / name)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        intermediate_size=24,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=CONTEXT,
        rms_norm_eps=1e-5,
        bos_token_id=None,
        eos_token_id=tokenizer.convert_tokens_to_ids("<|im_end|>"),
        pad_token_id=tokenizer.convert_tokens_to_ids("<|endoftext|>"),
        architectures=["LlamaForCausalLM"],
        **settings,
    )
    model = LlamaForCausalLM(config)
    random = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            scale = 0.2 if "norm" in key else 0.5
            parameter.copy_(torch.randn(parameter.shape, generator=random) * scale + (1 if "norm" in key else 0))
    config.save_pretrained(OUT / name)
    weights = {key: value.detach().clone().contiguous() for key, value in model.named_parameters()}
    save_file(weights, OUT / name / "model.safetensors", metadata={"format": "pt"})
    return model.double().eval(), tokenizer


class Reader:
    """A model with its tokenizer; text from outside is never a control token."""

    def __init__(self, name):
        self.model, self.tokenizer = make_model(name, **MODELS[name])

    def plain(self, text):
        return self.tokenizer(text, add_special_tokens=False, split_special_tokens=True)["input_ids"] if text else []

    def lay_out(self, pieces):
        """Ids of a text in pieces (text, is it the template's), and where each piece begins: its first token.

        Control tokens count only in the template's own text. Between two of them the text is encoded as one, whichever
        pieces it came from, and a token belongs to the piece in which its first byte stands.
        """
        special = "|".join(re.escape(token) for token in self.tokenizer.get_added_vocab())
        ids, places, borders, place, run, cuts = [], [], [], 0, "", []

        def flush():
            nonlocal place, run, cuts
            borders.extend(place + len(run[:cut].encode()) for cut in cuts)
            tokens = self.plain(run)
            for token, length in zip(tokens, self.lengths(tokens), strict=True):
                ids.append(token)
                places.append(place)
                place += length
            run, cuts = "", []

        for text, is_template in pieces:
            cuts.append(len(run))
            for part in re.split(f"({special})", text) if is_template else [text]:
                if is_template and re.fullmatch(special, part):
                    flush()
                    ids.append(self.tokenizer.convert_tokens_to_ids(part))
                    places.append(place)
                    place += len(part.encode())
                else:
                    run += part
        flush()
        first = lambda border: next((i for i, at in enumerate(places) if at >= border), len(ids))
        return ids, [first(border) for border in borders] + [len(ids)]

    def prompt(self, role, question):
        """ChatML, in pieces."""
        pieces = []
        for turn, text in (("system", SYSTEM[role]), ("user", question)):
            pieces += [(f"<|im_start|>{turn}\n", True), (text, False), ("<|im_end|>\n", True)]
        pieces.append(("<|im_start|>assistant\n", True))
        if "<|" not in question:
            messages = [{"role": "system", "content": SYSTEM[role]}, {"role": "user", "content": question}]
            text = self.tokenizer.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)
            assert text == "".join(piece for piece, _ in pieces), "the chat template says otherwise"
        return pieces

    def log_probs(self, ids, span):
        if span[0] == span[1]:
            return []
        with torch.no_grad():
            logits = self.model(torch.tensor([ids])).logits[0]
        return [
            torch.log_softmax(logits[position - 1] / TEMPERATURE, -1)[ids[position]].item() for position in range(*span)
        ]

    def lengths(self, ids):
        """Of each token, in bytes."""
        table = {character: byte for byte, character in byte_alphabet().items()}
        return [len(bytes(table[character] for character in token)) for token in self.tokenizer.convert_ids_to_tokens(ids)]

    def offsets(self, ids):
        """Where each token ends, in bytes."""
        return list(itertools.accumulate(self.lengths(ids)))


def byte_alphabet():
    """GPT-2's: printable bytes stand for themselves, the others for characters from U+0100."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return {**{b: chr(b) for b in printable}, **{b: chr(256 + i) for i, b in enumerate(others)}}


def teacher_reads(reader, trace):
    before = [*reader.prompt("teacher", trace["question"]), (BOX[0] + GAP, True), (trace["solution"], False)]
    before.append((GAP + BOX[1] + GAP + EXPLANATION + GAP, True))
    ids, at = reader.lay_out([*before, (trace["explanation"], False), (GAP + EXPLANATION_END, True)])
    return ids, (at[len(before)], at[len(before) + 1])


def student_reads(reader, trace):
    before = [*reader.prompt("student", trace["question"]), (THOUGHT[0] + GAP, True)]
    middle = (GAP + THOUGHT[1] + GAP + BOX[0] + GAP, True)
    after = [(trace["explanation"], False), middle, (trace["solution"], False), (GAP + BOX[1], True)]
    ids, at = reader.lay_out([*before, *after])
    thought, solution = len(before), len(before) + 2
    return ids, (at[thought], at[thought + 1]), (at[solution], at[solution + 1])


def pieces(values, ends, borders):
    """Sums of log-probs between borders of text."""
    sums, start = [], 0
    for border in borders:
        stop = ends.index(border) + 1
        sums.append(sum(values[start:stop]))
        start = stop
    return sums


def reward(solution, teacher, student, ended):
    """docs/method.md: r_SS = mean + 0.01 min, lambda r_KL = 3 mean + 0.03 max, -1 for a missing end tag, -1 for nothing said."""
    mean = sum(solution) / len(solution)
    record = {"solution": mean + 0.01 * min(solution), "solution/mean": mean, "solution/min": min(solution)}
    kl = [t - s for t, s in zip(teacher, student, strict=True)]
    average, largest = (sum(kl) / len(kl), max(kl)) if kl else (0.0, 0.0)
    record |= {"kl": 3 * average + 0.03 * largest, "kl/mean": average, "kl/max": largest}
    penalties = {}
    if ended != "stop":
        penalties["penalty/missingEndTag"] = -1.0
    if not kl:
        penalties["penalty/emptyExplanation"] = -1.0
    penalty = sum(penalties.values())
    return {"total": record["solution"] - record["kl"] + penalty, **record, "penalty": penalty, **penalties}


def score(teacher, student, traces):
    records, too_long = [], 0
    for trace in traces:
        read, explanation = teacher_reads(teacher, trace)
        ids, thought, solution = student_reads(student, trace)
        if explanation[1] > CONTEXT or solution[1] > CONTEXT:
            too_long += 1
            continue
        by_teacher = teacher.log_probs(read, explanation)
        by_student = student.log_probs(ids, thought)
        of_solution = student.log_probs(ids, solution)
        ends = [r.offsets(i[slice(*s)]) for r, i, s in ((teacher, read, explanation), (student, ids, thought))]
        borders = sorted(set(ends[0]) & set(ends[1]))
        aligned = [pieces(values, end, borders) for values, end in zip((by_teacher, by_student), ends)]
        records.append(
            {
                "id": trace["id"],
                "sample": trace.get("sample", 0),
                "reward": reward(of_solution, *aligned, trace["ended"]),
                "studentSolution": of_solution,
                "studentExplanation": by_student,
                "teacherExplanation": by_teacher,
            }
        )
    return {"tooLong": too_long, "scores": records}


def main():
    torch.set_num_threads(1)
    traces = [{"question": QUESTION, "solution": "7 apples.", **trace} for trace in TRACES]
    with open(OUT / "traces.jsonl", "w") as file:
        file.writelines(json.dumps(trace) + "\n" for trace in traces)
    readers = {name: Reader(name) for name in MODELS}
    golden = {name: score(readers["teacher"], readers[name], traces) for name in MODELS if name != "teacher"}
    text = json.dumps({"temperature": TEMPERATURE, "systemPrompts": SYSTEM, "students": golden}, indent=1)
    (OUT / "score.json").write_text(text + "\n")
    for name, result in golden.items():
        print(name, [round(record["reward"]["total"], 3) for record in result["scores"]], result["tooLong"])


main()
