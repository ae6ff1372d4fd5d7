#!/bin/sh
# Install vLLM for processors into a virtual environment of its own, once per content of its requirement file, and give
# it the model of the tests in the form that it reads. Downloads 3 GB and takes 7 GB; minutes, not more.
set -eu
cd "$(dirname "$0")/.."

target=.venv-vllm
wanted=requirements/vllm.txt
cmp -s "$wanted" "$target/installed.txt" && exit 0

echo "sixnines: installing vLLM in $target: 3 GB to download, 7 GB on disk" >&2
.venv/bin/python -m venv --clear "$target"
# The file lists everything. Left to look for dependencies, pip would refuse the torch that is in it (vllm.overrides).
nice "$target/bin/python" -m pip install --disable-pip-version-check --quiet --require-hashes --no-deps \
    --only-binary :all: -r "$wanted"
gguf=$(.venv/bin/python -c 'from sixnines.quickstart.installed import model_file; print(model_file())')
"$target/bin/python" tools/gguf_to_hf.py "$gguf" "$target/model"
cp "$wanted" "$target/installed.txt"
