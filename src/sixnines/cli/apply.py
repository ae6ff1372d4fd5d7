"""`sixnines apply`: a config, or what a plan says, as a transaction: recorded, served, verified, watched; or taken back.

Never edits a config file. Where no gateway runs nothing is served or verified: it is recorded for the next start.
"""

from pathlib import Path
from typing import Annotated

import typer

from sixnines.cli.change_output import Format, Shown, status_of
from sixnines.cli.offline import run_offline
from sixnines.cli.reach import AdminKeyOption, ConfigOption, GatewayOption, NoteOption, at_address, reach, seconds
from sixnines.client.gateway import GatewayClient
from sixnines.config.load import read_config
from sixnines.config.sources import SourceFile
from sixnines.control.asked import ApplyAsked
from sixnines.control.ports import Terms
from sixnines.errors import ConfigError
from sixnines.registry import CATALOG
from sixnines.settings import process_settings, user_name


def command(
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
        str, typer.Option(metavar="DURATION", help="Watch the error rate for so long before it holds; 0 not at all.")
    ] = "60s",
    preflight: Annotated[bool, typer.Option(help="Ask the providers that have changed first.")] = True,
    verify: Annotated[bool, typer.Option(help="Verify the gateway before it holds.")] = True,
    force: Annotated[bool, typer.Option("--force", help="Go on although preflight speaks against it.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Stop before anything is recorded.")] = False,
    gateway: GatewayOption = None,
    admin_key: AdminKeyOption = None,
    form: Annotated[
        Format, typer.Option("--format", help="For people, or a JSON object a line as it happens.")
    ] = Format.TEXT,
) -> int:
    """Have a config hold: check, ask the providers, record, serve, verify, watch; then it holds, or is taken back.

    FILE is for the gateway of the same file unless --config names another one. Ctrl-C takes it back. Exit status: 0 it
    holds, 1 it does not, 2 wrong usage.
    """
    settings = process_settings()
    watch_s = seconds(watch, "--watch")
    reached = reach(config or file, settings)
    files = _files(file or reached.config)
    base = None
    shown = Shown(form)
    terms = Terms(
        author=user_name(), note=note, base=base, preflight=preflight, verify=verify, watch_s=watch_s, force=force,
        dry_run=dry_run,
    )  # fmt: skip
    if gateway is None and reached.socket is None:
        return status_of(
            run_offline(reached, settings, lambda deployment: deployment.apply(files, terms), shown.tell, known=files)
        )
    asked = ApplyAsked(
        files=list(files), author=terms.author, note=note, base=base, preflight=preflight, verify=verify,
        watch_s=watch_s, force=force, dry_run=dry_run,
    )  # fmt: skip
    return 0


def _files(path: Path) -> tuple[SourceFile, ...]:
    """The files of a config.

    Raises:
        ConfigError: it has errors.
    """
    loaded = read_config(path, None, CATALOG)
    if loaded.snapshot is None:
        raise ConfigError(loaded.report().rstrip())
    return loaded.sources
