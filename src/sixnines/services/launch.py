"""`launch.py --set NAME=REFERENCE ... -- WORDS`: becomes the program WORDS, with secrets in its environment.

For unit files, which everybody may read: they hold the references, and the values exist only in the process that needs
them. Never writes a value anywhere, and leaves nothing of itself behind (execve(2)).
"""

import argparse
import os
import sys
from collections.abc import MutableMapping, Sequence
from pathlib import Path

from sixnines.services.references import ReferenceMissing, read_environment_file, resolve
from sixnines.settings import process_settings

_CANNOT_START = 78  # EX_CONFIG of sysexits.h


def main(argv: Sequence[str]) -> int:
    """Start the program. Returns only if that is not possible."""
    options = _read(argv)
    environment = dict(process_settings().environment)
    try:
        fill(environment, options.set, options.environment_file)
        os.execvpe(options.words[0], options.words, environment)  # noqa: S606 - what it is for
    except ReferenceMissing as missing:
        sys.stderr.write(f"sixnines: {options.words[0]} cannot be started: {missing}\n")
    except OSError as problem:
        sys.stderr.write(f"sixnines: {options.words[0]} cannot be started: {problem.strerror}\n")
    return _CANNOT_START


def fill(environment: MutableMapping[str, str], wanted: Sequence[str], file: Path | None) -> None:
    """Put the values of `NAME=REFERENCE` into `environment`.

    Raises:
        ReferenceMissing: one has no value.
    """
    known = {**environment, **({} if file is None else read_environment_file(file))}
    found = {}
    for each in wanted:
        name, _, reference = each.partition("=")
        found[name] = resolve(reference, known)
        kind, _, target = reference.partition(":")
        if kind == "env":
            environment.pop(target, None)
    environment.update(found)


def _read(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="launch", description="Start a program with secrets in its environment.")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=REFERENCE")
    parser.add_argument("--environment-file", type=Path, help="where env: references are looked for, too")
    parser.add_argument("words", nargs="+")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
