#!/usr/bin/env bash
# SkyRL's JAX backend on the CPU against rlt, from nothing, on a tiny random Qwen 3: the probe, gradients against PyTorch,
# SFT, GRPO, then a whole recipe. Most of the time is XLA compiling; 8 GB of disk; by hand:
#
#   npm run build && bash scripts/interop/skyrl.sh [ENVIRONMENT]
#
# ENVIRONMENT (.venv/skyrl) is a virtual environment with SkyRL; without one it is made, which needs uv. The extras of
# the package leave aiohttp out; torch and transformers are the other side of the comparison:
#
#   uv venv --python 3.12 .venv/skyrl
#   uv pip install --python .venv/skyrl "skyrl[tinker,jax]==0.4.0" aiohttp torch transformers uv
set -euo pipefail
cd "$(dirname "$0")/../.."
environment=$(realpath -m "${1:-.venv/skyrl}")
python=$environment/bin/python
work=$(mktemp -d)
server=
# In a group of its own: alone, the server would leave its engine behind.
trap '[ -z "$server" ] || kill -- "-$server" 2>/dev/null || true; wait; rm -rf "$work"' EXIT

if [ ! -x "$python" ]; then
  uv venv --quiet --python 3.12 "$environment"
  uv pip install --quiet --python "$python" "skyrl[tinker,jax]==0.4.0" aiohttp torch transformers uv
fi

# The server starts its engine by `uv run` with the flags of its own start, so it needs a project with these extras.
mkdir "$work/host"
cat >"$work/host/pyproject.toml" <<'TOML'
[project]
name = "skyrl-host"
version = "0.0.0"
requires-python = ">=3.12,<3.13"
dependencies = ["skyrl[tinker,jax]==0.4.0"]
[project.optional-dependencies]
tinker = []
jax = []
[tool.uv]
package = false
TOML
plain() { sed -e "s#$work#WORK#g" -e "s#$(pwd)/##g"; }

node scripts/interop/about.mjs "$python" skyrl tinker jax flax torch transformers
node scripts/interop/tiny-qwen3.mjs "$work/tiny-qwen3"
pushd "$work/host" >/dev/null
PATH=$environment/bin:$PATH UV_PROJECT_ENVIRONMENT=$environment JAX_PLATFORMS=cpu HF_HUB_OFFLINE=1 setsid uv run \
  --no-sync -m skyrl.tinker.api --host 127.0.0.1 --port 18100 --base-model "$work/tiny-qwen3" --backend jax \
  --backend-config '{"max_lora_adapters":6,"max_lora_rank":8}' --database-url "sqlite:///$work/t.db" \
  --checkpoints-base "$work/checkpoints" >"$work/server.txt" 2>&1 &
server=$!
popd >/dev/null
until curl --silent --fail --output /dev/null http://127.0.0.1:18100/api/v1/healthz; do
  kill -0 "$server" || { tail -n 30 "$work/server.txt"; exit 1; }
  sleep 2
done
node scripts/interop/tinker-server.mjs http://127.0.0.1:18100 "$work/tiny-qwen3" "$work/tiny-qwen3" "$work/found" 2>&1 |
  plain
"$python" scripts/interop/autograd.py "$work/tiny-qwen3" "$work/found/gradients.json" "$work/checkpoints"

echo "== the recipe: scripts/interop/skyrl.yaml"
node dist/cli/main.js run scripts/interop/skyrl.yaml --out "$work/run" \
  --set "models.base={source: 'served:$work/tiny-qwen3', tokenizer: '$work/tiny-qwen3'}" 2>&1 | plain
