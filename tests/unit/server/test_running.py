"""How a gateway does, over all of its workers."""

import msgspec
import pytest

from sixnines.config.load import Loaded
from sixnines.control.tally import Tally
from sixnines.errors import ActivationRefused
from sixnines.server.colleagues import Alone, Replies
from sixnines.server.running import Held, Part, Running, Ways, part_of
from support import specs

LOADED = Loaded("x.yaml", specs.snapshot(specs.model("m", specs.deployment("a"))), None, ())
BROKEN = Loaded("x.yaml", None, None, ())


class Others:
    """Workers that say what the test wants."""

    number = 1

    def __init__(self, *replies):
        self.replies = list(replies)

    async def ask(self, subject, about=b""):
        assert subject == "running"
        return self.replies.pop(0)


def said(*parts, missing=()):
    packed = {number: msgspec.msgpack.encode(part) for number, part in enumerate(parts, 2)}
    return Replies({number: each for number, each in packed.items() if number not in missing}, missing)


def running(colleagues=None, activate=None):
    held = Held(LOADED, 7)
    ways = Ways(lambda: held, lambda loaded: loaded, activate)
    return Running(ways, lambda: Part(1, 10, 2), colleagues or Alone())


@pytest.mark.parametrize(
    ("outcome", "good", "bad"),
    [
        ("ok", 1, 0), ("caller", 1, 0), ("policy", 1, 0), ("client_gone", 0, 0),
        ("transport", 0, 1), ("broken_server", 0, 1), ("context", 0, 1), ("bug", 0, 1), ("broken_caller", 0, 1),
    ],
)  # fmt: skip
def test_what_speaks_against_a_config(outcome, good, bad):
    assert part_of(3, [(outcome, 1.0)], 0) == Part(3, good, bad)


def test_faults_of_the_gateway_are_bad():
    assert part_of(0, [("ok", 2.0), ("ok", 3.0)], 4) == Part(0, 5, 4)


async def test_a_gateway_of_one_process_counts_alone():
    assert await running().tally() == Tally(10, 2)


async def test_all_workers_are_added_up_and_one_that_is_missing_counts_as_it_last_did():
    others = Others(said(Part(2, 20, 1), Part(3, 30, 0)), said(Part(0, 25, 1), Part(0, 0, 0), missing=(3,)))
    gateway = running(others)
    total, _ = await gateway.all_parts()
    assert total == Part(6, 60, 3)
    assert await gateway.tally() == Tally(65, 3)


async def test_one_that_never_answered_counts_for_nothing():
    assert await running(Others(said(Part(0, 5, 5), missing=(2,)))).tally() == Tally(10, 2)


async def test_another_worker_is_told_what_this_one_knows():
    assert msgspec.msgpack.decode(running().report(b""), type=Part) == Part(1, 10, 2)


async def test_a_config_with_errors_is_never_served():
    async def never(held):
        held.snapshot  # noqa: B018 - what everybody does first
        raise AssertionError

    with pytest.raises(ActivationRefused, match="cannot be served"):
        await running(activate=never).activate(BROKEN, 8)


async def test_what_is_served_is_told():
    gateway = running()
    assert (gateway.revision, gateway.loaded) == (7, LOADED)
