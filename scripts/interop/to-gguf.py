"""Converts a saved model to GGUF by llama.cpp's own converter, with tokenizers that rlt trained.

    pip install torch transformers gguf sentencepiece protobuf
    python scripts/interop/to-gguf.py LLAMA_CPP MODEL OUT.gguf [options of convert_hf_to_gguf.py]

LLAMA_CPP is a copy of llama.cpp: a clone, or vendor/llama.cpp in the source archive of the package llama-cpp-python.

The converter tells tokenizers apart by the ids that they give to one text, so it refuses every vocabulary that it has not
seen, that of the bundled model included. The way in which those of `pretrain` divide text (src/text/tokenizer/trainer.ts)
gives under llama.cpp's "qwen2" the same tokens: each of its pieces is made of whole pieces of ours, and no merge of such a
vocabulary crosses the border of one. scripts/interop/tokens.mjs compares the two on real texts.
"""

import json
import runpy
import sys
from pathlib import Path

# As src/text/tokenizer/trainer.ts writes it.
OURS = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+|\s*[\r\n]+|\s+(?!\S)|\s+"

llama_cpp, model, out, *options = sys.argv[1:]
sys.path.insert(0, llama_cpp)
sys.path.insert(0, str(Path(llama_cpp) / "gguf-py"))

from conversion.base import TextModel  # noqa: E402

known = TextModel.get_vocab_base_pre


def pre_tokenizer(self, tokenizer):
    try:
        return known(self, tokenizer)
    except NotImplementedError:
        written = json.loads((Path(model) / "tokenizer.json").read_text(encoding="utf-8"))
        steps = written["pre_tokenizer"].get("pretokenizers", [])
        if [step.get("pattern", {}).get("Regex") for step in steps if step["type"] == "Split"] == [OURS]:
            return "qwen2"
        raise


TextModel.get_vocab_base_pre = pre_tokenizer
sys.argv = ["convert_hf_to_gguf.py", model, "--outfile", out, *options]
runpy.run_path(str(Path(llama_cpp) / "convert_hf_to_gguf.py"), run_name="__main__")
