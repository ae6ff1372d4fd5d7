"""Secret references to secrets: reads the environment it is given, and files.

Never shows a secret: not in a finding, not in an exception, not in `repr`.
"""

from collections.abc import Mapping
from pathlib import Path

from sixnines.config.diagnostics import Finding, error, quoted
from sixnines.config.document import Document, secret_references
from sixnines.config.files import read_file
from sixnines.config.secret import ReferenceKind, Secret, parse_reference
from sixnines.config.sources import UnreadableError

_MAX_FILE = 64 * 1024  # bytes; a key has some hundred


def resolve_secrets(
    document: Document, environment: Mapping[str, str], directory: Path
) -> tuple[dict[str, Secret], list[Finding]]:
    """The secrets by reference, and what is wrong with those that are not there.

    Args:
        document: names the secrets.
        environment: where `env:NAME` looks.
        directory: what a relative `file:PATH` is relative to.
    """
    secrets: dict[str, Secret] = {}
    findings: list[Finding] = []
    for path, text in secret_references(document):
        try:
            secrets[text] = resolve_secret(text, environment, directory)
        except _MissingError as missing:
            findings.append(error(path, str(missing)))
    return secrets, findings


def resolve_secret(text: str, environment: Mapping[str, str], directory: Path) -> Secret:
    """The secret behind one reference.

    Args:
        text: the reference.
        environment: where `env:NAME` looks.
        directory: what a relative `file:PATH` is relative to.

    Raises:
        ValueError: it is no reference, or there is no secret behind it; the message never holds what was given for one.
    """
    reference = parse_reference(text)
    if reference.kind is ReferenceKind.ENV:
        return _from_environment(reference.target, environment)
    return _from_file(reference.target, directory)


class _MissingError(ValueError):
    """There is no secret behind a reference; says why."""


def _from_environment(name: str, environment: Mapping[str, str]) -> Secret:
    value = environment.get(name)
    if value is None:
        raise _MissingError(f"the environment variable {name} is not set")
    if not value:
        raise _MissingError(f"the environment variable {name} is empty")
    return Secret(value)


def _from_file(target: str, directory: Path) -> Secret:
    shown = quoted(target)
    try:
        content = read_file(directory / target, _MAX_FILE)
    except UnreadableError as problem:
        raise _MissingError(f"the file {shown} {problem.reason}") from None
    if len(content) > _MAX_FILE:
        raise _MissingError(f"the file {shown} is larger than {_MAX_FILE // 1024} KiB: not a key")
    try:
        text = content.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise _MissingError(f"the file {shown} is not text") from None
    if not text:
        raise _MissingError(f"the file {shown} is empty")
    return Secret(text)
