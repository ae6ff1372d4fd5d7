"""`sixnines explain`: who would be asked for a request, in which order, and why. Needs a config and nothing else.

Never sends anything, and reads no secret: the variables and files that the config names need not be there.
"""

import enum
import random
import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from sixnines.cli.explain_text import render
from sixnines.config.find import find_config, places
from sixnines.config.load import read_config
from sixnines.config.snapshot import Snapshot
from sixnines.errors import ConfigError, MalformedRequest
from sixnines.health.board import Board
from sixnines.registry import CATALOG, ENDPOINTS, STRATEGIES
from sixnines.routing.planner import Planner
from sixnines.server.explanation import Inquiry, Stage, explain
from sixnines.server.inquiry import read_assumptions, read_fields
from sixnines.settings import process_settings

_FINE, _NOBODY, _WRONG_USAGE = 0, 1, 2


class Format(enum.StrEnum):
    """How the explanation is written."""

    TEXT = "text"
    JSON = "json"


def command(
    config: Annotated[
        Path | None,
        typer.Argument(
            help="Config file. Else ./sixnines.yaml, else the one in $XDG_CONFIG_HOME.", exists=True, dir_okay=False
        ),
    ] = None,
    *,
    model: Annotated[str, typer.Option(metavar="NAME", help="What a caller would ask for.", show_default=False)],
    request: Annotated[
        Path | None,
        typer.Option(help="JSON as a caller would post it, `-` is standard input. Without it, a short chat."),
    ] = None,
    header: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="A header of the request, such as x-sixnines-deny.")
    ] = None,
    assume: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PROVIDER=STATE",
            help="Take a provider to be down, busy, loading or saturated, or its models to be cold or warm.",
        ),
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="For people, or for programs.")] = Format.TEXT,
) -> int:
    """Say who would be asked for a request, in which order, and why. Sends nothing.

    Exit status: 0 somebody would be asked, 1 nobody would or the request is wrong, 2 wrong usage.
    """
    found = find_config(config, process_settings(), Path.exists)
    if found is None:
        looked = " or ".join(str(place) for place in places(process_settings()))
        print(f"sixnines explain: no config at {looked}; name one: sixnines explain FILE --model NAME", file=sys.stderr)
        return _WRONG_USAGE
    fields, assumed = _pairs(header, "--header"), _pairs(assume, "--assume")
    snapshot = _load(found)
    try:
        inquiry = Inquiry(model, _body(request), read_fields(fields), read_assumptions(assumed, snapshot))
    except MalformedRequest as error:  # of the options; what callers can do wrong comes later
        print(f"sixnines explain: {error}", file=sys.stderr)
        return _WRONG_USAGE
    explanation = explain(inquiry, _stage(snapshot))
    if form is Format.JSON:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(explanation), indent=2).decode() + "\n")
    else:
        sys.stdout.write(render(explanation))
    return _FINE if explanation.candidates else _NOBODY


def _pairs(words: list[str] | None, option: str) -> list[tuple[str, str]]:
    """The two sides of `=` in each word."""
    found: list[tuple[str, str]] = []
    for word in words or ():
        name, sign, value = word.partition("=")
        if not sign or not name:
            raise typer.BadParameter("two sides of `=` are wanted, as in the help", param_hint=option)
        found.append((name, value))
    return found


def _load(path: Path) -> Snapshot:
    loaded = read_config(path, None, CATALOG)
    if loaded.snapshot is None:
        raise ConfigError(loaded.report().rstrip())
    return loaded.snapshot


def _body(path: Path | None) -> bytes | None:
    if path is None:
        return None
    try:
        return sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except OSError as problem:
        raise typer.BadParameter(f"cannot read {path}: {problem.strerror}", param_hint="--request") from None


def _stage(snapshot: Snapshot) -> Stage:
    """A gateway that has just been started and knows of no fault."""
    board = Board(snapshot)
    draw = random.Random(0).random  # noqa: S311 - the same answer each time
    planner = Planner(snapshot, {each.info.name: each for each in STRATEGIES}, board, draw)
    return Stage(snapshot, planner, board, ENDPOINTS, 0.0)
