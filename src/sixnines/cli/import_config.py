"""`sixnines import`: another system's config to one of ours, and a report of what became of each of its keys.

Never copies a secret, never connects to anything. Exit status: 0 fine, 1 it cannot be read or written, 2 wrong usage.
"""

import enum
import sys
from pathlib import Path
from typing import Annotated

import typer

from sixnines.adapters.imported import Imported
from sixnines.adapters.telling import report_json, report_text
from sixnines.cli.adapted_files import read_source, refuse, write_result
from sixnines.config.load import read_text
from sixnines.registry import CATALOG


class System(enum.StrEnum):
    """What can be imported."""

    LITELLM = "litellm"
    LAB = "lab"


class Format(enum.StrEnum):
    """How the report is written."""

    TEXT = "text"
    JSON = "json"


def command(
    system: Annotated[System, typer.Argument(help="litellm: its config.yaml. lab: a folder with providers.yaml.")],
    source: Annotated[Path, typer.Argument(help="The file, or the folder.", exists=True, show_default=False)],
    *,
    out: Annotated[
        Path | None, typer.Option(help="Write the config here. Without it: to standard output.", dir_okay=False)
    ] = None,
    report: Annotated[Format, typer.Option(help="The report for people, or for programs.")] = Format.TEXT,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file of --out.")] = False,
) -> int:
    """Translate another system's config into one for sixnines, with a report of every key.

    The report goes to standard output where --out is given, else to standard error. Keys that were written out are not
    copied: the config names environment variables for them.
    """
    imported = _lab(source) if system is System.LAB else _litellm(source)
    text = imported.text or ""
    loaded = read_text(text, str(out or "sixnines.yaml"), None, CATALOG)
    if loaded.snapshot is None:
        raise AssertionError(f"the translation is no config:\n{loaded.report()}")
    write_result(text, out, force=force)
    told = sys.stdout if out else sys.stderr
    if report is Format.JSON:
        told.write(report_json(imported.entries))
        return 0
    told.write(report_text(imported.entries, str(source)))
    told.write(_to_do(imported, loaded.summary()))
    return 0


def _litellm(source: Path) -> Imported:
    from sixnines.adapters.litellm.importing import import_litellm

    if source.is_dir():
        raise typer.BadParameter("a file is wanted", param_hint="SOURCE")
    text = read_source(source)
    imported = import_litellm(text, str(source), CATALOG)
    refuse(imported.problems, text)
    return imported


def _lab(source: Path) -> Imported:
    from sixnines.adapters.lab.importing import FILES, import_lab

    if not source.is_dir():
        raise typer.BadParameter("a folder is wanted", param_hint="SOURCE")
    texts = {name: read_source(source / name) for name in FILES if (source / name).exists()}
    imported = import_lab(texts, str(source), CATALOG)
    for name, text in texts.items():
        refuse([each for each in imported.problems if each.file == str(source / name)], text)
    refuse(imported.problems, "")
    return imported


def _to_do(imported: Imported, summary: str) -> str:
    """What the operator has left to do."""
    lines = [summary]
    if imported.variables:
        lines.append(f"It reads the environment variables {', '.join(imported.variables)}.")
    if imported.written:
        lines.append(f"Keys were written out for {', '.join(imported.written)}: put them there; they were not copied.")
    return "\n".join(lines) + "\n"
