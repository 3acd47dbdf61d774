#!/usr/bin/env bash
# TuFT's trainer (Hugging Face backend) on the CPU against rlt, from nothing: the probe, gradients against PyTorch, SFT.
# Its sampler is not started, so nothing is sampled. 8 GB of disk; by hand:
#
#   npm run build && bash scripts/interop/tuft.sh [ENVIRONMENT]
#
# ENVIRONMENT (.venv/tuft) is a virtual environment with TuFT; without one it is made, which needs uv:
#
#   echo "vllm; sys_platform == 'never'" > overrides.txt
#   uv venv --python 3.12 .venv/tuft
#   uv pip install --python .venv/tuft tuft==0.2.2 setuptools --override overrides.txt
set -euo pipefail
cd "$(dirname "$0")/../.."
environment=$(realpath -m "${1:-.venv/tuft}")
python=$environment/bin/python
work=$(mktemp -d)
server=
trap 'kill "$server" 2>/dev/null || true; wait; rm -rf "$work"' EXIT

if [ ! -x "$python" ]; then
  uv venv --quiet --python 3.12 "$environment"
  echo "vllm; sys_platform == 'never'" >"$work/overrides.txt"
  uv pip install --quiet --python "$python" tuft==0.2.2 setuptools --override "$work/overrides.txt"
fi
plain() { sed -e "s#$work#WORK#g" -e "s#$(pwd)/##g"; }

node scripts/interop/tiny-qwen3.mjs "$work/tiny-qwen3"
"$python" scripts/interop/tuft-server.py "$work/tiny-qwen3" "$work/tuft" 18400 >"$work/server.txt" 2>&1 &
server=$!
until curl --silent --fail --output /dev/null http://127.0.0.1:18400/api/v1/healthz; do
  kill -0 "$server" || { tail -n 30 "$work/server.txt"; exit 1; }
  sleep 2
done
node scripts/interop/about.mjs "$python" tuft tinker torch transformers peft ray
TINKER_API_KEY=tml-none node scripts/interop/tinker-server.mjs http://127.0.0.1:18400 tiny-qwen3 "$work/tiny-qwen3" \
  "$work/found" 2>&1 | plain
"$python" scripts/interop/autograd.py "$work/tiny-qwen3" "$work/found/gradients.json" "$work/tuft/checkpoints"
