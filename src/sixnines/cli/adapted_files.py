"""The files of `sixnines import` and `sixnines export`: read with every way to fail told, written without losing any.

Never overwrites a file unless told to, and never leaves half of one.
"""

import os
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from sixnines.config.diagnostics import Diagnostic, Severity
from sixnines.config.report import count, in_order, render_text, split_lines
from sixnines.errors import ConfigError

_MAX_FILE = 8 * 1024 * 1024  # bytes, as for a config


def read_source(path: Path) -> str:
    """The text of a file.

    Raises:
        ConfigError: it cannot be read, is too large, or is not text.
    """
    name = str(path)
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_FILE + 1)
    except OSError as problem:
        raise ConfigError(f"{name}: cannot be read: {problem.strerror}") from None
    if len(content) > _MAX_FILE:
        raise ConfigError(f"{name}: larger than {_MAX_FILE // 1024**2} MiB: not a config")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        lines = split_lines(content[: problem.start].decode())
        raise ConfigError(f"{name}:{len(lines)}:{len(lines[-1]) + 1}: not UTF-8") from None


def refuse(problems: Sequence[Diagnostic], text: str) -> None:
    """Raise what is wrong with a file, if something is.

    Raises:
        ConfigError: there are errors.
    """
    if any(each.severity is Severity.ERROR for each in problems):
        ordered = in_order(problems)
        file = ordered[0].file
        raise ConfigError(render_text(ordered, {file: split_lines(text)}) + f"{file}: {count(ordered)}")


def write_result(text: str, out: Path | None, *, force: bool) -> None:
    """Write to `out`, or to standard output.

    Raises:
        ConfigError: the file is there already and `force` is not set, or it cannot be written.
    """
    if out is None:
        sys.stdout.write(text)
        return
    if not force and out.exists():
        raise ConfigError(f"{out}: is there already; --force overwrites it")
    try:
        _write(text, out)
    except OSError as problem:
        raise ConfigError(f"{out}: cannot be written: {problem.strerror}") from None


def _write(text: str, out: Path) -> None:
    """Beside its place first, so that a full disk leaves the old file as it was."""
    descriptor, beside = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        Path(beside).chmod(0o644)
        Path(beside).replace(out)
    except OSError:
        with suppress(OSError):
            Path(beside).unlink()
        raise
