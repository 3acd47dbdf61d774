"""Loads what rlt saved with transformers (and peft) and compares log-probs with those that rlt computed.

    python scripts/goldens/check_saved.py MODEL_DIR EXPECTED.json [--adapter ADAPTER_DIR] [--tolerance 1e-4]

EXPECTED.json: {"sequences": [{"ids": [...], "positions": [...], "temperature": 1, "logProbs": [...]}]}, where logProbs[k]
is log p(ids[positions[k]] | what is before it). Prints the largest difference as JSON; exit code 1 when it is too large.
"""

import argparse
import json
import os
import sys

os.environ["HF_HUB_OFFLINE"] = "1"

import torch
from transformers import AutoModelForCausalLM


@torch.no_grad()
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("expected")
    parser.add_argument("--adapter")
    parser.add_argument("--tolerance", type=float, default=1e-4)
    options = parser.parse_args()

    model, loading = AutoModelForCausalLM.from_pretrained(options.model, dtype=torch.float32, output_loading_info=True)
    problems = {kind: sorted(map(str, names)) for kind, names in loading.items() if names}
    if problems:
        sys.exit(f"transformers reports {problems}")
    if options.adapter:
        from peft import PeftModel

        model = PeftModel.from_pretrained(model, options.adapter)
    model.eval()
    largest, count = 0.0, 0
    with open(options.expected) as file:
        sequences = json.load(file)["sequences"]
    for sequence in sequences:
        ids = torch.tensor(sequence["ids"])
        logits = model(ids[None]).logits[0].double() / sequence.get("temperature", 1)
        positions = torch.tensor(sequence["positions"])
        ours = torch.log_softmax(logits[positions - 1], -1).gather(-1, ids[positions][:, None])[:, 0]
        difference = (ours - torch.tensor(sequence["logProbs"], dtype=torch.float64)).abs().max().item()
        largest, count = max(largest, difference), count + len(positions)
    print(json.dumps({"positions": count, "largestDifference": largest, "tolerance": options.tolerance}))
    # Written so that NaN fails, too.
    sys.exit(0 if count > 0 and largest <= options.tolerance else 1)


if __name__ == "__main__":
    main()
