"""`sixnines check`: every problem of a config at once, with its place and a hint; or the JSON Schema for editors.

Never starts anything and never connects to anything. Exit status: 0 fine (or warnings only), 1 errors, 2 no file.
"""

import enum
import sys
from pathlib import Path
from typing import Annotated

import typer

from sixnines.config.find import find_config, places
from sixnines.config.load import Loaded, read_config
from sixnines.config.report import render_github, render_json
from sixnines.config.schema import render_schema
from sixnines.registry import CATALOG
from sixnines.settings import process_settings

_FINE, _FOUND_PROBLEMS, _WRONG_USAGE = 0, 1, 2


class Format(enum.StrEnum):
    """How the diagnostics are written."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


def command(
    file: Annotated[
        Path | None,
        typer.Argument(
            help="Config file. Else ./sixnines.yaml, else the one in $XDG_CONFIG_HOME.", exists=True, dir_okay=False
        ),
    ] = None,
    *,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of a config and exit.")] = False,
    form: Annotated[
        Format, typer.Option("--format", help="For people, for programs, or as annotations for GitHub Actions.")
    ] = Format.TEXT,
) -> int:
    """Check a config file, or print its JSON Schema.

    Reports every problem at once. Exit status: 0 fine (there may be warnings), 1 errors, 2 no file to check.
    """
    if schema:
        sys.stdout.write(render_schema(CATALOG))
        return _FINE
    settings = process_settings()
    found = find_config(file, settings, Path.exists)
    if found is None:
        looked = " or ".join(str(place) for place in places(settings))
        print(f"sixnines check: no config at {looked}; name one: sixnines check FILE", file=sys.stderr)
        return _WRONG_USAGE
    loaded = read_config(found, settings.environment, CATALOG)
    sys.stdout.write(_rendered(loaded, form))
    return _FINE if loaded.snapshot is not None else _FOUND_PROBLEMS


def _rendered(loaded: Loaded, form: Format) -> str:
    match form:
        case Format.TEXT:
            return loaded.report(colour=_wants_colour())
        case Format.JSON:
            return render_json(loaded.diagnostics)
        case Format.GITHUB:
            return render_github(loaded.diagnostics) + loaded.summary() + "\n"


def _wants_colour() -> bool:
    """A terminal, unless its owner said no (https://no-color.org)."""
    return sys.stdout.isatty() and not process_settings().environment.get("NO_COLOR")
