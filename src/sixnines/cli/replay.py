"""`sixnines replay`: recorded decisions against another config, and what would change.

Never sends anything, and reads no secret.
"""

import enum
import random
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, BinaryIO

import msgspec
import typer

from sixnines.cli.replay_text import Replayed, Unread, render
from sixnines.config.load import read_config
from sixnines.engine.recorded import Recorded, read_line
from sixnines.engine.replay import Replay
from sixnines.errors import ConfigError
from sixnines.registry import CATALOG, STRATEGIES

_FINE, _SOMETHING_WRONG = 0, 1
_SEED = 0
# Of a line: records have some KiB; what is longer is no log of decisions.
_LONGEST_LINE = 1024 * 1024


class Format(enum.StrEnum):
    """How the changes are written."""

    TEXT = "text"
    JSON = "json"


def command(
    *,
    log: Annotated[
        list[Path],
        typer.Option(
            help="What `server.decision_log` has recorded. May be given again: the oldest first.",
            exists=True,
            dir_okay=False,
            show_default=False,
        ),
    ],
    config: Annotated[Path, typer.Option(help="The config to try.", exists=True, dir_okay=False, show_default=False)],
    form: Annotated[Format, typer.Option("--format", help="For people, or for programs.")] = Format.TEXT,
) -> int:
    """Run recorded decisions against another config and say what would change.

    Exit status: 0 fine, 1 some requests would have nobody to serve them, or nothing could be read; 2 wrong usage.
    """
    loaded = read_config(config, None, CATALOG)
    if loaded.snapshot is None:
        raise ConfigError(loaded.report().rstrip())
    draw = random.Random(_SEED).random  # noqa: S311 - the same answer each time
    replay = Replay(loaded.snapshot, {each.info.name: each for each in STRATEGIES}, draw)
    unread: list[Unread] = []
    count, first, last = 0, 0.0, 0.0
    for recorded in _records(log, unread):
        replay.add(recorded)
        count, first, last = count + 1, first if count else recorded.at, recorded.at
    told = Replayed(str(config), count, first, last, unread, replay.changes())
    if form is Format.JSON:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(told), indent=2).decode() + "\n")
    else:
        sys.stdout.write(render(told))
    return _FINE if count and not any(each.nobody for each in told.names) else _SOMETHING_WRONG


def _records(paths: Iterable[Path], unread: list[Unread]) -> Iterator[Recorded]:
    """The records of all files; what cannot be read is put into `unread`."""
    for path in paths:
        with path.open("rb") as file:
            for number, line in enumerate(_lines(file), 1):
                try:
                    recorded = read_line(line)
                except ValueError as problem:
                    unread.append(Unread(str(path), number, str(problem)))
                else:
                    yield recorded


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """The lines of a file; of those that are too long the beginning, which is no record."""
    while line := file.readline(_LONGEST_LINE):
        yield line
        while len(line) == _LONGEST_LINE and not line.endswith(b"\n"):
            line = file.readline(_LONGEST_LINE)
