"""Sockets that share one address, a set for each worker. Never shares it with anybody who is not one of them.

The kernel gives each new connection to one of the sockets (SO_REUSEPORT, socket(7)) and keeps it in the queue of that
socket until it is accepted. The parent holds all of them, so a worker that dies takes no queue with it.
"""

import socket

from sixnines.server.lifecycle import BACKLOG, ListenError, explain

Sockets = list[socket.socket]


def listen(host: str, port: int, workers: int) -> list[Sockets]:
    """Listen with a socket for each worker and each address of `host`.

    Raises:
        ListenError: an address is taken, is not ours, or may not be used.
    """
    sets: list[Sockets] = [[] for _ in range(workers)]
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, kind, protocol, _, address in dict.fromkeys(found):
            for each in sets:
                each.append(socket.socket(family, kind, protocol))
            _bind([each[-1] for each in sets], address)
    except OSError as error:
        for each in sets:
            close(each)
        raise ListenError(error.errno, explain(error, host, port)) from error
    return sets


def close(sockets: Sockets) -> None:
    """Close all of them."""
    for each in sockets:
        each.close()


def _bind(group: Sockets, address: tuple[object, ...]) -> None:
    """Bind all to one address. The first asks for it alone, so that one that is taken is refused."""
    first, *others = group
    for each in group:
        each.setblocking(False)
        each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if each.family == socket.AF_INET6:
            each.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    first.bind(address)
    first.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    for each in others:
        each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        each.bind(first.getsockname())
    for each in group:
        each.listen(BACKLOG)
