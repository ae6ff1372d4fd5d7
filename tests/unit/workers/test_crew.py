"""Who serves for whom, and how all of them come to another config: with real lines, whose other ends the test holds."""

import os
import random
import signal
import socket
import subprocess
import sys

import pytest

from sixnines.config.load import Loaded
from sixnines.server.running import Held
from sixnines.workers.crew import Crew
from sixnines.workers.line import line_pair
from sixnines.workers.orders import Commit, Cover, Drop, Prepare, Prepared, Refused, Uncover
from sixnines.workers.payload import read_payload
from sixnines.workers.reloading import ANSWER_S, Reloading
from sixnines.workers.slot import Process, Slot
from support import specs


def held(name, revision, **changes):
    snapshot = specs.snapshot(specs.model(name, specs.deployment("a")), **changes)
    return Held(Loaded("x.yaml", snapshot, None, ()), revision)


OLD, NEW = held("old", 1), held("new", 2)


class Staff:
    """A crew of which all serve, and the workers' ends of its lines."""

    def __init__(self, count):
        self.now_s = 0.0
        self.ends = {}
        self.files = []
        self.crew = Crew([Slot(number, [socket.socket()], random.Random(1)) for number in range(1, count + 1)])
        for slot in self.crew.slots:
            self.start(slot.number)
        self.reloading = Reloading(OLD, self.crew, lambda: self.now_s)
        self.answers = []

    def slot(self, number):
        return self.crew.slots[number - 1]

    def start(self, number, pid=0):
        slot = self.slot(number)
        ours, self.ends[number] = line_pair()
        slot.process, slot.ready, slot.due_s = Process(pid, ours, 0.0), True, None

    def end(self, number):
        slot = self.slot(number)
        slot.process.line.close()
        self.ends.pop(number).close()
        slot.process, slot.ready = None, False

    def heard(self, number):
        """What a worker has been told since it was last asked."""
        told = []
        while (received := self.ends[number].receive()) is not None:
            told.append(received[0])
            self.files += received[1]
        return told

    def close(self):
        self.reloading.close()
        for slot in self.crew.slots:
            if slot.process is not None:
                self.end(slot.number)
            for sock in slot.sockets:
                sock.close()
        for file in self.files:
            os.close(file)


@pytest.fixture
def staff():
    opened = []

    def made(count):
        opened.append(Staff(count))
        return opened[-1]

    yield made
    for each in opened:
        each.close()


def test_the_sockets_of_one_that_is_not_there_are_served_by_another_until_it_is_there_again(staff):
    three = staff(3)
    three.end(2)
    three.crew.arrange_cover()
    assert (three.heard(1), three.heard(3)) == ([Cover(2)], [])
    three.start(2)
    three.crew.arrange_cover()
    assert (three.heard(1), three.heard(2), three.heard(3)) == ([Uncover(2)], [], [])
    three.crew.arrange_cover()
    assert three.heard(1) == []


def test_the_work_of_several_is_spread(staff):
    four = staff(4)
    for number in (1, 2):
        four.end(number)
    four.crew.arrange_cover()
    assert (four.heard(3), four.heard(4)) == ([Cover(1)], [Cover(2)])


def test_when_who_covers_ends_as_well_somebody_else_does(staff):
    three = staff(3)
    three.end(1)
    three.crew.arrange_cover()
    assert three.heard(2) == [Cover(1)]
    three.end(2)
    three.crew.arrange_cover()
    assert three.heard(3) == [Cover(1), Cover(2)]


def test_one_that_is_leaving_is_covered_and_covers_nobody(staff):
    three = staff(3)
    three.end(1)
    three.slot(2).leaving = True
    three.crew.arrange_cover()
    assert (three.heard(2), three.heard(3)) == ([], [Cover(1), Cover(2)])


def test_when_nobody_serves_nobody_is_asked_and_the_first_that_comes_covers_all(staff):
    two = staff(2)
    two.end(1)
    two.end(2)
    two.crew.arrange_cover()
    two.start(2)
    two.crew.arrange_cover()
    assert two.heard(2) == [Cover(1)]


def test_where_nobody_is_left_the_first_to_come_comes_sooner_and_no_other(staff):
    three = staff(3)
    for number, due_s in ((1, 30.0), (2, 8.0), (3, 20.0)):
        three.end(number)
        three.slot(number).due_s = due_s
    three.crew.hasten(0.5)
    assert [slot.due_s for slot in three.crew.slots] == [30.0, 0.5, 20.0]
    three.crew.hasten(4.0)
    assert [slot.due_s for slot in three.crew.slots] == [30.0, 0.5, 20.0]


def test_one_that_does_not_listen_is_killed(staff):
    two = staff(2)
    two.end(1)
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as hanging:
        two.end(2)
        two.start(2, hanging.pid)
        while two.slot(2).process.line.send(Drop(0)):
            pass
        two.crew.arrange_cover()
        assert hanging.wait(10) == -signal.SIGKILL
    assert two.slot(1).cover is None


def test_a_config_is_taken_up_when_all_can(staff):
    two = staff(2)
    two.reloading.ask(NEW, {"a": 0}, two.answers.append)
    assert (two.heard(1), two.heard(2)) == ([Prepare(1)], [Prepare(1)])
    assert [read_payload(file) for file in two.files] == [(NEW, {"a": 0})] * 2
    two.reloading.heard(two.slot(1), Prepared(1))
    assert (two.reloading.held, two.heard(1)) == (OLD, [])
    two.reloading.heard(two.slot(2), Prepared(1))
    assert (two.reloading.held, two.heard(1), two.heard(2)) == (NEW, [Commit(1)], [Commit(1)])
    assert two.answers == [[]]
    assert two.reloading.until_s is None


def test_when_one_cannot_all_forget_it(staff):
    two = staff(2)
    two.reloading.ask(NEW, {}, two.answers.append)
    two.reloading.heard(two.slot(1), Prepared(1))
    two.reloading.heard(two.slot(2), Refused(1, "MemoryError"))
    assert (two.heard(1)[-1], two.heard(2)[-1], two.reloading.held) == (Drop(1), Drop(1), OLD)
    assert two.answers == ["worker 2: MemoryError"]


def test_when_one_does_not_answer_in_time_all_forget_it(staff):
    two = staff(2)
    two.reloading.ask(NEW, {}, two.answers.append)
    two.reloading.heard(two.slot(1), Prepared(1))
    two.now_s = ANSWER_S - 0.1
    two.reloading.look_at_the_time()
    assert two.answers == []
    two.now_s = two.reloading.until_s
    two.reloading.look_at_the_time()
    assert (two.heard(1)[-1], two.reloading.held) == (Drop(1), OLD)
    assert two.answers == ["no answer from worker 2 within 10 s"]
    two.reloading.heard(two.slot(2), Prepared(1))  # too late
    assert two.reloading.held is OLD


def test_a_second_reload_takes_the_place_of_one_that_is_under_way(staff):
    one = staff(1)
    one.reloading.ask(OLD, {}, one.answers.append)
    one.reloading.ask(NEW, {}, one.answers.append)
    one.reloading.heard(one.slot(1), Prepared(1))
    assert one.heard(1) == [Prepare(1), Drop(1), Prepare(2)]
    one.reloading.heard(one.slot(1), Prepared(2))
    assert (one.heard(1), one.reloading.held) == ([Commit(2)], NEW)
    assert one.answers == ["another config came after it", []]


def test_one_that_ends_is_not_waited_for(staff):
    two = staff(2)
    two.reloading.ask(NEW, {}, two.answers.append)
    two.reloading.heard(two.slot(1), Prepared(1))
    two.end(2)
    two.reloading.ended(two.slot(2))
    assert two.reloading.held is NEW
    two.start(2)
    two.reloading.started(two.slot(2))
    assert two.heard(2) == []  # it has begun with the new one


def test_one_that_is_started_meanwhile_is_asked_too(staff):
    two = staff(2)
    two.reloading.ask(NEW, {}, two.answers.append)
    two.end(2)
    two.reloading.ended(two.slot(2))
    two.start(2)
    two.reloading.started(two.slot(2))
    assert two.heard(2) == [Prepare(1)]
    two.reloading.heard(two.slot(1), Prepared(1))
    assert two.reloading.held is OLD
    two.reloading.heard(two.slot(2), Prepared(1))
    assert two.reloading.held is NEW


def test_what_only_a_restart_changes_is_said_once_it_is_taken_up(staff):
    one = staff(1)
    one.reloading.ask(held("new", 2, port=1), {}, one.answers.append)
    assert one.answers == []
    one.reloading.heard(one.slot(1), Prepared(1))
    assert one.answers == [["server.listen"]]
