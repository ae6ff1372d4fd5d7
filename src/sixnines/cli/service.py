"""`sixnines service`: the gateway and its engines as services of this machine, under systemd or our own supervisor.

Never needs more than the rights of the user.
"""

import enum
import sys
from pathlib import Path
from typing import Annotated

import typer

from sixnines.cli.service_clerk import Clerk
from sixnines.services.host import Supervisor
from sixnines.services.references import ReferenceMissing
from sixnines.services.trouble import ServiceError


class Action(enum.StrEnum):
    """What is to be done."""

    INSTALL = "install"
    UNINSTALL = "uninstall"
    START = "start"
    STOP = "stop"
    RESTART = "restart"
    STATUS = "status"
    LOGS = "logs"
    SWITCH_MODEL = "switch-model"


def command(  # noqa: PLR0913 - the options of one command line
    action: Annotated[Action, typer.Argument(help="What to do.", show_default=False)],
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="gateway|PROVIDER|all...", help="Which services; for switch-model: PROVIDER MODEL."),
    ] = None,
    *,
    config: Annotated[
        Path | None,
        typer.Option("--config", "-c", help="Config file. Else ./sixnines.yaml, else the one in $XDG_CONFIG_HOME."),
    ] = None,
    supervisor: Annotated[
        Supervisor, typer.Option(help="Who runs them; auto: systemd where one of this user runs.")
    ] = Supervisor.AUTO,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="With install: print the units and write nothing.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="With install, uninstall: also what was changed by hand.")
    ] = False,
    workers: Annotated[
        str | None, typer.Option(metavar="NUMBER|auto", help="With install, start, restart: as `serve --workers`.")
    ] = None,
    lines: Annotated[int, typer.Option(help="With logs: how many.", min=1)] = 50,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="With logs: what comes, until Ctrl-C.")] = False,
) -> int:
    """Run the gateway, and the providers that have a section `service`, as services of this machine.

    install writes systemd units of the user; uninstall stops the services and removes them. Where there is no systemd
    the services are child processes of a supervisor of our own, which needs no installation.
    """
    meant = words or []
    if action is Action.SWITCH_MODEL:
        if len(meant) != 2:  # noqa: PLR2004 - a provider and a model
            raise typer.BadParameter("give a provider and a model: sixnines service switch-model PROVIDER MODEL")
    elif not meant and action is not Action.STATUS:
        raise typer.BadParameter("name services: gateway, a provider, or all")
    try:
        clerk = Clerk(config, supervisor, workers)
        match action:
            case Action.INSTALL:
                return clerk.install(meant, dry_run=dry_run, force=force)
            case Action.UNINSTALL:
                return clerk.uninstall(meant, force=force)
            case Action.LOGS:
                return clerk.logs(meant, lines=lines, follow=follow)
            case _:
                return _plainly(clerk, action, meant)
    except (ServiceError, ReferenceMissing) as error:
        print(f"sixnines: {error}", file=sys.stderr)
        return 1


def _plainly(clerk: Clerk, action: Action, words: list[str]) -> int:
    """The actions that take no options of their own."""
    match action:
        case Action.SWITCH_MODEL:
            return clerk.switch_model(*words)
        case Action.STATUS:
            return clerk.status(words or ["all"])
        case Action.RESTART:
            return clerk.restart(words)
        case Action.STOP:
            return clerk.stop(words)
        case _:
            return clerk.start(words)
