"""Ports of 127.0.0.1: which are free. An answer can be out of date by the time it is used; users of it must cope."""

import socket
from collections.abc import Callable

_LAST = 65535


def is_free(port: int, *, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen on `host`:`port` now."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        # As servers do: connections of an earlier one that still wait for their end are no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_ports(count: int) -> list[int]:
    """`count` different ports that nothing listens on."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def next_free(port: int, *, free: Callable[[int], bool] = is_free) -> int | None:
    """The first free port after `port` within the next hundred, to suggest to a person."""
    return next((other for other in range(port + 1, min(port + 101, _LAST + 1)) if free(other)), None)
