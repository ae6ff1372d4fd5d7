"""The way to a collector of OpenTelemetry: what is sent over it, and what is made of each answer."""

import gzip
import ssl

import pytest

from sixnines.domain.log_settings import TracingSettings
from sixnines.server import collector
from sixnines.server.collector import CollectorWire
from sixnines.transport.http1 import Http1Transport
from support.certificates import make_authority
from support.hostile import Peer, Script, serving

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"
HEADERS = (("authorization", "Bearer é"), ("user-agent", "mine"))


def wire_to(port, transport, *, scheme="http", headers=(), packed=False):
    return CollectorWire(
        TracingSettings(f"{scheme}://localhost:{port}/in/v1/traces", headers, 1.0, "s", packed), transport
    )


async def test_pieces_are_one_body_and_posts_share_a_connection(transport: Http1Transport) -> None:
    seen: list[tuple[bytes, bytes]] = []

    async def keep(peer: Peer) -> None:
        while True:
            seen.append(await peer.request())
            await peer.send(OK)

    async with serving(keep) as server:
        wire = wire_to(server.port, transport, headers=HEADERS)
        assert await wire.post([b"one", b"two"]) == ("", False)
        large = b"x" * 3_000_000
        assert await wire.post([large]) == ("", False)
    assert (server.connections, [body for _, body in seen]) == (1, [b"onetwo", large])
    assert seen[0][0].split(b"\r\n") == [
        b"POST /in/v1/traces HTTP/1.1", b"host: localhost:%d" % server.port, b"accept-encoding: identity",
        b"content-type: application/x-protobuf", b"user-agent: mine", b"authorization: Bearer \xe9",
        b"content-length: 6", b"", b"",
    ]  # fmt: skip


async def test_what_crosses_a_network_is_compressed(transport: Http1Transport) -> None:
    seen: list[tuple[bytes, bytes]] = []

    async def keep(peer: Peer) -> None:
        seen.append(await peer.request())
        await peer.send(OK)

    async with serving(keep) as server:
        assert await wire_to(server.port, transport, packed=True).post([b"one", b"two"]) == ("", False)
    ((head, body),) = seen
    assert b"\r\ncontent-encoding: gzip\r\n" in head
    assert gzip.decompress(body) == b"onetwo"


def answering(response: bytes) -> Script:
    async def script(peer: Peer) -> None:
        await peer.answer(response)

    return script


@pytest.mark.parametrize(
    ("status", "again"), [(429, True), (502, True), (503, True), (504, True), (400, False), (307, False), (500, False)]
)
async def test_an_answer_says_whether_another_try_may_help(transport: Http1Transport, status: int, again: bool) -> None:
    async with serving(answering(OK.replace(b"200", b"%d" % status))) as server:
        assert await wire_to(server.port, transport).post([b"x"]) == (f"status {status}", again)


async def test_an_answer_without_end_is_not_asked_for_again(transport: Http1Transport) -> None:
    endless = b"HTTP/1.1 200 OK\r\ncontent-length: 9999999\r\n\r\n" + b"x" * 100_000
    async with serving(answering(endless)) as server:
        assert await wire_to(server.port, transport).post([b"x"]) == ("the body is larger than 65536 bytes", False)


async def test_silence_is_not_waited_for_for_ever(transport: Http1Transport, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collector, "_TIMEOUT_S", 0.05)

    async def silent(peer: Peer) -> None:
        await peer.gone()

    async with serving(silent) as server:
        assert await wire_to(server.port, transport).post([b"x"]) == ("no response head came in time", True)


async def test_a_collector_that_nobody_vouches_for_gets_no_spans(
    transport: Http1Transport, tmp_path_factory: pytest.TempPathFactory
) -> None:
    async def unasked(peer: Peer) -> None:
        with pytest.raises(ssl.SSLError):
            await peer.request()

    tls = make_authority(tmp_path_factory.mktemp("authority")).server_context("DNS:localhost")
    async with serving(unasked, tls=tls) as server:
        problem, again = await wire_to(server.port, transport, scheme="https").post([b"x"])
    assert (problem.startswith("the server's certificate was refused"), again) == (True, True)
