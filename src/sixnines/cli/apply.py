"""`sixnines apply`: a config, or what a plan says, as a transaction that holds in the end or takes itself back.

Never edits a config file. Where no gateway runs nothing is served or verified: it is recorded for the next start.
"""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from sixnines.cli.change_output import Format, Shown, status_of
from sixnines.cli.change_record import Kept, kept_in, write_record
from sixnines.cli.offline import run_offline
from sixnines.cli.reach import AdminKeyOption, ConfigOption, GatewayOption, NoteOption, Reach, reach, seconds
from sixnines.clock import SystemClock
from sixnines.config.load import read_config
from sixnines.config.sources import SourceFile
from sixnines.control.archive import Archive
from sixnines.control.asked import ApplyAsked
from sixnines.control.plan_file import FORM, LARGEST, read_plan
from sixnines.control.ports import Terms
from sixnines.errors import ConfigError
from sixnines.registry import CATALOG
from sixnines.settings import process_settings, user_name

_SNIFFED = 256  # bytes: the form is the first thing that a plan says


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What shall hold.

    Attributes:
        config: the file whose gateway is meant; None: not said.
        files: the config.
        base: the revision that it was planned from, 0 for none; None: it was not planned.
    """

    config: Path | None
    files: tuple[SourceFile, ...]
    base: int | None


def command(  # noqa: PLR0913 - one for each option
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FILE|PLAN]",
            help="What shall hold: a config, or a plan of `sixnines plan --out`. Else the config itself.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    *,
    config: ConfigOption = None,
    note: NoteOption = "",
    watch: Annotated[
        str, typer.Option(metavar="DURATION", help="Watch the error rate for so long before it holds; 0: not at all.")
    ] = "60s",
    preflight: Annotated[
        bool, typer.Option("--preflight/--no-preflight", help="Ask the providers that have changed first.")
    ] = True,
    verify: Annotated[bool, typer.Option("--verify/--no-verify", help="Verify the gateway before it holds.")] = True,
    force: Annotated[bool, typer.Option("--force", help="Go on although preflight speaks against it.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Stop before anything is recorded.")] = False,
    gateway: GatewayOption = None,
    admin_key: AdminKeyOption = None,
    form: Annotated[
        Format, typer.Option("--format", help="For people, or a JSON object a line as it happens.")
    ] = Format.TEXT,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write what was done and found there, as a page of Markdown.")
    ] = None,
) -> int:
    """Have a config hold: check, ask the providers, record, serve, verify, watch; then it holds, or it is taken back.

    FILE is for the gateway of that same file, unless --config names another one. Ctrl-C takes it back. Exit status: 0
    it holds, 1 it does not, 2 wrong usage.
    """
    settings = process_settings()
    watch_s = seconds(watch, "--watch")
    wanted = _planned(file, config) if file is not None and _is_plan(file) else None
    reached = reach(config or (wanted.config if wanted else file), settings, gateway, admin_key)
    wanted = wanted or _Wanted(None, _files(file or reached.config), None)
    terms = Terms(
        author=user_name(), note=note, base=wanted.base, preflight=preflight, verify=verify, watch_s=watch_s,
        force=force, dry_run=dry_run,
    )  # fmt: skip
    return _apply(reached, wanted.files, terms, shown=Shown(form), report=report)


def _apply(reached: Reach, files: tuple[SourceFile, ...], terms: Terms, *, shown: Shown, report: Path | None) -> int:
    def record(kept: Kept) -> None:
        if report is None:
            return
        try:
            write_record(report, shown.events, reached.config, kept=kept, clock=SystemClock())
        except OSError as problem:  # what was changed is changed all the same
            print(f"sixnines apply: the record cannot be written: {problem}", file=sys.stderr)

    if reached.gateway is None:
        ended = run_offline(reached, process_settings(), lambda each: each.apply(files, terms), shown.tell, known=files)
        record(kept_in(Archive(reached.store)))
        return status_of(ended)
    asked = ApplyAsked(
        files=list(files), author=terms.author, note=terms.note, base=terms.base, preflight=terms.preflight,
        verify=terms.verify, watch_s=terms.watch_s, force=terms.force, dry_run=terms.dry_run,
    )  # fmt: skip
    with reached.gateway as gateway:
        status = shown.all(gateway.apply(asked))
        record(gateway.revision)
        return status


def _is_plan(path: Path) -> bool:
    with path.open("rb") as file:
        return FORM.encode() in file.read(_SNIFFED)


def _planned(path: Path, config: Path | None) -> _Wanted:
    """What a plan says.

    Raises:
        ControlError: it is damaged, or made for another config than the one that was named.
    """
    with path.open("rb") as file:
        content = file.read(LARGEST + 1)
    named = None if config is None else os.path.abspath(config)  # noqa: PTH100 - as plans name it
    plan = read_plan(content, name=str(path), config=named)
    return _Wanted(Path(plan.config), plan.sources, 0 if plan.base is None else plan.base.revision)


def _files(path: Path) -> tuple[SourceFile, ...]:
    """The files of a config.

    Raises:
        ConfigError: it has errors.
    """
    loaded = read_config(path, None, CATALOG)
    if loaded.snapshot is None:
        raise ConfigError(loaded.report().rstrip())
    return loaded.sources
