"""`sixnines serve`: run the gateway until a signal stops it.

Never starts with a config that has an error, and never drops the running one for a new one that has.
"""

import asyncio
import logging
import os
import random
import re
import secrets
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
import uvloop

from sixnines.clock import SystemClock
from sixnines.config.find import find_config, places
from sixnines.config.load import read_config
from sixnines.errors import ConfigError
from sixnines.ledger.place import ledger_file
from sixnines.registry import CATALOG
from sixnines.server.notifying import Notifier
from sixnines.settings import Settings, process_settings

if TYPE_CHECKING:
    from sixnines.bootstrap import Gateway
    from sixnines.config.snapshot import Snapshot

_log = logging.getLogger("sixnines")

# More than a machine has cores for today; each worker asks all others for the pages that are about all of them.
_MOST_WORKERS = 64


def command(
    *,
    config: Annotated[
        Path | None,
        typer.Option("--config", "-c", help="Config file. Else ./sixnines.yaml, else the one in $XDG_CONFIG_HOME."),
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="Listen on this port instead of the config's.", min=0, max=65535)
    ] = None,
    workers: Annotated[
        str,
        typer.Option(
            metavar="NUMBER|auto",
            help="How many processes serve the address together; `auto` is one for each core. More than 1 needs Linux.",
        ),
    ] = "1",
) -> int:
    """Run the gateway until a signal stops it.

    SIGTERM and SIGINT drain (a second one cuts the time short); SIGHUP reads the config again. With several workers all
    of this is for the process that was started, which passes it on, and starts another worker where one has ended.
    """
    count = _count(workers)
    _log_to_stderr("")
    source = _Source(config, port, process_settings())
    if count > 1:
        return _run_workers(source, count)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(source))
    return 0


def _count(workers: str) -> int:
    """The number of workers that is meant."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    count = (
        min(cores, _MOST_WORKERS) if workers == "auto" else int(workers) if re.fullmatch("[0-9]{1,3}", workers) else 0
    )
    if not 1 <= count <= _MOST_WORKERS:
        raise typer.BadParameter(f"give a number from 1 to {_MOST_WORKERS}, or auto", param_hint="--workers")
    if count > 1 and not hasattr(os, "eventfd"):
        raise typer.BadParameter("several workers need Linux", param_hint="--workers")
    return count


def _log_to_stderr(who: str) -> None:
    style = f"%(asctime)s %(levelname)s {who}%(message)s"
    logging.basicConfig(level=logging.INFO, format=style, stream=sys.stderr, force=True)


def _run_workers(source: "_Source", count: int) -> int:
    from sixnines.workers.parent import Job, run

    return run(
        Job(
            load=source.load,
            source=str(source.path),
            workers=count,
            runtime_home=source.settings.runtime_home,
            state_home=source.settings.state_home,
            ledger=source.ledger,
            begin=lambda number: _log_to_stderr(f"worker {number}: "),
            clock=SystemClock(),
            rng=random.Random(secrets.randbits(64)),  # noqa: S311 - it spreads starts
            notifier=Notifier(source.settings.environment, SystemClock().monotonic_s),
        )
    )


class _Source:
    """Where the config comes from, for the start and for every reload."""

    def __init__(self, config: Path | None, port: int | None, settings: Settings) -> None:
        found = find_config(config, settings, Path.exists)
        if found is None:
            looked = " or ".join(str(place) for place in places(settings))
            raise ConfigError(
                f"sixnines: no config found at {looked}; name one with --config, or try `sixnines quickstart`"
            )
        self.path = found
        self._port = port
        self.settings = settings
        self.ledger = ledger_file(settings.state_home, os.path.abspath(found))  # noqa: PTH100 - resolve() follows links

    def load(self) -> "Snapshot":
        """The snapshot; warnings go to the log.

        Raises:
            ConfigError: the config has an error.
        """
        loaded = read_config(self.path, self.settings.environment, CATALOG)
        if loaded.snapshot is None:
            raise ConfigError(loaded.report().rstrip())
        if loaded.diagnostics:
            _log.warning("%s", loaded.report().rstrip())
        if self._port is None:
            return loaded.snapshot
        return replace(loaded.snapshot, server=replace(loaded.snapshot.server, port=self._port))


async def _serve(source: _Source) -> None:
    from sixnines.bootstrap import build

    gateway = build(source.load(), state_home=source.settings.state_home, ledger=source.ledger)
    loop = asyncio.get_running_loop()
    stopped = loop.create_future()
    tasks: set[asyncio.Task[None]] = set()

    notifier = Notifier(source.settings.environment, SystemClock().monotonic_s)
    beating = loop.create_task(notifier.keep_beating())

    async def stop() -> None:
        notifier.stopping()
        await gateway.stop()
        if not stopped.done():
            stopped.set_result(None)

    def reload() -> None:
        notifier.reloading()
        _reload(gateway, source)
        notifier.ready(f"serving {source.path}")

    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, lambda: tasks.add(loop.create_task(stop())))
    loop.add_signal_handler(signal.SIGHUP, reload)
    for host, port in await gateway.start():
        _log.info("listening on http://%s:%d (config %s)", f"[{host}]" if ":" in host else host, port, source.path)
    notifier.ready(f"serving {source.path}")
    await stopped
    beating.cancel()
    _log.info("stopped")


def _reload(gateway: "Gateway", source: _Source) -> None:
    """SIGHUP: swap, or keep what runs and say why."""
    from sixnines.bootstrap import needs_restart

    try:
        snapshot = source.load()
    except ConfigError as error:
        _log.error("config not reloaded, the old one stays:\n%s", error.report)
        return
    for key in needs_restart(gateway.cell.current.snapshot.server, snapshot.server):
        _log.warning("%s has changed; the change takes effect at the next start", key)
    gateway.swap(gateway.prepare(snapshot))
    _log.info("config reloaded from %s", source.path)
