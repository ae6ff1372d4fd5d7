"""The file that leads to a running gateway, and whether it is believed."""

import socket

import pytest

from sixnines.control import presence
from sixnines.control.presence import Presence


def said(path, **changes):
    values = {"pid": 1, "socket": str(path), "address": "http://127.0.0.1:4000", "instance": "a", "version": "1"}
    return Presence(**{**values, "started_unix_s": 1.0, **changes})


@pytest.fixture
def listening(tmp_path):
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(tmp_path / "s"))
        sock.listen()
        yield tmp_path / "s"


def test_a_gateway_that_listens_is_found(tmp_path, listening):
    presence.announce(tmp_path, said(listening))
    assert presence.find(tmp_path) == said(listening)
    assert [path.name for path in tmp_path.glob("gateway.json*")] == ["gateway.json"]


def test_one_at_whose_socket_nobody_listens_is_not(tmp_path):
    presence.announce(tmp_path, said(tmp_path / "gone"))
    assert presence.announced(tmp_path) == said(tmp_path / "gone")
    assert presence.find(tmp_path) is None


@pytest.mark.parametrize("content", ["", "{}", "nonsense", '{"pid": "x"}'])
def test_a_file_that_says_nothing_leads_nowhere(tmp_path, content):
    (tmp_path / presence.NAME).write_text(content)
    assert presence.find(tmp_path) is None


def test_where_there_is_no_file_there_is_no_gateway(tmp_path):
    assert presence.find(tmp_path / "nowhere") is None


def test_one_that_ends_takes_its_own_file_away_and_no_other(tmp_path, listening):
    presence.announce(tmp_path, said(listening, instance="b"))
    presence.withdraw(tmp_path, said(listening))
    assert presence.announced(tmp_path) is not None
    presence.withdraw(tmp_path, said(listening, instance="b"))
    assert presence.announced(tmp_path) is None
