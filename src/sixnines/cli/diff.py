"""`sixnines diff A B`: what is different between two revisions, or a revision and a file, and what that can do.

Never changes anything.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from sixnines.cli.colour import wants_colour
from sixnines.cli.difference_output import Format, rendered, told
from sixnines.cli.reach import AdminKeyOption, ConfigOption, GatewayOption, reach
from sixnines.cli.recorded import Point, Recorded, of_file
from sixnines.control.change_plan import compare
from sixnines.registry import CATALOG
from sixnines.settings import process_settings

_FINE, _DIFFERENT = 0, 1


def command(  # noqa: PLR0913 - one for each option
    old: Annotated[str, typer.Argument(metavar="A", help="The number of a revision, or a config file.")],
    new: Annotated[str, typer.Argument(metavar="B", help="The same. A file whose name is a number: ./7")],
    *,
    config: ConfigOption = None,
    gateway: GatewayOption = None,
    admin_key: AdminKeyOption = None,
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
    # A file that is compared says whose revisions are meant.
    reached = reach(config or next(iter(files), None), settings, gateway, admin_key)
    with Recorded(reached, remote=gateway is not None) as recorded:
        before, after = _point(old, recorded), _point(new, recorded)
    if after.document is None:
        raise TypeError("a revision or a file always has a document")
    comparison = compare(before.document, after.document, CATALOG)
    shown = told((before.name, before.base), (after.name, after.base), comparison)
    sys.stdout.write(rendered(shown, form, planned=False, colour=wants_colour()))
    return _DIFFERENT if exit_code and comparison.changes else _FINE


def _point(word: str, recorded: Recorded) -> Point:
    return recorded.revision(int(word)) if word.isdecimal() else of_file(Path(word))
