"""llama.cpp as a peer of the local engine in sampling: one JSON command a line in, one JSON answer a line out, as torch_bench.py does.

    {"op": "open", "file": GGUF, "threads": 2, "repacked": true}
    {"op": "sample", "prompts": [[...]], "newTokens": N, "temperature": 1, "oneByOne": false}
                                                             -> seconds, tokens, prefillSeconds, drawingSeconds
    {"op": "score", "ids": [[...]], "positions": [[...]]}    -> logProbs (to compare weights; its time is not measured)
    {"op": "memory"}                                         -> residentBytes, peakBytes since the last such command
    {"op": "close"}

sample: every completion runs to its full length, and all are decoded together, one token of each sequence a batch; oneByOne:
one prompt after the other. Repeated prompts are computed once, all different ones in one batch; the other samples of a group get the keys and
values by llama_memory_seq_cp. Tokens are drawn by llama.cpp's own sampler from the whole vocabulary. Other settings are
the defaults, each sequence with keys and values of its own (kv_unified off) and flash attention as llama.cpp chooses.

    python bench/peers/llama_cpp_bench.py convert LLAMA_CPP MODEL FOLDER     makes F32.gguf, BF16.gguf, Q8_0.gguf ... of it

LLAMA_CPP is vendor/llama.cpp in the source archive of llama-cpp-python. Build the package for this processor:
CMAKE_ARGS="-DGGML_NATIVE=ON" pip install -r bench/peers/requirements-llama-cpp.txt
"""

import ctypes
import json
import subprocess
import sys
import time
from itertools import groupby
from pathlib import Path

import llama_cpp
import numpy as np
from torch_bench import memory, serve

FORMS = {
    "F32": None,
    "BF16": llama_cpp.LLAMA_FTYPE_MOSTLY_BF16,
    "Q8_0": llama_cpp.LLAMA_FTYPE_MOSTLY_Q8_0,
    "Q4_0": llama_cpp.LLAMA_FTYPE_MOSTLY_Q4_0,
    "Q4_1": llama_cpp.LLAMA_FTYPE_MOSTLY_Q4_1,
}


def convert(source: str, model: str, folder: str) -> None:
    """llama.cpp's own converter, and its own quantisation with default settings."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    full = Path(folder) / "F32.gguf"
    converter = Path(source) / "convert_hf_to_gguf.py"
    subprocess.run([sys.executable, converter, model, "--outfile", full, "--outtype", "f32"], check=True)
    for name, form in FORMS.items():
        if form is None:
            continue
        settings = llama_cpp.llama_model_quantize_default_params()
        settings.ftype = form
        target = Path(folder) / f"{name}.gguf"
        if llama_cpp.llama_model_quantize(str(full).encode(), str(target).encode(), ctypes.byref(settings)) != 0:
            sys.exit(f"{target} could not be made")


@llama_cpp.llama_log_callback
def complaints(level: int, text: bytes, _) -> None:
    """Warnings and errors (levels 3 and 4 of ggml) alone: the library writes every node of its graphs otherwise."""
    if level in (3, 4):
        sys.stderr.write(text.decode(errors="replace"))


class Peer:
    model = None
    context = None
    shape = None

    def open(self, command: dict) -> dict:
        llama_cpp.llama_log_set(complaints, ctypes.c_void_p(0))
        llama_cpp.llama_backend_init()
        self.threads = command["threads"]
        settings = llama_cpp.llama_model_default_params()
        settings.use_extra_bufts = command.get("repacked", True)
        self.model = llama_cpp.llama_model_load_from_file(command["file"].encode(), settings)
        if not self.model:
            raise RuntimeError(f"{command['file']} could not be loaded")
        self.vocabulary = llama_cpp.llama_vocab_n_tokens(llama_cpp.llama_model_get_vocab(self.model))
        return {
            "parameters": llama_cpp.llama_model_n_params(self.model),
            "weightBytes": llama_cpp.llama_model_size(self.model),
            "threads": self.threads,
            "versions": {"llama-cpp-python": llama_cpp.__version__},
            "system": llama_cpp.llama_print_system_info().decode(),
        }

    def ready(self, sequences: int, length: int) -> None:
        """An empty context for so many sequences of so many tokens; one of the same shape is used again."""
        if self.shape == (sequences, length):
            llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(self.context), True)
            return
        if self.context is not None:
            llama_cpp.llama_free(self.context)
        settings = llama_cpp.llama_context_default_params()
        settings.n_seq_max = sequences
        settings.n_ctx = sequences * (length + -length % 256)
        settings.n_batch = settings.n_ubatch = 512
        settings.n_threads = settings.n_threads_batch = self.threads
        settings.kv_unified = False
        settings.no_perf = True
        self.context = llama_cpp.llama_init_from_model(self.model, settings)
        if not self.context:
            raise RuntimeError("no context could be made")
        self.shape = (sequences, length)

    def decode(self, tokens: list[tuple[int, int, int, bool]]) -> None:
        """Computes a batch of (token, position, sequence, whether its logits are wanted)."""
        batch = llama_cpp.llama_batch_init(len(tokens), 0, 1)
        batch.n_tokens = len(tokens)
        for i, (token, position, sequence, wanted) in enumerate(tokens):
            batch.token[i] = token
            batch.pos[i] = position
            batch.n_seq_id[i] = 1
            batch.seq_id[i][0] = sequence
            batch.logits[i] = wanted
        failed = llama_cpp.llama_decode(self.context, batch)
        llama_cpp.llama_batch_free(batch)
        if failed != 0:
            raise RuntimeError(f"llama_decode answered {failed}")

    def sample(self, command: dict) -> dict:
        if command.get("oneByOne"):
            answers = [self.sample({**command, "prompts": [prompt], "oneByOne": False}) for prompt in command["prompts"]]
            return {key: sum(answer[key] for answer in answers) for key in answers[0]}
        prompts, count = command["prompts"], command["newTokens"]
        length = len(prompts[0])
        self.ready(len(prompts), length + count)
        samplers = []
        for seed in range(len(prompts)):
            chain = llama_cpp.llama_sampler_chain_init(llama_cpp.llama_sampler_chain_default_params())
            llama_cpp.llama_sampler_chain_add(chain, llama_cpp.llama_sampler_init_temp(command.get("temperature", 1.0)))
            llama_cpp.llama_sampler_chain_add(chain, llama_cpp.llama_sampler_init_dist(seed))
            samplers.append(chain)
        drawing = 0.0

        def draw(places: list[int]) -> list[int]:
            nonlocal drawing
            began = time.perf_counter()
            drawn = [llama_cpp.llama_sampler_sample(chain, self.context, place) for chain, place in zip(samplers, places)]
            drawing += time.perf_counter() - began
            return drawn

        begin = time.perf_counter()
        groups = [(prompt, len(list(same))) for prompt, same in groupby(prompts)]
        batch, places, copies, first = [], [], [], 0
        for prompt, samples in groups:
            batch += [(token, i, first, i == length - 1) for i, token in enumerate(prompt)]
            places += [len(batch) - 1] * samples
            copies += [(first, first + i) for i in range(1, samples)]
            first += samples
        self.decode(batch)
        kept = llama_cpp.llama_get_memory(self.context)
        for source, target in copies:
            llama_cpp.llama_memory_seq_cp(kept, source, target, -1, -1)
        tokens = draw(places)
        prefill = time.perf_counter() - begin
        for step in range(1, count):
            self.decode([(token, length + step - 1, sequence, True) for sequence, token in enumerate(tokens)])
            tokens = draw(list(range(len(tokens))))
        seconds = time.perf_counter() - begin
        for chain in samplers:
            llama_cpp.llama_sampler_free(chain)
        return {"seconds": seconds, "tokens": count * len(prompts), "prefillSeconds": prefill, "drawingSeconds": drawing}

    def score(self, command: dict) -> dict:
        log_probs = []
        for ids, positions in zip(command["ids"], command["positions"]):
            self.ready(1, len(ids))
            self.decode([(token, i, 0, True) for i, token in enumerate(ids)])
            chosen = []
            for position in positions:
                pointer = llama_cpp.llama_get_logits_ith(self.context, position - 1)
                logits = np.ctypeslib.as_array(pointer, shape=(self.vocabulary,)).astype(np.float64)
                top = logits.max()
                chosen.append(logits[ids[position]] - top - np.log(np.exp(logits - top).sum()))
            log_probs.append(chosen)
        return {"logProbs": log_probs}

    def memory(self, command: dict) -> dict:
        return memory()


if __name__ == "__main__":
    if sys.argv[1:2] == ["convert"]:
        convert(*sys.argv[2:])
    else:
        serve(Peer(), ("open", "sample", "score", "memory"))
