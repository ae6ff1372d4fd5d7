"""References (`env:NAME`, `file:PATH`) to values, at the moment in which a service starts. Standard library only.

Never shows a value: an exception names the reference and what is wrong with it.
"""

from collections.abc import Mapping
from pathlib import Path

_LONGEST = 64 * 1024  # bytes; a key has some hundred


class ReferenceMissing(Exception):  # noqa: N818 - what it is
    """There is no value behind a reference; the message says why."""


def read_environment_file(path: Path) -> dict[str, str]:
    """The variables of a file of lines `NAME=value`: the plain case of `EnvironmentFile=` in systemd.exec(5).

    Comments begin with `#` or `;`; quotes around a value go. A file that is not there holds nothing.

    Raises:
        ReferenceMissing: the file cannot be read.
    """
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else "not text"
        raise ReferenceMissing(f"the file {path} cannot be read: {reason}") from None
    found: dict[str, str] = {}
    for line in text.splitlines():
        name, mark, value = line.strip().partition("=")
        if mark and name and name[0] not in "#;":
            found[name.strip()] = _unquoted(value.strip())
    return found


def resolve(reference: str, environment: Mapping[str, str]) -> str:
    """The value behind a reference.

    Raises:
        ReferenceMissing: there is none.
    """
    kind, _, target = reference.partition(":")
    if kind == "env":
        value = environment.get(target)
        if not value:
            raise ReferenceMissing(f"the environment variable {target} is {'not set' if value is None else 'empty'}")
        return value
    try:
        with Path(target).open("rb") as file:
            content = file.read(_LONGEST + 1)
        value = content.decode().rstrip("\r\n")
    except (OSError, ValueError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else "not text"
        raise ReferenceMissing(f"the file {target} cannot be read: {reason}") from None
    if not value or len(content) > _LONGEST or "\0" in value:
        raise ReferenceMissing(f"the file {target} {'is empty' if not value else 'holds no key'}")
    return value


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value
