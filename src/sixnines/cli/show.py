"""`sixnines show`: one revision: who made it and why, what became of it, and its files, or these written into a folder.

Never writes over a file, and never outside of the folder that was named.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Annotated

import msgspec
import typer

from sixnines.cli.change_output import FINE, Format
from sixnines.cli.change_text import evidence_lines, plain, revision_lines
from sixnines.cli.reach import AdminKeyOption, ConfigOption, GatewayOption, at_address, locate
from sixnines.config.sources import SourceFile
from sixnines.control.archive import Archive, folder_of
from sixnines.control.asked import RevisionShown
from sixnines.control.events import Evidence
from sixnines.errors import ConfigError, CorruptRevision, UnknownRevision
from sixnines.settings import Settings, process_settings


def command(
    revision: Annotated[int | None, typer.Argument(help="Its number. Else the one that holds.", min=1)] = None,
    *,
    config: ConfigOption = None,
    write: Annotated[
        Path | None, typer.Option("--write", metavar="DIR", help="Write its files into this folder.", file_okay=False)
    ] = None,
    gateway: GatewayOption = None,
    admin_key: AdminKeyOption = None,
    form: Annotated[Format, typer.Option("--format", help="For people, or for programs.")] = Format.TEXT,
) -> int:
    """Show a revision: who made it and why, what became of it, and its files.

    Exit status: 0 fine, 1 there is none of that number, or it is not what was recorded, 2 wrong usage.
    """
    settings = process_settings()
    if gateway is None:
        shown = _kept(Archive(folder_of(settings.state_home, locate(config, settings))), revision)
    else:
        shown = _asked(gateway, admin_key, revision, settings)
    if write is not None:
        for path in _write(shown.files, write):
            print(path)
    elif form is Format.JSON:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(shown), indent=2).decode() + "\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in _lines(shown))
    return FINE


def _kept(archive: Archive, number: int | None) -> RevisionShown:
    head: int | None = None
    try:
        head = archive.head()
    except CorruptRevision:
        if number is None:
            raise
    wanted = number or head
    if wanted is None:
        raise UnknownRevision(f"no revision is recorded yet at {archive.folder}")
    files = list(archive.sources(wanted))
    try:
        outcome = archive.outcome(wanted)
    except CorruptRevision as problem:
        print(f"sixnines: {problem}", file=sys.stderr)
        outcome = None
    return RevisionShown(revision=archive.read(wanted), outcome=outcome, holds=wanted == head, files=files)


def _asked(url: str, admin_key: str | None, number: int | None, settings: Settings) -> RevisionShown:
    with at_address(url, admin_key, settings) as gateway:
        wanted = number or gateway.state().head
        if wanted is None:
            raise UnknownRevision("no revision is recorded there yet")
        return gateway.revision(wanted)


def _lines(shown: RevisionShown) -> Iterator[str]:
    yield from revision_lines(shown.revision, shown.outcome, holds=shown.holds)
    if shown.outcome is not None:
        try:
            evidence = msgspec.json.decode(shown.outcome.evidence, type=Evidence)
        except msgspec.MsgspecError:  # of another version
            evidence = Evidence()
        yield from evidence_lines(evidence)
    for file in shown.files:
        yield ""
        yield f"--- {plain(file.path)}"
        yield from (plain(line) for line in file.content.decode(errors="replace").removesuffix("\n").split("\n"))


def _write(files: Sequence[SourceFile], folder: Path) -> list[Path]:
    """Write files that are not there yet; where they are.

    Raises:
        ConfigError: one is there, or would be elsewhere.
        OSError: one cannot be written.
    """
    targets = [folder / PurePosixPath(file.path) for file in files]
    for file, target in zip(files, targets, strict=True):
        parts = PurePosixPath(file.path).parts
        if not parts or PurePosixPath(file.path).is_absolute() or ".." in parts:
            raise ConfigError(f"sixnines: {plain(file.path)} lies outside of the folder of its config: not written")
        if target.exists():
            raise ConfigError(f"sixnines: {target} is there already; name an empty folder")
    for file, target in zip(files, targets, strict=True):
        target.parent.mkdir(parents=True, exist_ok=True)
        with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:  # noqa: PTH123 - its mode
            out.write(file.content)
    return targets
