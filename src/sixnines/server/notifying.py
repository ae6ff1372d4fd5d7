"""Tells the service manager how the gateway is: the protocol of sd_notify(3), over a datagram socket.

Never waits and never fails a gateway: a service manager that does not listen changes nothing. Without `NOTIFY_SOCKET`
nobody is told anything.
"""

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable, Mapping


class Notifier:
    """Speaks to whoever started this process as a service.

    Args:
        environment: of the process: `NOTIFY_SOCKET` (a path, or `@` and an abstract name), `WATCHDOG_USEC` and
            `WATCHDOG_PID`.
        monotonic_s: the clock that only moves forward, of this machine (CLOCK_MONOTONIC).

    Attributes:
        beat_s: seconds between two signs of life, half of what is allowed; None where nobody waits for any.
    """

    def __init__(self, environment: Mapping[str, str], monotonic_s: Callable[[], float]) -> None:
        self._address = _address(environment.get("NOTIFY_SOCKET", ""))
        self._monotonic_s = monotonic_s
        self.beat_s = None if self._address is None else _beat_s(environment)

    def ready(self, status: str) -> None:
        """Requests are served. The process is named: systemd looks after that one, whichever started it."""
        self._tell("READY=1", f"MAINPID={os.getpid()}", f"STATUS={status}")

    def reloading(self) -> None:
        """The config is being read again; `ready` says that this is over."""
        self._tell("RELOADING=1", f"MONOTONIC_USEC={int(self._monotonic_s() * 1e6)}", "STATUS=reading the config")

    def stopping(self) -> None:
        """Requests under way are finished, no new ones are taken."""
        self._tell("STOPPING=1", "STATUS=finishing what is under way")

    def alive(self) -> None:
        """Whoever calls this is not stuck."""
        self._tell("WATCHDOG=1")

    async def keep_beating(self) -> None:
        """Give a sign of life from the event loop, again and again; ends at once where nobody waits for any."""
        while self.beat_s is not None:
            self.alive()
            await asyncio.sleep(self.beat_s)

    def _tell(self, *lines: str) -> None:
        if self._address is None:
            return
        with (
            contextlib.suppress(OSError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock,
        ):
            sock.setblocking(False)
            sock.sendto("\n".join(lines).encode(), self._address)


def _address(text: str) -> str | None:
    """Where to send; an abstract name begins with a zero byte (unix(7)). Nothing but Unix sockets is spoken to."""
    if text.startswith("@"):
        return "\0" + text[1:]
    return text if text.startswith("/") else None


def _beat_s(environment: Mapping[str, str]) -> float | None:
    """Half of what sd_watchdog_enabled(3) allows, if it is meant for this process."""
    allowed, owner = environment.get("WATCHDOG_USEC", ""), environment.get("WATCHDOG_PID", "")
    if not (allowed.isascii() and allowed.isdecimal() and int(allowed) > 0):
        return None
    if owner and owner != str(os.getpid()):
        return None
    return int(allowed) / 2e6


NOBODY = Notifier({}, float)
"""Where there is no service manager."""
