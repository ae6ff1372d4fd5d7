"""`sixnines serve`: run the gateway until a signal stops it.

Never starts with a config that has an error, and never drops the running one for a new one that has.
"""

import asyncio
import logging
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
import uvloop

from sixnines.config.find import find_config, places
from sixnines.config.load import read_config
from sixnines.errors import ConfigError
from sixnines.registry import CATALOG
from sixnines.settings import Settings, process_settings

if TYPE_CHECKING:
    from sixnines.bootstrap import Gateway
    from sixnines.config.snapshot import Snapshot

_log = logging.getLogger("sixnines")


def command(
    *,
    config: Annotated[
        Path | None,
        typer.Option("--config", "-c", help="Config file. Else ./sixnines.yaml, else the one in $XDG_CONFIG_HOME."),
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="Listen on this port instead of the config's.", min=0, max=65535)
    ] = None,
) -> None:
    """Run the gateway until a signal stops it.

    SIGTERM and SIGINT drain (a second one cuts the time short); SIGHUP reads the config again.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(_Source(config, port, process_settings())))


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
        self.state_home = settings.state_home
        self._port = port
        self._settings = settings

    def load(self) -> "Snapshot":
        """The snapshot; warnings go to the log.

        Raises:
            ConfigError: the config has an error.
        """
        loaded = read_config(self.path, self._settings.environment, CATALOG)
        if loaded.snapshot is None:
            raise ConfigError(loaded.report().rstrip())
        if loaded.diagnostics:
            _log.warning("%s", loaded.report().rstrip())
        if self._port is None:
            return loaded.snapshot
        return replace(loaded.snapshot, server=replace(loaded.snapshot.server, port=self._port))


async def _serve(source: _Source) -> None:
    from sixnines.bootstrap import build

    gateway = build(source.load(), state_home=source.state_home)
    loop = asyncio.get_running_loop()
    stopped = loop.create_future()
    tasks: set[asyncio.Task[None]] = set()

    async def stop() -> None:
        await gateway.stop()
        if not stopped.done():
            stopped.set_result(None)

    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, lambda: tasks.add(loop.create_task(stop())))
    loop.add_signal_handler(signal.SIGHUP, lambda: _reload(gateway, source))
    for host, port in await gateway.start():
        _log.info("listening on http://%s:%d (config %s)", f"[{host}]" if ":" in host else host, port, source.path)
    await stopped
    _log.info("stopped")


def _reload(gateway: "Gateway", source: _Source) -> None:
    """SIGHUP: swap, or keep what runs and say why."""
    try:
        snapshot = source.load()
    except ConfigError as error:
        _log.error("config not reloaded, the old one stays:\n%s", error.report)
        return
    for key in gateway.needs_restart(snapshot):
        _log.warning("%s has changed; the change takes effect at the next start", key)
    gateway.swap(snapshot)
    _log.info("config reloaded from %s", source.path)
