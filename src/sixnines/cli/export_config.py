"""`sixnines export`: a config as one for LiteLLM, and a report of what became of each of its keys.

Never writes a secret, never connects to anything. Exit status: 0 fine, 1 the config is wrong, or the file is there
already; 2 wrong usage.
"""

import enum
import sys
from pathlib import Path
from typing import Annotated

import typer

from sixnines.adapters.litellm.exporting import Exported, export_litellm
from sixnines.adapters.telling import report_json, report_text
from sixnines.cli.adapted_files import write_result
from sixnines.config.find import find_config, places
from sixnines.config.load import read_config
from sixnines.errors import ConfigError
from sixnines.registry import CATALOG
from sixnines.settings import process_settings

_WRONG_USAGE = 2


class System(enum.StrEnum):
    """Whom a config can be written for."""

    LITELLM = "litellm"


class Format(enum.StrEnum):
    """How the report is written."""

    TEXT = "text"
    JSON = "json"


def command(
    system: Annotated[System, typer.Argument(help="litellm: its config.yaml.")],
    config: Annotated[
        Path | None,
        typer.Argument(
            help="Config file. Else ./sixnines.yaml, else the one in $XDG_CONFIG_HOME.", exists=True, dir_okay=False
        ),
    ] = None,
    *,
    out: Annotated[
        Path | None, typer.Option(help="Write the config here. Without it: to standard output.", dir_okay=False)
    ] = None,
    report: Annotated[Format, typer.Option(help="The report for people, or for programs.")] = Format.TEXT,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file of --out.")] = False,
) -> int:
    """Translate a config into one for LiteLLM, with a report of every key.

    The report goes to standard output where --out is given, else to standard error.
    """
    del system
    found = find_config(config, process_settings(), Path.exists)
    if found is None:
        looked = " or ".join(str(place) for place in places(process_settings()))
        print(f"sixnines export: no config at {looked}; name one: sixnines export litellm FILE", file=sys.stderr)
        return _WRONG_USAGE
    loaded = read_config(found, None, CATALOG)
    if loaded.snapshot is None or loaded.document is None:
        raise ConfigError(loaded.report().rstrip())
    sources = {
        str(found if index == 0 else found.parent / each.path): each.content.decode()
        for index, each in enumerate(loaded.sources)
    }
    exported = export_litellm(loaded.document, sources, CATALOG)
    write_result(exported.text, out, force=force)
    told = sys.stdout if out else sys.stderr
    if report is Format.JSON:
        told.write(report_json(exported.entries))
    else:
        told.write(report_text(exported.entries, str(found)) + _to_do(exported))
    return 0


def _to_do(exported: Exported) -> str:
    if not exported.variables:
        return ""
    return f"LiteLLM reads the environment variables {', '.join(exported.variables)}.\n"
