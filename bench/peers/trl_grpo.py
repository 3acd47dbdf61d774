"""GRPO steps in TRL on the CPU: a peer for a whole reinforcement step (sampling, reference, loss, update).

    python bench/peers/trl_grpo.py --model DIR --prompts prompts.json --samples 8 --tokens 32 [--steps 3] [--threads 2] [--batch 16] [--lora RANK]

prompts.json: a list of texts; all of them are the batch of every step. Each gets `samples` completions of exactly `tokens`
tokens at temperature 0.7, a reward that costs nothing, and one update: beta 0.04 against a reference, AdamW, clipping at 1,
as the released RLT run has it. With --batch the update goes through as many completions at a time, which larger models need to fit
memory; they are sampled together in any case. With --lora an adapter of this rank on all linear layers learns. Prints one JSON line: seconds of each step (the first one warms up: leave it out), mean tokens
of a completion, and the peak of resident memory. Everything in float32.
"""

import argparse
import json
import os
import resource
import sys
import tempfile
import time

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True)
    parser.add_argument("--prompts", required=True)
    parser.add_argument("--samples", type=int, default=8)
    parser.add_argument("--tokens", type=int, default=32)
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch", type=int)
    parser.add_argument("--lora", type=int)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    answer = os.fdopen(os.dup(1), "w")
    # Libraries print; only the answer may reach standard output.
    os.dup2(2, 1)

    import datasets
    import peft
    import torch
    import transformers
    import trl

    torch.set_num_threads(options.threads)
    transformers.utils.logging.disable_progress_bar()
    with open(options.prompts) as file:
        prompts = json.load(file)
    lengths: list[int] = []

    def reward(completion_ids, **_) -> list[float]:
        """Anything that differs within a group will do: the share of even ids."""
        lengths.extend(len(ids) for ids in completion_ids)
        return [sum(token % 2 == 0 for token in ids) / len(ids) for ids in completion_ids]

    class Clock(transformers.TrainerCallback):
        seconds: list[float] = []

        def on_step_begin(self, *_, **__) -> None:
            self.begin = time.perf_counter()

        def on_step_end(self, *_, **__) -> None:
            self.seconds.append(time.perf_counter() - self.begin)

    completions = len(prompts) * options.samples
    batch = options.batch or completions
    if completions % batch != 0:
        sys.exit(f"--batch {batch} does not divide the {completions} completions of a step")
    with tempfile.TemporaryDirectory() as directory:
        settings = trl.GRPOConfig(
            output_dir=directory,
            use_cpu=True,
            bf16=False,
            gradient_checkpointing=False,
            per_device_train_batch_size=batch,
            gradient_accumulation_steps=completions // batch,
            num_generations=options.samples,
            max_completion_length=options.tokens,
            generation_kwargs={"min_new_tokens": options.tokens},
            max_steps=options.steps,
            learning_rate=1e-6,
            lr_scheduler_type="constant",
            max_grad_norm=1.0,
            temperature=0.7,
            top_p=1.0,
            top_k=0,
            beta=0.04,
            loss_type="grpo",
            scale_rewards="group",
            shuffle_dataset=False,
            seed=options.seed,
            save_strategy="no",
            logging_strategy="no",
            report_to=[],
            disable_tqdm=True,
            model_init_kwargs={"dtype": "float32"},
        )
        adapter = None
        if options.lora:
            adapter = peft.LoraConfig(
                r=options.lora, lora_alpha=2 * options.lora, target_modules="all-linear", lora_dropout=0.0, task_type="CAUSAL_LM"
            )
        trainer = trl.GRPOTrainer(
            model=options.model,
            reward_funcs=reward,
            args=settings,
            train_dataset=datasets.Dataset.from_dict({"prompt": prompts}),
            callbacks=[Clock()],
            peft_config=adapter,
        )
        trainer.train()
    if set(lengths) != {options.tokens}:
        sys.exit(f"completions of {sorted(set(lengths))} tokens instead of {options.tokens}")
    result = {
        "stepSeconds": Clock.seconds,
        "completionTokens": sum(lengths) / len(lengths),
        "completionsAStep": completions,
        "peakBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "versions": {"torch": torch.__version__, "trl": trl.__version__},
    }
    print(json.dumps(result), file=answer, flush=True)


if __name__ == "__main__":
    main()
