"""The way to a provider that is broken on purpose: each fault is what a transport or a provider really does."""

import asyncio

import pytest

from sixnines.domain.injected_fault import FaultKind, InjectedFault
from sixnines.domain.origin import Origin
from sixnines.transport.broken import CUT_AFTER, BrokenTransport
from sixnines.transport.interface import Patience, Phase, TransportError
from support.virtual_time import run

ORIGIN = Origin("http", "127.0.0.1", 1)


class Answer:
    """An answer in pieces."""

    status, headers, reused = 200, [(b"content-type", b"text/event-stream")], False

    def __init__(self, pieces):
        self.pieces = list(pieces)
        self.aborted = False

    def header(self, name):
        return dict(self.headers).get(name)

    def expire_at(self, when, phase):
        self.due = when, phase

    async def read(self):
        return self.pieces.pop(0) if self.pieces else b""

    async def read_all(self, limit):
        assert limit
        whole, self.pieces = b"".join(self.pieces), []
        return whole

    def abort(self):
        self.aborted = True


class Way:
    """Where requests go, and when they went (loop time)."""

    def __init__(self, pieces=(b"well",)):
        self.answer = Answer(pieces)
        self.sent_at: list[float] = []

    async def send(self, origin, head, body, patience):
        assert (origin, head, body) == (ORIGIN, b"head", b"body")
        self.sent_at.append(asyncio.get_running_loop().time())
        return self.answer

    async def aclose(self):
        raise AssertionError("its connections are not ours")


def broken(kind, way, **more):
    return BrokenTransport(way, InjectedFault(kind, **more))


async def send(transport, within_s=30.0):
    now = asyncio.get_running_loop().time()
    return await transport.send(ORIGIN, b"head", b"body", Patience(2.0, now + within_s))


async def read_up_to_the_cut(exchange):
    read = b""
    try:
        while data := await exchange.read():
            read += data
    except TransportError as error:
        assert (error.phase, error.timed_out) == (Phase.BODY, False)  # noqa: PT017 - what came before counts as well
        return read
    raise AssertionError("it was not cut")


def test_a_provider_that_refuses_is_never_asked():
    way = Way()
    with pytest.raises(TransportError, match="refused") as caught:
        run(send(broken(FaultKind.REFUSE, way)))
    assert (caught.value.phase, caught.value.timed_out, way.sent_at) == (Phase.CONNECT, False, [])


def test_a_provider_that_hangs_says_nothing_until_patience_ends():
    async def main():
        began = asyncio.get_running_loop().time()
        with pytest.raises(TransportError) as caught:
            await send(broken(FaultKind.HANG, way))
        assert (caught.value.phase, caught.value.timed_out) == (Phase.HEAD, True)
        assert asyncio.get_running_loop().time() - began == pytest.approx(30)

    way = Way()
    run(main())
    assert way.sent_at == []


def test_a_provider_that_hangs_goes_on_when_it_is_mended():
    async def main():
        transport = broken(FaultKind.HANG, way)
        asyncio.get_running_loop().call_later(3, transport.mend)
        began = asyncio.get_running_loop().time()
        assert await send(transport) is way.answer
        assert way.sent_at == [pytest.approx(began + 3)]

    way = Way()
    run(main())


def test_a_slow_provider_is_asked_late():
    async def main():
        began = asyncio.get_running_loop().time()
        assert await send(broken(FaultKind.SLOW, way, delay_s=7)) is way.answer
        assert way.sent_at == [pytest.approx(began + 7)]

    way = Way()
    run(main())


def test_a_provider_that_is_slower_than_patience_fails_by_its_time():
    with pytest.raises(TransportError) as caught:
        run(send(broken(FaultKind.SLOW, Way(), delay_s=7), within_s=5))
    assert (caught.value.phase, caught.value.timed_out) == (Phase.HEAD, True)


def test_whoever_waits_may_give_up():
    async def main():
        task = asyncio.ensure_future(send(broken(FaultKind.HANG, way)))
        await asyncio.sleep(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    way = Way()
    run(main())
    assert way.sent_at == []


def test_an_error_has_the_status_that_is_wanted_and_is_read_to_its_end():
    async def main():
        exchange = await send(broken(FaultKind.ERROR, Way(), status=503))
        exchange.expire_at(1.0, Phase.BODY)
        assert (exchange.status, exchange.header(b"content-type")) == (503, b"application/json")
        assert b"broken on purpose" in await exchange.read_all(1000)
        assert await exchange.read() == b""
        exchange.abort()

    run(main())


@pytest.mark.parametrize(
    ("pieces", "comes"),
    [
        ([], b""),
        ([b"abcd"], b"ab"),  # all that there is must not come
        ([b"a"], b""),
        ([b"first", b"last"], b"firstla"),
        ([b"x" * 400] * 9, b"x" * CUT_AFTER),
        ([b"x" * CUT_AFTER, b"y"], b"x" * CUT_AFTER),
        ([b"x" * (CUT_AFTER * 9)], b"x" * CUT_AFTER),
    ],
)
def test_an_answer_is_cut_before_its_end_however_it_comes(pieces, comes):
    way = Way(pieces)

    async def main():
        return await read_up_to_the_cut(await send(broken(FaultKind.CUT, way)))

    assert run(main()) == comes
    assert way.answer.aborted


def test_a_whole_answer_never_comes_to_its_end():
    async def main():
        exchange = await send(broken(FaultKind.CUT, way))
        exchange.expire_at(5.0, Phase.BODY)
        with pytest.raises(TransportError, match="closed"):
            await exchange.read_all(1000)
        assert (exchange.status, exchange.header(b"content-type")) == (200, b"text/event-stream")

    way = Way()
    run(main())
    assert way.answer.due == (5.0, Phase.BODY)


def test_nothing_is_closed_that_belongs_to_the_way_behind():
    run(broken(FaultKind.CUT, Way()).aclose())
