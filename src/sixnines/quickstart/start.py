"""Finds what a quickstart needs (model, folder, ports), then runs it. Never starts a second one in the same folder."""

import asyncio
import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from sixnines.quickstart.installed import model_file
from sixnines.quickstart.layout import ENGINES, Layout, folder_of
from sixnines.quickstart.ports import free_ports, is_free, next_free
from sixnines.quickstart.screen import Screen
from sixnines.quickstart.supervisor import Supervisor
from sixnines.quickstart.trouble import QuickstartError
from sixnines.server.port_holder import find_port_holder


def start(state_home: Path, port: int, screen: Screen) -> None:
    """Run a quickstart until it is told to stop.

    Args:
        state_home: below it goes a folder for this quickstart.
        port: where the gateway shall listen.
        screen: what the person sees.

    Raises:
        QuickstartError: it cannot start, or the gateway ended by itself.
    """
    model = model_file()
    folder = folder_of(state_home, port)
    folder.mkdir(parents=True, exist_ok=True)
    with _alone_in(folder):
        _require_free(port)
        ports = free_ports(len(ENGINES))
        layout = Layout(folder, port, dict(zip(ENGINES, ports, strict=True)), model)
        layout.config_file.write_text(layout.config_text, encoding="utf-8")
        asyncio.run(_supervise(layout, screen))


async def _supervise(layout: Layout, screen: Screen) -> None:
    await Supervisor(layout, screen).run()


@contextlib.contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Hold the folder; the kernel lets go of it when this process ends, however it ends."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise QuickstartError(
                f"a quickstart runs already with its files in {folder}; stop that with Ctrl-C, or take another --port"
            ) from None
        yield
    finally:
        os.close(handle)


def _require_free(port: int) -> None:
    """Raises: QuickstartError: somebody listens on `port` already; says who, and what to do."""
    if is_free(port):
        return
    holder = find_port_holder("127.0.0.1", port)
    by = "another process" if holder is None else f"{holder.command} (process {holder.pid})"
    free = next_free(port)
    hint = f"stop that, or choose another port{'' if free is None else f': --port {free}'}"
    raise QuickstartError(f"port {port} is taken by {by}; {hint}")
