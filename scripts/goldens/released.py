"""The reward as the released code of the paper computes it: src/stages/rewards/goldens/released/. Run by hand:

    git clone https://github.com/SakanaAI/RLT && git -C RLT checkout 86a3f5c
    python scripts/goldens/released.py RLT

The released classes run unchanged, from that folder; nothing of them is copied here. They get tiny random models (float64)
with the tokenizers of src/text/goldens, problems in the layout of Bespoke-Stratos, and completions as a teacher samples
them. Kept are the models, the cases, and each reward with its parts. Two runs write the same bytes.

Left out are cases in which the released code finds its spans in the wrong place or fails (docs/method.md): texts that
repeat their own beginning, and tags inside a question or solution.
"""

import importlib
import json
import shutil
import sys
import types
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM
from transformers.models.llama.modeling_llama import LlamaRMSNorm

ROOT = Path(__file__).parents[2]
TOKENIZERS = ROOT / "src" / "text" / "goldens"
OUT = ROOT / "src" / "stages" / "rewards" / "goldens" / "released"
FAMILIES = ["smollm2", "qwen-2.5"]
TEMPERATURE = 0.7
CONTEXT = 2048

CASES = [
    ("What is 2 + 2?", "The answer is 4.", "Two and two make four.", True),
    ("What is 2 + 2?", "The answer is 4.", "Two and two make four.", False),
    ("What is 2 + 2?", "\\boxed{4}", "Count: 1, 2, 3, 4.\n\nSo it is 4.", True),
    ("What is 2 + 2?", "\\boxed{4}", "Count: 1, 2, 3, 4.\n\nSo it is", False),
    ("What is x?\n\nx + 1 = 3.", "x = 2", "Subtract 1 on both sides: x = 3 - 1, which is 2", True),
    ("What is x?\n\nx + 1 = 3.", "x = 2", "Subtract 1 on both sides: x = 3 -", False),
    ("Why is it so?", "Because", "(first) look at it [second]!", True),
    ("Why is it so?", "Because", "$3 + 4 = 7$", True),
    ("Where is caf\u00e9?", "s\u00ed, there.", "\u00abAs\u00ed\u00bb \u2014 30 % \U0001f600 done.", True),
    ("Write code", "```\nx = 1\n```", "def f():\n    return 1", True),
    ("Write code", "```\nx = 1\n```", "def f():\n    return 1", False),
    ("Dots?", "dots...", "Well... yes...", True),
    ("Long?", "12345678901", "1234567 + 7654321 = 8888888, a number of digits", True),
    ("Cut after a stop", "one", "So it is one.", False),
    ("Cut after a space", "one", "So it is ", False),
    ("Cut after a line", "one", "So it is\n", False),
    ("Cut after lines", "one", "So it is.\n\n", False),
    ("Line first", "one", "\nSo it is one", True),
    ("Lines first", "one", "\n\nSo it is one", True),
    ("Space first", "one", " So it is one", True),
    ("Space last", "one ", "So it is one ", True),
    ("Line last", "one\n", "So it is one\n", True),
    ("Tabs", "\tone", "\tSo\tit is\t", True),
    ("Bracket first", "(one)", "(So) it is (one)", True),
    ("Bracket cut", "<one>", "<So> it is <", False),
    ("A letter", "x", "y", True),
    ("A letter cut", "x", "y", False),
    ("Windows", "a\r\nb", "So\r\n\r\nit is", True),
    ("Say nothing", "none", "", False),
    ("Say nothing and end", "none", "", True),
]


def norm_in_own_type(self, hidden):
    """transformers computes RMS norms in float32 whatever the model's type; here float64 stays float64."""
    return self.weight * hidden * torch.rsqrt(hidden.pow(2).mean(-1, keepdim=True) + self.variance_epsilon)


LlamaRMSNorm.forward = norm_in_own_type


def released(path):
    """The released modules, without the package's own imports, which need a cluster's libraries."""
    for name in ("trainers", "custom_data"):
        package = types.ModuleType(name)
        package.__path__ = [str(Path(path) / name)]
        sys.modules[name] = package
    rewards = importlib.import_module("trainers.teacher_rewards")
    data = importlib.import_module("custom_data.teacher_data")
    return rewards.TeacherKLBasedReward, data.get_process_line_fn("bespokelabs/Bespoke-Stratos-17k")


class Trainer:
    """What the reward asks of a trainer."""

    gen_temperature = TEMPERATURE
    accelerator = types.SimpleNamespace(is_main_process=False)

    def _print_debugging_logs(self, to_print):
        pass

    def log_metric(self, **values):
        return {name: float(torch.as_tensor(value, dtype=torch.float64).mean()) for name, value in values.items()}


def make_model(folder, tokenizer, seed):
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        intermediate_size=24,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=CONTEXT,
        rms_norm_eps=1e-5,
        bos_token_id=None,
        eos_token_id=tokenizer.convert_tokens_to_ids("<|im_end|>"),
        pad_token_id=tokenizer.convert_tokens_to_ids("<|endoftext|>"),
        tie_word_embeddings=True,
        architectures=["LlamaForCausalLM"],
    )
    model = LlamaForCausalLM(config)
    random = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            scale = 0.2 if "norm" in key else 0.5
            parameter.copy_(torch.randn(parameter.shape, generator=random) * scale + (1 if "norm" in key else 0))
    folder.mkdir(parents=True, exist_ok=True)
    config.save_pretrained(folder)
    weights = {key: value.detach().clone().contiguous() for key, value in model.named_parameters()}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    return model.double().eval()


def score(reward, process, tokenizer, question, solution, explanation, ended):
    wrapped = lambda text: f"\n\n{text}\n\n"
    reply = (
        f"<|begin_of_thought|>{wrapped('a trace')}<|end_of_thought|>\n\n"
        f"<|begin_of_solution|>{wrapped(solution)}<|end_of_solution|>"
    )
    line = {"conversations": [{"from": "user", "value": question}, {"from": "assistant", "value": reply}]}
    row = process(line, tokenizer)
    row = {key: [value] for key, value in row.items() if key not in ("text", "prompt", "completion")} | {
        "prompts": [row["prompt"]],
        "completions": [explanation + ("\n\n<|end_of_explanation|>" if ended else "")],
    }
    [total], [logged] = reward(**row, return_info_dict=True)[:2]
    return {
        "total": total,
        "solution/mean": logged["answer_log_prob_mean"],
        "solution/min": logged["answer_log_prob_min"],
        "kl/mean": logged["reasoning_kl_mean"],
        "kl/max": logged["reasoning_kl_max"],
        "penalty": logged["match_reward"],
    }


def main():
    torch.set_num_threads(1)
    Reward, process = released(sys.argv[1])
    shutil.rmtree(OUT, ignore_errors=True)
    golden = {"temperature": TEMPERATURE, "cases": CASES, "rewards": {}}
    for family in FAMILIES:
        tokenizer = AutoTokenizer.from_pretrained(TOKENIZERS / family)
        teacher = make_model(OUT / family / "teacher", tokenizer, 1)
        student = make_model(OUT / family / "student", tokenizer, 2)
        reward = Reward(
            answer_log_prob_coeff=[1, 0.01],
            kl_penalty_reward_coeff=[3, 0.03],
            normalize_log_prob_fn=None,
            clip_log_prob=100000,
            normalize_kl_fn=None,
            clip_kl=100000,
            reduction_log_prob_fn=["mean", "min"],
            reduction_kl_fn=["mean", "max"],
            unbias_teacher_log_probs=True,
            unbias_student_log_probs_temp=TEMPERATURE,
        )
        reward.link_with_trainer(Trainer(), student, teacher, tokenizer)
        golden["rewards"][family] = [score(reward, process, tokenizer, *case) for case in CASES]
        print(family, [round(row["total"], 3) for row in golden["rewards"][family]])
    (OUT / "rewards.json").write_text(json.dumps(golden, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


main()
