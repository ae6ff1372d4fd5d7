#!/bin/sh
# Build llama-cpp-python's server into a virtual environment of its own, once per content of its requirement file.
# Takes about twenty minutes with one job; JOBS=4 makes it faster and takes 4 cores and 3 GB.
set -eu
cd "$(dirname "$0")/.."

target=.venv-llamacpp-python
wanted=requirements/llamacpp-python.txt
cmp -s "$wanted" "$target/installed.txt" && exit 0

for tool in cc c++; do
    command -v "$tool" >/dev/null 2>&1 || {
        echo "sixnines: building llama.cpp needs a C and a C++ compiler: sudo apt-get install build-essential" >&2
        exit 1
    }
done
echo "sixnines: building llama-cpp-python in $target; this takes about twenty minutes" >&2
.venv/bin/python -m venv --clear "$target"
CMAKE_BUILD_PARALLEL_LEVEL="${JOBS:-1}" nice "$target/bin/python" -m pip install --disable-pip-version-check \
    --quiet --require-hashes -r "$wanted"
cp "$wanted" "$target/installed.txt"
