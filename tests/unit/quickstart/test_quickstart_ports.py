"""Free ports are found, taken ones are seen."""

import socket

import pytest

from sixnines.quickstart.ports import free_ports, is_free, next_free


def test_a_port_is_taken_while_somebody_listens_and_free_afterwards() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert not is_free(port)
    assert is_free(port)


@pytest.mark.parametrize("address", ["0.0.0.0", "127.0.0.1"])
def test_a_listener_on_every_address_takes_the_port_too(address: str) -> None:
    with socket.create_server((address, 0)) as server:
        assert not is_free(server.getsockname()[1])


def test_free_ports_are_different_and_free() -> None:
    ports = free_ports(5)
    assert len(set(ports)) == 5
    assert all(is_free(port) for port in ports)


def test_the_next_free_port_is_suggested() -> None:
    assert next_free(4000, free=lambda port: port >= 4003) == 4003


def test_no_port_is_suggested_when_none_is_near_or_there_is_none_above() -> None:
    assert next_free(4000, free=lambda _: False) is None
    assert next_free(65535, free=lambda _: True) is None
