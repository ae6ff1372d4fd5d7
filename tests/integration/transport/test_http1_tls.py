"""TLS to upstreams: whom the client trusts, and how it says that it does not."""

import asyncio
import ssl
import time
from pathlib import Path

import pytest

from sixnines.domain.origin import Origin, TlsSettings
from sixnines.transport.http1 import Http1Transport
from sixnines.transport.interface import Patience, Phase, TransportError
from support.calls import MAX_BODY, NEVER_S, OK, ask, fetch, request_head
from support.certificates import Authority, make_authority
from support.hostile import Peer, serving

DAY_S = 86_400
SKIP = TlsSettings(insecure_skip_verify=True)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def localhost(authority: Authority) -> ssl.SSLContext:
    return authority.server_context("DNS:localhost")


@pytest.fixture
def trusted(authority: Authority) -> TlsSettings:
    return TlsSettings(ca_file=str(authority.ca_file))


async def keep_answering(peer: Peer) -> None:
    while True:
        await peer.answer(OK)


async def answer_once(peer: Peer) -> None:
    await peer.answer(OK.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n", 1))


async def refused(transport: Http1Transport, origin: Origin, why: str) -> None:
    with pytest.raises(TransportError, match=why) as caught:
        await ask(transport, origin)
    assert (caught.value.phase, caught.value.timed_out, caught.value.violation) == (Phase.TLS, False, False)
    assert origin.host not in caught.value.reason
    assert (transport.opened, transport.open_count) == (0, 0)


async def test_a_server_of_the_given_ca_is_trusted_and_its_connection_reused(
    transport: Http1Transport, localhost: ssl.SSLContext, trusted: TlsSettings
) -> None:
    async with serving(keep_answering, tls=localhost) as server:
        for _ in range(3):
            assert await fetch(transport, server.origin(host="localhost", tls=trusted)) == (200, b"ok")
    assert (transport.opened, transport.reused) == (1, 2)


async def test_an_address_may_be_certified(
    transport: Http1Transport, authority: Authority, trusted: TlsSettings
) -> None:
    async with serving(keep_answering, tls=authority.server_context("IP:127.0.0.1")) as server:
        assert await fetch(transport, server.origin(tls=trusted)) == (200, b"ok")


async def test_an_unknown_ca_is_refused(transport: Http1Transport, localhost: ssl.SSLContext) -> None:
    async with serving(keep_answering, tls=localhost) as server:
        await refused(transport, server.origin(host="localhost", tls=TlsSettings()), "certificate was refused")


async def test_an_https_origin_without_settings_is_verified(
    transport: Http1Transport, localhost: ssl.SSLContext
) -> None:
    async with serving(keep_answering, tls=localhost) as server:
        await refused(transport, Origin("https", "localhost", server.port), "certificate was refused")


async def test_a_certificate_for_another_name_is_refused(
    transport: Http1Transport, authority: Authority, trusted: TlsSettings
) -> None:
    async with serving(keep_answering, tls=authority.server_context("DNS:elsewhere.test")) as server:
        await refused(transport, server.origin(host="localhost", tls=trusted), "for another host")


async def test_a_certificate_for_another_address_is_refused(
    transport: Http1Transport, localhost: ssl.SSLContext, trusted: TlsSettings
) -> None:
    async with serving(keep_answering, tls=localhost) as server:
        await refused(transport, server.origin(tls=trusted), "for another host")


async def test_skipping_verification_takes_any_certificate(
    transport: Http1Transport, localhost: ssl.SSLContext
) -> None:
    async with serving(keep_answering, tls=localhost) as server:
        assert await fetch(transport, server.origin(tls=SKIP)) == (200, b"ok")


async def test_settings_do_not_share_connections(
    transport: Http1Transport, localhost: ssl.SSLContext, trusted: TlsSettings
) -> None:
    """A connection that nobody verified never serves those who asked for verification."""
    async with serving(keep_answering, tls=localhost) as server:
        await fetch(transport, server.origin(host="localhost", tls=SKIP))
        await fetch(transport, server.origin(host="localhost", tls=trusted))
    assert (transport.opened, transport.reused) == (2, 0)


async def test_a_server_without_tls_is_a_tls_error(transport: Http1Transport) -> None:
    async def script(peer: Peer) -> None:
        await peer.reader.read(1)
        await peer.send(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        await peer.gone()

    async with serving(script) as server:
        await refused(transport, server.origin(tls=SKIP), "TLS handshake failed")


async def test_a_server_that_leaves_the_handshake_is_a_tls_error(transport: Http1Transport) -> None:
    async def script(peer: Peer) -> None:
        await peer.reader.read(1)

    async with serving(script) as server:
        await refused(transport, server.origin(tls=SKIP), "closed by the server")


async def test_a_handshake_without_end_meets_the_connect_limit(transport: Http1Transport) -> None:
    async def script(peer: Peer) -> None:
        await peer.gone()

    async with serving(script) as server:
        limits = Patience(0.08, asyncio.get_running_loop().time() + NEVER_S)
        with pytest.raises(TransportError) as caught:
            await transport.send(server.origin(tls=SKIP), request_head(), b"", limits)
        assert (caught.value.phase, caught.value.timed_out) == (Phase.TLS, True)
        await server.all_ended(1)


async def test_cancelling_in_the_handshake_leaves_nothing_open(transport: Http1Transport) -> None:
    async def script(peer: Peer) -> None:
        greeted.set()
        await peer.gone()

    greeted = asyncio.Event()
    async with serving(script) as server:
        sending = asyncio.create_task(ask(transport, server.origin(tls=SKIP)))
        await greeted.wait()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        await server.all_ended(1)


@pytest.mark.parametrize("content", [None, "", "no certificate"])
async def test_a_ca_file_that_cannot_be_used_is_a_tls_error(
    transport: Http1Transport, tmp_path: Path, content: str | None
) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    async with serving(keep_answering) as server:
        origin = server.origin(tls=TlsSettings(ca_file=str(file)))
        await refused(transport, origin, "trusted certificates could not be read")
        assert server.connections == 0


async def test_only_http_1_1_is_offered(transport: Http1Transport, authority: Authority) -> None:
    context = authority.server_context("DNS:localhost")
    context.set_alpn_protocols(["h2", "http/1.1"])
    chosen: list[str | None] = []

    async def script(peer: Peer) -> None:
        chosen.append(peer.writer.get_extra_info("ssl_object").selected_alpn_protocol())
        await peer.answer(OK)

    async with serving(script, tls=context) as server:
        await fetch(transport, server.origin(tls=SKIP))
    assert chosen == ["http/1.1"]


async def test_large_bodies_pass_both_ways(transport: Http1Transport, localhost: ssl.SSLContext) -> None:
    body = bytes(range(251)) * 20_000

    async def script(peer: Peer) -> None:
        while True:
            _, received = await peer.request()
            await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(received), received)

    async with serving(script, tls=localhost) as server:
        for _ in range(2):
            assert await fetch(transport, server.origin(tls=SKIP), body) == (200, body)
    assert transport.reused == 1


async def test_a_slow_reader_slows_the_peer_down(transport: Http1Transport, localhost: ssl.SSLContext) -> None:
    total = 50_000_000
    sent = 0

    async def script(peer: Peer) -> None:
        nonlocal sent
        await peer.answer(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % total)
        while sent < total:
            await peer.send(bytes(50_000))
            sent += 50_000

    async with serving(script, tls=localhost) as server:
        exchange = await ask(transport, server.origin(tls=SKIP))
        before = -1
        while sent != before:  # until the peer can send no more
            before = sent
            await asyncio.sleep(0.1)
        assert sent < 25_000_000
        assert len(await exchange.read_all(MAX_BODY)) == total


async def test_a_stale_tls_connection_is_replaced_once(transport: Http1Transport, localhost: ssl.SSLContext) -> None:
    async def drop_the_second(peer: Peer) -> None:
        await peer.answer(OK)
        await peer.request()

    async with serving(drop_the_second, keep_answering, tls=localhost) as server:
        for _ in range(2):
            assert await fetch(transport, server.origin(tls=SKIP)) == (200, b"ok")
    assert (transport.opened, transport.stale_replaced) == (2, 1)


@pytest.mark.parametrize("goodbye", [True, False])
async def test_a_body_that_ends_with_its_connection_is_read(
    transport: Http1Transport, localhost: ssl.SSLContext, goodbye: bool
) -> None:
    """With TLS's close_notify, and without, as many servers do it."""

    async def script(peer: Peer) -> None:
        await peer.answer(b"HTTP/1.1 200 OK\r\n\r\nhello")
        if not goodbye:
            peer.half_close()
            await peer.gone()

    async with serving(script, tls=localhost) as server:
        assert await fetch(transport, server.origin(tls=SKIP)) == (200, b"hello")


async def test_it_is_known_when_the_certificate_expires_that_an_origin_has_last_shown(
    transport: Http1Transport, authority: Authority, trusted: TlsSettings
) -> None:
    async with serving(keep_answering, tls=authority.server_context("IP:127.0.0.1", days=2)) as server:
        origin = server.origin(tls=trusted)
        await fetch(transport, origin)
    now = time.time()
    assert transport.certificates.keys() == {origin}
    assert 2 * DAY_S - 60 < transport.certificates[origin] - now < 2 * DAY_S + 60


async def test_a_renewed_certificate_is_seen_with_the_next_connection(
    transport: Http1Transport, authority: Authority, trusted: TlsSettings
) -> None:
    context = authority.server_context("IP:127.0.0.1", days=2)
    async with serving(answer_once, tls=context) as server:
        origin = server.origin(tls=trusted)
        await fetch(transport, origin)
        before = transport.certificates[origin]
        context.load_cert_chain(*authority.certificate("IP:127.0.0.1", days=9))
        await fetch(transport, origin)
    assert transport.certificates[origin] - before > 6 * DAY_S


async def test_nothing_is_known_of_what_is_not_verified_and_of_what_has_no_tls(
    transport: Http1Transport, authority: Authority
) -> None:
    async with serving(keep_answering, tls=authority.server_context("IP:127.0.0.1")) as server:
        assert await fetch(transport, server.origin(tls=SKIP)) == (200, b"ok")
    async with serving(keep_answering) as server:
        assert await fetch(transport, server.origin()) == (200, b"ok")
    assert transport.certificates == {}
