"""What is done by hand: in all workers, in the order of time, and in those that are started later."""

import asyncio
import logging

import msgspec
import pytest

from sixnines.errors import WorkerMissing
from sixnines.server.by_hand import LONGEST_S, ByHand, Wanted
from sixnines.server.colleagues import Replies
from support.clocks import ManualClock


class Team:
    """Workers that hear each other, unless they are away; what they leave outlives them."""

    def __init__(self):
        self.clock = ManualClock()
        self.left = {}
        self.workers = {}
        self.away = set()

    def start(self, number) -> "Worker":
        self.workers[number] = made = Worker(self, number)
        made.by_hand.take_up()
        return made


class Worker:
    """One of them: its colleagues, and an act that writes down what it is told."""

    path = "/admin/v1/lamp"
    name = "lamp"

    def __init__(self, team, number):
        self.team, self.number = team, number
        self.done = []
        self.by_hand = ByHand((self,), team.clock, lambda: None, self)

    # ---- an act

    def read(self, body, snapshot):
        del snapshot
        return Wanted(**msgspec.json.decode(body))

    def do(self, asked, until_s, snapshot):
        del snapshot
        self.done.append((asked.decode(), until_s - self.team.clock.now))

    # ---- colleagues

    async def ask(self, subject, about=b""):
        assert subject == "by_hand"
        others = {number: each for number, each in self.team.workers.items() if number != self.number}
        said = {number: each.by_hand.report(about) for number, each in others.items() if number not in self.team.away}
        return Replies(said, tuple(set(others) - set(said)))

    def keep_orders(self, orders):
        self.team.left[self.number] = orders

    def kept_orders(self):
        return list(self.team.left.values())

    # ---- an operator

    def told(self, whom, asked, seconds=60.0):
        asyncio.run(self.by_hand.order(self, Wanted(whom, asked.encode(), seconds, {})))


@pytest.fixture
def team():
    return Team()


def test_all_workers_do_what_one_is_told_until_the_same_moment(team):
    one, two = team.start(1), team.start(2)
    one.told("a", "on")
    assert one.done == two.done == [("on", 60.0)]


def test_what_takes_effect_once_ends_at_once(team):
    one = team.start(1)
    one.told("a", "off", None)
    assert one.done == [("off", 0.0)]


def test_a_worker_that_is_started_later_does_what_holds_for_the_time_that_is_left(team, caplog):
    caplog.set_level(logging.INFO)
    team.start(1).told("a", "on")
    team.clock.advance(20)
    assert team.start(2).done == [("on", 40.0)]
    assert caplog.messages == ["lamp of a by hand holds for another 40 s"]


def test_it_learns_from_what_the_dead_have_left(team):
    team.start(1).told("a", "on")
    team.workers.clear()
    assert team.start(1).done == [("on", 60.0)]
    team.workers.clear()
    assert team.start(2).done == [("on", 60.0)]


def test_what_is_over_is_not_done_again(team, caplog):
    caplog.set_level(logging.INFO)
    team.start(1).told("a", "on", 5)
    team.clock.advance(6)
    assert team.start(2).done == []
    assert caplog.messages == []


def test_of_two_orders_about_the_same_the_later_one_holds_also_where_only_the_first_was_heard(team):
    one, two = team.start(1), team.start(2)
    one.told("a", "on", 600)
    team.clock.advance(1)
    team.away.add(2)  # it hangs: what it has left says that the lamp is on
    with pytest.raises(WorkerMissing, match="send this again"):
        one.told("a", "off", None)
    assert two.done == [("on", 600.0)]
    team.clock.advance(1)
    assert team.start(3).done == [("off", 0.0)]


def test_orders_are_done_again_in_the_order_of_time(team):
    one = team.start(1)
    for whom, asked in (("b", "1"), ("a", "2"), ("c", "3"), ("b", "4")):
        one.told(whom, asked)
        team.clock.advance(1)
    assert [asked for asked, _ in team.start(2).done] == ["2", "3", "4"]


def test_an_order_that_comes_late_does_not_undo_the_next_one(team):
    one, two = team.start(1), team.start(2)
    late = []
    one.ask = lambda subject, about: _lost(late, about)
    one.told("a", "on")
    team.clock.advance(1)
    two.told("a", "off", None)
    two.by_hand.report(late[0])
    assert two.done == [("off", 0.0)]


async def _lost(late, about):
    late.append(about)
    return Replies({}, ())


def test_orders_are_forgotten_after_the_longest_time_that_anything_may_take(team):
    one = team.start(1)
    one.told("a", "off", None)
    team.clock.advance(LONGEST_S)
    one.told("b", "off", None)
    assert [asked for asked, _ in team.start(2).done] == ["off"]
