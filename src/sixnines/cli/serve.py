"""`sixnines serve`: run the gateway until a signal stops it.

Never starts with a config that has an error, and never drops the running one for a new one that has.
"""

import asyncio
import importlib
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
from sixnines.config.load import Loaded, read_config, read_sources
from sixnines.config.secret_refs import resolve_secret
from sixnines.control.completion import in_thread
from sixnines.errors import ConfigError
from sixnines.ledger.place import ledger_file
from sixnines.registry import CATALOG
from sixnines.server.notifying import Notifier
from sixnines.settings import Settings, process_settings, user_name

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from sixnines.config.sources import SourceFile
    from sixnines.control.events import CheckResult
    from sixnines.gateway import Gateway
    from sixnines.server.attendance import Attendance
    from sixnines.server.file_watch import FileWatch
    from sixnines.server.home import Home
    from sixnines.server.running import Held

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
    watch: Annotated[
        bool, typer.Option("--watch", help="Read the config again whenever one of its files has changed.")
    ] = False,
) -> int:
    """Run the gateway until a signal stops it.

    SIGTERM and SIGINT drain (a second one cuts the time short); SIGHUP reads the config again. What is served is
    recorded: `sixnines history` lists it, `sixnines rollback` goes back. With several workers all
    of this is for the process that was started, which passes it on, and starts another worker where one has ended.
    """
    count = _count(workers)
    _log_to_stderr("")
    source = _Source(config, process_settings(), port=port, watch=watch)
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

    home = source.home()
    try:
        return run(
            Job(
                start=lambda: source.start(home),
                source=str(source.path),
                workers=count,
                runtime_home=source.settings.runtime_home,
                state_home=source.settings.state_home,
                ledger=source.ledger,
                begin=lambda number: _log_to_stderr(f"worker {number}: "),
                clock=SystemClock(),
                rng=random.Random(secrets.randbits(64)),  # noqa: S311 - it spreads starts
                home=home,
                notifier=Notifier(source.settings.environment, SystemClock().monotonic_s),
            )
        )
    finally:
        home.attendance.close()


class _Source:
    """Where the config comes from, for the start and for every change."""

    def __init__(self, config: Path | None, settings: Settings, *, port: int | None, watch: bool) -> None:
        found = find_config(config, settings, Path.exists)
        if found is None:
            looked = " or ".join(str(place) for place in places(settings))
            raise ConfigError(
                f"sixnines: no config found at {looked}; name one with --config, or try `sixnines quickstart`"
            )
        self.path = found
        self._port = port
        self._watch = watch
        self.settings = settings
        self.ledger = ledger_file(settings.state_home, os.path.abspath(found))  # noqa: PTH100 - resolve() follows links

    def home(self) -> "Home":
        """Where it is kept and found."""
        from sixnines.control.archive import folder_of
        from sixnines.control.store import RevisionStore
        from sixnines.server.attendance import Attendance
        from sixnines.server.home import Home

        store = RevisionStore(folder_of(self.settings.state_home, self.path), SystemClock())
        attendance = Attendance(store.folder)
        return Home(
            file=self.path,
            read=self._read,
            load=self._load,
            adjusted=self._adjusted,
            store=store,
            attendance=attendance,
            catalog=CATALOG,
            owner=user_name(),
            watch=self._watch,
            verifier=lambda loaded, _: self._verified(loaded, attendance),
        )

    def start(self, home: "Home") -> "Held":
        """What is served first: what holds, or the file if that has been edited since. It is recorded.

        Raises:
            ConfigError: it has an error.
        """
        from sixnines.control.starting import begin
        from sixnines.server.running import Held

        start = begin(home.store, self._read, self._load, home.owner)
        for warning in start.warnings:
            _log.warning("%s", warning)
        if start.loaded.snapshot is None:
            raise ConfigError(start.loaded.report().rstrip())
        if start.loaded.diagnostics:
            _log.warning("%s", start.loaded.report().rstrip())
        _log.info("%s", start.why)
        home.attendance.open(self.settings.runtime_home)
        return Held(self._adjusted(start.loaded), start.revision)

    def _read(self) -> Loaded:
        return read_config(self.path, self.settings.environment, CATALOG)

    def _load(self, files: "Sequence[SourceFile]") -> Loaded:
        return read_sources(files, str(self.path), self.settings.environment, CATALOG, directory=self.path.parent)

    async def _verified(self, loaded: Loaded, attendance: "Attendance") -> "AsyncIterator[CheckResult]":
        """Verify what is served, as its callers and its owner see it; see `control.interface.Verifier`."""
        await in_thread(importlib.import_module, "sixnines.control.verify.verifier")  # it takes a while, once
        from sixnines.bootstrap import looking_up
        from sixnines.control.verify.asking import Doors
        from sixnines.control.verify.verifier import GatewayVerifier

        keys = () if loaded.document is None else loaded.document.server.api_keys
        key = resolve_secret(keys[0], self.settings.environment, self.path.parent) if keys else None
        socket = None if attendance.socket is None else attendance.socket.path
        doors = Doors(attendance.address, socket, key)
        rng = random.Random(secrets.randbits(128))  # noqa: S311 - prompts must differ, not be secret
        async with looking_up() as lookup:
            async for result in GatewayVerifier(lambda: doors, lookup, SystemClock(), rng)(loaded, 0):
                yield result

    def _adjusted(self, loaded: Loaded) -> Loaded:
        """With the port of the command line."""
        snapshot = loaded.snapshot
        if self._port is None or snapshot is None:
            return loaded
        return replace(loaded, snapshot=replace(snapshot, server=replace(snapshot.server, port=self._port)))


async def _serve(source: _Source) -> None:
    from sixnines.bootstrap import build
    from sixnines.server.lifecycle import url_of

    home = source.home()
    try:
        held = source.start(home)
        gateway = build(held, state_home=source.settings.state_home, home=home, ledger=source.ledger)
        # Made before anybody knows that the gateway runs: what is edited from then on is seen.
        watch = _watch(home, gateway) if home.watch else None
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

        for sign in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(sign, lambda: tasks.add(loop.create_task(stop())))

        def reload() -> None:
            notifier.reloading()
            gateway.renew().add_done_callback(lambda _: notifier.ready(f"serving {source.path}"))

        loop.add_signal_handler(signal.SIGHUP, reload)
        addresses = [url_of(host, port) for host, port in await gateway.start()]
        home.attendance.announce(addresses[0], gateway.services.instance, gateway.services.clock.unix_s())
        if watch is not None:
            tasks.add(loop.create_task(_keep_looking(watch, gateway)))
        for address in addresses:
            _log.info("listening on %s (config %s)", address, source.path)
        notifier.ready(f"serving {source.path}")
        await stopped
        beating.cancel()
        _log.info("stopped")
    finally:
        home.attendance.close()


def _watch(home: "Home", gateway: "Gateway") -> "FileWatch":
    from sixnines.server.file_watch import FileWatch

    return FileWatch(lambda: home.files(gateway.held_now().loaded))


async def _keep_looking(watch: "FileWatch", gateway: "Gateway") -> None:
    """Have the config read again when its files have changed."""
    from sixnines.server.file_watch import EVERY_S

    while True:
        await asyncio.sleep(EVERY_S)
        if await asyncio.to_thread(watch.changed):
            gateway.renew()
