"""PyTorch (float32 and eager unless told otherwise; on the CPU, or on a GPU with "device": "cuda") as a peer of the local engine: one JSON command a line in, one JSON answer a line out.

A driver runs this beside its own engine and asks for one measurement at a time, so that both are interleaved and see the
same weights, ids and thread count. Seconds are those of the work alone, without reading commands or making tensors of ids.

    {"op": "open", "directory": DIR, "threads": 2, "seed": 0}       "lora": {"rank", "alpha", "targets"} trains an adapter only;
                                                                    "device": "cuda"; "autocast": true for products in bfloat16;
                                                                    "compile": true for torch.compile (training and scoring)
    {"op": "train", "ids": [[...]], "temperature": 1}               -> forwardBackwardSeconds, stepSeconds, loss, gradientNorm
    {"op": "sample", "prompts": [[...]], "newTokens": N}            -> seconds, tokens      (Hugging Face generate, KV cache)
    {"op": "score", "ids": [[...]], "positions": [[...]]}           -> seconds, logProbs    (full forward, log-softmax, gather)
    {"op": "matmul", "size": 1024}                                  -> seconds, flops       (one float32 product)
    {"op": "memory"}                                                -> residentBytes, peakBytes since the last such command
    {"op": "close"}

All ids of a command have one length. train: mean log-likelihood of all tokens but the first of each sequence, then clipping
at 1 and one AdamW step with learningRate (default 1e-5). sample: every completion runs to its full length. Each answer has
"ok": true, or "ok": false and "error". Nothing but answers goes to standard output.

Leave the first command of each kind out of a median: memory is touched, the optimiser's state made, and programs are
compiled then. torch.compile gets the forward pass with what follows it, the loss or the log-probs, for one fixed shape.

A fair measurement needs the cores for itself. OpenMP's threads wait by spinning, so when something else runs on the same
cores two threads can be many times slower than one; the environment variable OMP_WAIT_POLICY=passive avoids most of that.
A driver should start this with and without it and let the faster one stand for PyTorch.
"""

import gc
import json
import os
import sys
import time
import traceback

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


def tempered(logits, temperature: float):
    """At 1 without the copy, which would cost PyTorch gigabytes for nothing."""
    return logits if temperature == 1 else logits / temperature


def loss_of(model, ids, temperature: float):
    import torch

    logits = tempered(model(ids, use_cache=False).logits[:, :-1], temperature)
    return torch.nn.functional.cross_entropy(logits.flatten(0, 1).float(), ids[:, 1:].flatten())


def log_probs_of(model, ids, positions, temperature: float):
    import torch

    logits = tempered(model(ids, use_cache=False).logits[:, :-1], temperature)
    every = torch.log_softmax(logits.float(), -1).gather(-1, ids[:, 1:, None])[..., 0]
    return every.gather(1, positions - 1)


class Peer:
    device = "cpu"
    autocast = False

    def __init__(self) -> None:
        self.model = None
        self.optimizer = None

    def open(self, command: dict) -> dict:
        import torch
        import transformers

        transformers.logging.set_verbosity_error()
        transformers.utils.logging.disable_progress_bar()
        torch.set_num_threads(command["threads"])
        torch.manual_seed(command.get("seed", 0))
        self.model = None
        self.optimizer = None
        self.device = command.get("device", "cpu")
        self.autocast = command.get("autocast", False)
        self.loss_of, self.log_probs_of = loss_of, log_probs_of
        if command.get("compile", False):
            self.loss_of, self.log_probs_of = (torch.compile(work, dynamic=False) for work in (loss_of, log_probs_of))
        model = transformers.AutoModelForCausalLM.from_pretrained(command["directory"], dtype=torch.float32)
        # No end of text: every completion runs to its full length.
        model.generation_config = transformers.GenerationConfig(pad_token_id=0)
        model.config.eos_token_id = None
        if command.get("lora"):
            import peft

            lora = command["lora"]
            settings = peft.LoraConfig(
                r=lora["rank"], lora_alpha=lora["alpha"], target_modules=lora["targets"], lora_dropout=0.0
            )
            model = peft.get_peft_model(model, settings)
        self.model = model.to(self.device).eval()
        self.learning = [parameter for parameter in model.parameters() if parameter.requires_grad]
        return {
            "parameters": sum(parameter.numel() for parameter in model.parameters()),
            "learning": sum(parameter.numel() for parameter in self.learning),
            "threads": torch.get_num_threads(),
            "versions": {"torch": torch.__version__, "transformers": transformers.__version__},
        }

    def now(self) -> float:
        """Seconds, once the GPU has done what it was told to."""
        if self.device != "cpu":
            import torch

            torch.cuda.synchronize()
        return time.perf_counter()

    def precision(self):
        import torch

        return torch.autocast(self.device, torch.bfloat16, enabled=self.autocast)

    def train(self, command: dict) -> dict:
        import torch

        ids = torch.tensor(command["ids"], device=self.device)
        if self.optimizer is None:
            self.optimizer = torch.optim.AdamW(self.learning, lr=command.get("learningRate", 1e-5), weight_decay=0.0)
        # Dropout is off in both modes; generate leaves eval behind.
        self.model.train()
        begin = self.now()
        with self.precision():
            loss = self.loss_of(self.model, ids, command.get("temperature", 1))
        loss.backward()
        middle = self.now()
        norm = torch.nn.utils.clip_grad_norm_(self.learning, 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad()
        end = self.now()
        return {
            "forwardBackwardSeconds": middle - begin,
            "stepSeconds": end - middle,
            "loss": loss.item(),
            "gradientNorm": norm.item(),
            "tokens": ids.numel(),
        }

    def sample(self, command: dict) -> dict:
        import torch

        self.model.eval()
        prompts = torch.tensor(command["prompts"], device=self.device)
        count = command["newTokens"]
        with torch.no_grad(), self.precision():
            begin = self.now()
            output = self.model.generate(
                input_ids=prompts,
                attention_mask=torch.ones_like(prompts),
                do_sample=True,
                temperature=1.0,
                top_k=0,
                top_p=1.0,
                min_new_tokens=count,
                max_new_tokens=count,
                use_cache=True,
            )
            seconds = self.now() - begin
        if output.shape[1] != prompts.shape[1] + count:
            raise RuntimeError(f"generate gave {output.shape[1] - prompts.shape[1]} tokens instead of {count}")
        return {"seconds": seconds, "tokens": count * len(prompts)}

    def score(self, command: dict) -> dict:
        import torch

        self.model.eval()
        ids = torch.tensor(command["ids"], device=self.device)
        positions = torch.tensor(command["positions"], device=self.device)
        with torch.no_grad(), self.precision():
            begin = self.now()
            chosen = self.log_probs_of(self.model, ids, positions, command.get("temperature", 1))
            seconds = self.now() - begin
        return {"seconds": seconds, "logProbs": chosen.tolist(), "tokens": ids.numel()}

    def matmul(self, command: dict) -> dict:
        import torch

        size = command["size"]
        a, b = torch.randn(size, size, device=self.device), torch.randn(size, size, device=self.device)
        begin = self.now()
        a @ b
        return {"seconds": self.now() - begin, "flops": 2 * size**3}

    def memory(self, command: dict) -> dict:
        gc.collect()
        return memory()


def memory() -> dict:
    """Memory of this process now, and at most since the last call."""
    with open("/proc/self/status") as file:
        fields = dict(line.split(":", 1) for line in file)
    # Writing 5 makes the kernel forget the peak.
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")
    kilobytes = {name: int(fields[name].split()[0]) for name in ("VmRSS", "VmHWM")}
    return {"residentBytes": kilobytes["VmRSS"] * 1024, "peakBytes": kilobytes["VmHWM"] * 1024}


def serve(peer, names: tuple[str, ...]) -> None:
    """Answers commands of standard input by the methods of `peer` with these names."""
    answers = os.fdopen(os.dup(1), "w")
    # Libraries print; only answers may reach the driver.
    os.dup2(2, 1)
    for line in sys.stdin:
        try:
            command = json.loads(line)
            if command["op"] == "close":
                break
            if command["op"] not in names:
                raise ValueError(f"there is no command {command['op']}")
            answer = {"ok": True, **getattr(peer, command["op"])(command)}
        except Exception as error:
            traceback.print_exc()
            answer = {"ok": False, "error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    serve(Peer(), ("open", "train", "sample", "score", "matmul", "memory"))
