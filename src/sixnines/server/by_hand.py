"""What an operator does to providers by hand: in all workers, with an end, and known to a worker that is started later.

Never decides what is done: each `Act` does. Never keeps anything beyond `LONGEST_S`, and nothing at all beyond the end
of the gateway: what an operator wants for longer belongs into the config.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol

import msgspec

from sixnines.clock import Clock
from sixnines.config.snapshot import Snapshot
from sixnines.errors import MalformedRequest, WorkerMissing
from sixnines.server.app import Action, Visit
from sixnines.server.colleagues import Colleagues

LONGEST_S: Final = 3600.0
"""Whoever wants something for longer asks again: nothing that was done by hand is forgotten for ever."""

_log = logging.getLogger("sixnines")
_encode = msgspec.json.Encoder().encode
_HEADERS: Final = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"))


class Wanted(msgspec.Struct, frozen=True):
    """What a request wants, once it is known to mean something.

    Attributes:
        whom: what it is about; a later order of the same act about the same takes its place.
        asked: what the act is given in each worker.
        seconds: for how long; None for what takes effect once, or ends what was.
        answer: for whoever asked.
    """

    whom: str
    asked: bytes
    seconds: float | None
    answer: Mapping[str, object]


class Act(Protocol):
    """One thing that an operator can do.

    Attributes:
        path: where it is asked for, with POST.
        name: tells its orders from those of others.
    """

    path: str
    name: str

    def read(self, body: bytes, snapshot: Snapshot) -> Wanted:
        """What is asked.

        Raises:
            MalformedRequest: it means nothing.
        """
        ...

    def do(self, asked: bytes, until_s: float, snapshot: Snapshot) -> None:
        """Do it in this worker. Must not raise, also where the config does not know the name.

        Args:
            asked: as `read` has given it.
            until_s: monotonic time at which it ends; the present for what takes effect once.
            snapshot: the config that this worker goes by.
        """
        ...


class _Order(msgspec.Struct, frozen=True, array_like=True):
    """What was wanted, and when: by the monotonic clock, which is the same for all workers.

    Attributes:
        until_s: None for what takes effect once.
    """

    act: str
    whom: str
    at_s: float
    until_s: float | None
    asked: bytes


_pack = msgspec.msgpack.Encoder().encode
_order = msgspec.msgpack.Decoder(_Order).decode
_orders = msgspec.msgpack.Decoder(list[_Order]).decode


class ByHand:
    """All acts of one worker, and the orders of the last hour, whichever worker was given them.

    Args:
        acts: all that there are.
        clock: says when an order ends.
        snapshot: the current config.
        colleagues: the other workers; those of the past as well.

    Attributes:
        actions: the paths of the acts.
    """

    subject = "by_hand"

    def __init__(
        self, acts: Sequence[Act], clock: Clock, snapshot: Callable[[], Snapshot], colleagues: Colleagues
    ) -> None:
        self._acts = {act.name: act for act in acts}
        self._clock = clock
        self._snapshot = snapshot
        self._colleagues = colleagues
        self._known: dict[tuple[str, str], _Order] = {}
        self.actions: tuple[Action, ...] = tuple(_Path(act, self) for act in acts)

    def take_up(self) -> None:
        """Do what was ordered before this worker was there and still holds.

        Must be called once others can tell it of orders, so that none falls between.
        """
        found = [order for left in self._colleagues.kept_orders() for order in _orders(left)]
        # In the order of time: an act may be about one deployment, and the next about all of its provider.
        found.sort(key=lambda each: each.at_s)
        latest = {(order.act, order.whom): order for order in found}
        now = self._clock.monotonic_s()
        for order in found:
            if latest[order.act, order.whom] is order and self._is_news(order):
                self._follow(order)
                if order.until_s is not None and order.until_s > now:
                    _log.info("%s of %s by hand holds for another %.0f s", order.act, order.whom, order.until_s - now)
        self._leave()

    def report(self, about: bytes) -> bytes:
        """Do what another worker was told."""
        order = _order(about)
        if self._is_news(order):
            self._follow(order)
            self._leave()
        return b"1"

    async def order(self, act: Act, wanted: Wanted) -> None:
        """Do it here and everywhere.

        Raises:
            WorkerMissing: one of the workers did not say that it has done so.
        """
        now = self._clock.monotonic_s()
        until_s = None if wanted.seconds is None else now + wanted.seconds
        order = _Order(act.name, wanted.whom, now, until_s, wanted.asked)
        self._follow(order)
        self._leave()  # first: a worker that is being started must find it or be told
        replies = await self._colleagues.ask(self.subject, _pack(order))
        if replies.missing:
            raise WorkerMissing("One of the workers did not say in time that it has done so; send this again.")

    def _is_news(self, order: _Order) -> bool:
        known = self._known.get((order.act, order.whom))
        return known is None or known.at_s < order.at_s

    def _follow(self, order: _Order) -> None:
        self._known[order.act, order.whom] = order
        now = self._clock.monotonic_s()
        if order.until_s is None or order.until_s > now:
            until_s = now if order.until_s is None else order.until_s
            self._acts[order.act].do(order.asked, until_s, self._snapshot())

    def _leave(self) -> None:
        """Leave what is known for those that come. What has ended is left too: somebody may know its beginning only."""
        now = self._clock.monotonic_s()
        self._known = {key: order for key, order in self._known.items() if order.at_s + LONGEST_S > now}
        self._colleagues.keep_orders(_pack(list(self._known.values())))


class _Path:
    """Where one act is asked for."""

    def __init__(self, act: Act, by_hand: ByHand) -> None:
        self.path = act.path
        self._act = act
        self._by_hand = by_hand

    async def serve(self, visit: Visit) -> None:
        """Do it in all workers.

        Raises:
            MalformedRequest: the body means nothing.
            WorkerMissing: one of the workers could not be told.
        """
        wanted = self._act.read(visit.request.body, visit.ticket.generation.snapshot)
        await self._by_hand.order(self._act, wanted)
        visit.responder.send(200, [*_HEADERS, *visit.ticket.headers()], _encode(wanted.answer))


def wrong(param: str, why: str) -> MalformedRequest:
    """What an act answers to a value that means nothing."""
    return MalformedRequest(f"Invalid '{param}': {why}", param=param, code="invalid_value")
