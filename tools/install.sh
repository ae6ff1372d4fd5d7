#!/bin/sh
# Find a Python that sixnines runs on and make `.venv` with it: `sh tools/install.sh base engines`.
# Only looks for the interpreter; what is installed, and how, is tools/install.py.
# $PYTHON, if set, is tried first. A name on PATH that does not start (a shim, a dangling link) is passed over.
set -u
cd "$(dirname "$0")/.." || exit 1

supported='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))'
for candidate in .venv/bin/python "${PYTHON:-python3}" python3 python3.14 python3.13 python3.12 python3.11; do
    if "$candidate" -c "$supported" >/dev/null 2>&1; then
        exec "$candidate" tools/install.py "$@"
    fi
done

if command -v python3 >/dev/null 2>&1; then
    echo "sixnines needs Python 3.11 to 3.14, and python3 here is: $(python3 --version 2>&1)." >&2
else
    echo "sixnines needs Python 3.11 to 3.14, and there is no python3 on PATH." >&2
fi
echo "Install one (Debian, Ubuntu: sudo apt install python3 python3-venv), or name it: make PYTHON=/path/to/python3.12 ..." >&2
exit 1
