"""Sockets that share an address, and with nobody else."""

import re
import socket

import pytest

from sixnines.server.lifecycle import ListenError
from sixnines.workers.listening import close, listen


@pytest.fixture
def listening():
    opened = []

    def opens(*args):
        sets = listen(*args)
        opened.extend(sets)
        return sets

    yield opens
    for each in opened:
        close(each)


def port_of(sets):
    (port,) = {sock.getsockname()[1] for each in sets for sock in each}
    return port


def test_each_worker_has_a_socket_and_connections_go_to_all_of_them(listening):
    sets = listening("127.0.0.1", 0, 3)
    callers = [socket.create_connection(("127.0.0.1", port_of(sets))) for _ in range(100)]
    counts = [accepted(each[0]) for each in sets]
    for caller in callers:
        caller.close()
    assert sum(counts) == 100
    assert min(counts) > 0


def accepted(sock):
    count = 0
    while True:
        try:
            sock.accept()[0].close()
        except BlockingIOError:
            return count
        count += 1


@pytest.mark.parametrize("others", [1, 2])
def test_an_address_that_other_workers_share_already_is_taken(listening, others):
    port = port_of(listening("127.0.0.1", 0, others))
    with pytest.raises(ListenError, match=f"127.0.0.1:{port}: it is taken by"):
        listening("127.0.0.1", port, 2)


def test_an_address_that_workers_share_is_taken_for_everybody_else(listening):
    port = port_of(listening("127.0.0.1", 0, 2))
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with pytest.raises(OSError, match="in use"):
            other.bind(("127.0.0.1", port))


def test_an_address_that_is_not_ours_says_so():
    with pytest.raises(ListenError, match=re.escape("cannot listen on 192.0.2.1:4000")):
        listen("192.0.2.1", 4000, 2)


def test_a_name_with_two_addresses_has_sockets_for_both(listening):
    sets = listening("localhost", 0, 2)
    families = [sorted(sock.family for sock in each) for each in sets]
    assert families[0] == families[1]
    assert len(set(families[0])) == len(families[0]) >= 1
