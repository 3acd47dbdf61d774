"""Golden values for src/method: GRPO's loss and its gradient with respect to each log-prob from TRL's own trainer code,
group advantages in torch, learning rates from transformers' schedules, correlations from scipy.

Run by hand from the repository root, with Python packages torch, transformers, trl and scipy:

    python scripts/goldens/method.py

Writes src/method/goldens/method.json. TRL's `_compute_loss` is called on a stand-in for the trainer, whose forward pass
returns the given log-probs as a leaf: the gradient at that leaf is minus the weight that src/method/weights.ts returns.
"""

import json
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace

import scipy
import torch
import transformers
import trl
from scipy.stats import pearsonr, spearmanr
from transformers import optimization
from trl import GRPOTrainer
from trl.trainer.utils import nanstd

torch.manual_seed(20250608)
torch.set_default_dtype(torch.float64)

LENGTHS = [5, 1, 3, 4]
LONGEST = max(LENGTHS)
CONSTANT_TOKENS = 8
MASK = torch.tensor([[float(t < length) for t in range(LONGEST)] for length in LENGTHS])


class Accelerator:
    """What _compute_loss asks of accelerate in one process."""

    sync_gradients = False

    def gather(self, value):
        return value

    gather_for_metrics = gather

    def reduce(self, value, reduction="sum"):
        return value


def grpo_loss(leaf, samples, loss_type, beta, clip):
    trainer = SimpleNamespace(
        _get_per_token_logps_and_entropies=lambda *args, **kwargs: (leaf, torch.zeros_like(leaf), None),
        aux_loss_enabled=False,
        top_entropy_quantile=1.0,
        off_policy_mask_threshold=None,
        importance_sampling_level="token",
        beta=beta,
        args=SimpleNamespace(use_bias_correction_kl=False, delta=None),
        epsilon_low=clip["low"] if clip else 0.2,
        epsilon_high=clip["high"] if clip else 0.2,
        loss_type=loss_type,
        use_vllm=False,
        model=SimpleNamespace(training=True),
        current_gradient_accumulation_steps=1,
        max_completion_length=CONSTANT_TOKENS,
        _entropy_bonus_enabled=False,
        accelerator=Accelerator(),
        _metrics={"train": defaultdict(list)},
    )
    inputs = {
        "prompt_ids": torch.zeros(len(LENGTHS), 1, dtype=torch.long),
        "prompt_mask": torch.ones(len(LENGTHS), 1),
        "completion_ids": torch.zeros(len(LENGTHS), LONGEST, dtype=torch.long),
        "completion_mask": MASK,
        "advantages": samples["advantages"],
        "ref_per_token_logps": samples["reference"],
    }
    if clip:
        inputs["old_per_token_logps"] = samples["old"]
    loss = GRPOTrainer._compute_loss(trainer, None, inputs)
    loss.backward()
    metrics = {name: values[-1] for name, values in trainer._metrics["train"].items()}
    return loss.item(), leaf.grad, metrics


def ragged(values):
    return [row[:length].tolist() for row, length in zip(values, LENGTHS)]


def grpo_cases():
    samples = {
        "advantages": torch.tensor([1.25, -0.5, 0.0, -0.75]),
        "logProbs": -torch.rand(len(LENGTHS), LONGEST) * 4,
    }
    samples["reference"] = samples["logProbs"] + torch.randn(len(LENGTHS), LONGEST) * 0.5
    samples["old"] = samples["logProbs"] + torch.randn(len(LENGTHS), LONGEST) * 0.4
    cases = []
    for loss_type, normalisation in [
        ("grpo", "sequence"),
        ("bnpo", "token"),
        ("dr_grpo", {"constantTokens": CONSTANT_TOKENS}),
    ]:
        for beta in [0.04, 0.0]:
            for clip in [None, {"low": 0.2, "high": 0.28}]:
                leaf = samples["logProbs"].clone().requires_grad_(True)
                loss, gradient, metrics = grpo_loss(leaf, samples, loss_type, beta, clip)
                cases.append(
                    {
                        "settings": {"beta": beta, "normalisation": normalisation, **({"clip": clip} if clip else {})},
                        "loss": loss,
                        "weights": ragged(-gradient),
                        "kl": metrics.get("kl"),
                        "clippedLow": metrics["clip_ratio/low_mean"] if clip else 0,
                        "clippedHigh": metrics["clip_ratio/high_mean"] if clip else 0,
                    }
                )
    return {
        "advantages": samples["advantages"].tolist(),
        **{name: ragged(samples[name]) for name in ["logProbs", "reference", "old"]},
        "cases": cases,
    }


def advantage_cases():
    cases = []
    for rewards in [[1.0, 0.0, 0.0, -1.0], [-2.75, -0.625, -0.6, -3.1, 0.0, -1.9], [5.0, 5.5]]:
        values = torch.tensor(rewards)
        std = nanstd(values)
        cases.append(
            {
                "rewards": rewards,
                "std": std.item(),
                "scaled": ((values - values.mean()) / (std + 1e-4)).tolist(),
                "unscaled": (values - values.mean()).tolist(),
            }
        )
    return cases


def schedule_cases():
    peak = 1e-5
    cases = []
    for shape in ["constant", "linear", "cosine"]:
        for total, warmup in [(20, 0), (20, 1), (13, 4), (1, 0), (5, 5)]:
            optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=peak)
            make = getattr(optimization, f"get_{shape}_schedule_with_warmup")
            arguments = (warmup,) if shape == "constant" else (warmup, total)
            schedule = make(optimizer, *arguments)
            rates = []
            for _ in range(total):
                rates.append(optimizer.param_groups[0]["lr"])
                optimizer.step()
                schedule.step()
            cases.append({"shape": shape, "peak": peak, "total": total, "warmup": warmup, "rates": rates})
    return cases


def correlation_cases():
    cases = []
    for xs, ys in [
        ([0.1, 0.4, 0.35, 0.8, 0.5], [10, 14, 13, 19, 12]),
        ([1, 2, 2, 3, 5, 5, 5], [7, 1, 2, 2, 0, 3, -1]),
        ([1e6 + 1, 1e6 + 2, 1e6 + 4], [3, 2, 2.5]),
    ]:
        cases.append({"xs": xs, "ys": ys, "pearson": pearsonr(xs, ys)[0], "spearman": spearmanr(xs, ys)[0]})
    return cases


def main():
    goldens = {
        "made by": "scripts/goldens/method.py",
        "versions": {module.__name__: module.__version__ for module in (torch, transformers, trl, scipy)},
        "grpo": grpo_cases(),
        "advantage": advantage_cases(),
        "schedule": schedule_cases(),
        "correlation": correlation_cases(),
    }
    path = Path("src/method/goldens/method.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(goldens, indent=1) + "\n")
    print(f"wrote {path}")


if __name__ == "__main__":
    main()
