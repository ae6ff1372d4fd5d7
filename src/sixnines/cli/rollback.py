"""`sixnines rollback`: the config of an earlier revision, sources and all, as a new revision.

Never edits a config file: what is rolled back is still in it, and does not come back by a restart.
"""

from typing import Annotated

import typer

from sixnines.cli.change_output import Format, Shown, status_of
from sixnines.cli.offline import run_offline
from sixnines.cli.reach import AdminKeyOption, ConfigOption, GatewayOption, NoteOption, reach, seconds
from sixnines.control.asked import RollbackAsked
from sixnines.control.ports import Terms
from sixnines.control.revision import Origin
from sixnines.settings import process_settings, user_name


def command(  # noqa: PLR0913 - one for each option
    revision: Annotated[
        int | None, typer.Argument(help="Whose config it shall be again. Else what held before.", min=1)
    ] = None,
    *,
    config: ConfigOption = None,
    note: NoteOption = "",
    watch: Annotated[
        str, typer.Option(metavar="DURATION", help="Watch the error rate for so long before it holds.")
    ] = "0",
    preflight: Annotated[bool, typer.Option("--preflight", help="Ask the providers that change first.")] = False,
    verify: Annotated[bool, typer.Option("--verify", help="Verify the gateway before it holds.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Also to a revision that never held, and although preflight objects.")
    ] = False,
    gateway: GatewayOption = None,
    admin_key: AdminKeyOption = None,
    form: Annotated[
        Format, typer.Option("--format", help="For people, or a JSON object a line as it happens.")
    ] = Format.TEXT,
) -> int:
    """Have an earlier config hold again: what held before, or the one of a revision. It held once, so it is quick.

    A second rollback goes further back. Exit status: 0 it holds, 1 it does not, 2 wrong usage.
    """
    settings = process_settings()
    watch_s = seconds(watch, "--watch")
    reached = reach(config, settings, gateway, admin_key)
    shown = Shown(form)
    terms = Terms(
        author=user_name(), note=note, origin=Origin.ROLLBACK, preflight=preflight, verify=verify, watch_s=watch_s,
        force=force,
    )  # fmt: skip
    if reached.gateway is None:
        return status_of(run_offline(reached, settings, lambda each: each.rollback(revision, terms), shown.tell))
    asked = RollbackAsked(
        revision=revision, author=terms.author, note=note, preflight=preflight, verify=verify, watch_s=watch_s,
        force=force,
    )  # fmt: skip
    with reached.gateway as running:
        return shown.all(running.rollback(asked))
