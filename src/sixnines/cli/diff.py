"""`sixnines diff A B`: what is different between two revisions, or a revision and a file, and what that can do.

Never changes anything.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from sixnines.cli.colour import wants_colour
from sixnines.cli.difference_output import Format, rendered, told
from sixnines.cli.recorded import Point, Recorded, of_file
from sixnines.config.find import find_config, places
from sixnines.control.change_plan import compare
from sixnines.registry import CATALOG
from sixnines.settings import process_settings

_FINE, _DIFFERENT, _WRONG_USAGE = 0, 1, 2


def command(
    old: Annotated[str, typer.Argument(metavar="A", help="The number of a revision, or a config file.")],
    new: Annotated[str, typer.Argument(metavar="B", help="The same. A file whose name is a number: ./7")],
    *,
    config: Annotated[
        Path | None, typer.Option(help="The config file whose revisions are meant. Else the file that is compared.")
    ] = None,
    form: Annotated[
        Format, typer.Option("--format", help="For people, for programs, or for a comment on a pull request.")
    ] = Format.TEXT,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 1 if anything is different.")] = False,
) -> int:
    """Say what is different between two revisions of a config, or a revision and a file.

    Exit status: 0 fine, 1 one of them has errors or is not kept (or, with --exit-code, something is different), 2 wrong
    usage.
    """
    settings = process_settings()
    files = [Path(each) for each in (new, old) if not each.isdecimal()]
    for each in files:
        if not each.is_file():
            raise typer.BadParameter(f"{each} is neither the number of a revision nor a file", param_hint="A, B")
    found = config or next(iter(files), None) or find_config(None, settings, Path.exists)
    if found is None:
        looked = " or ".join(str(place) for place in places(settings))
        print(f"sixnines diff: no config at {looked}; name the one that is meant with --config", file=sys.stderr)
        return _WRONG_USAGE
    recorded = Recorded(found, settings)
    before, after = (_point(each, recorded) for each in (old, new))
    if after.document is None:
        raise TypeError("a revision or a file always has a document")
    comparison = compare(before.document, after.document, CATALOG)
    shown = told((before.name, before.base), (after.name, after.base), comparison)
    sys.stdout.write(rendered(shown, form, planned=False, colour=wants_colour()))
    return _DIFFERENT if exit_code and comparison.changes else _FINE


def _point(word: str, recorded: Recorded) -> Point:
    return recorded.revision(int(word)) if word.isdecimal() else of_file(Path(word))
