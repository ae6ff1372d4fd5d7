"""What the parent does about the changes that a worker runs, with real lines whose other ends the test holds."""

import os
import random
import socket
from dataclasses import replace

import pytest

from sixnines.config.load import Loaded
from sixnines.server.running import Held
from sixnines.workers.crew import Crew
from sixnines.workers.leading import Leading
from sixnines.workers.line import line_pair
from sixnines.workers.memory import Cells
from sixnines.workers.orders import Commit, Drop, Lead, Led, NotLed, Prepare, Prepared, Refused, Renew
from sixnines.workers.payload import write_payload
from sixnines.workers.reloading import Reloading
from sixnines.workers.slot import Process, Slot
from support import specs


def held(revision, **changes):
    deployment = specs.deployment("a")
    snapshot = replace(specs.snapshot(specs.model(f"m{revision}", deployment), **changes), digest=f"{revision}")
    return Held(Loaded("x.yaml", snapshot, None, ()), revision)


class Office:
    """A parent with workers of which all serve."""

    def __init__(self, count):
        self.head = 1
        self.ends, self.files = {}, []
        self.crew = Crew([Slot(number, [socket.socket()], random.Random(1)) for number in range(1, count + 1)])
        for slot in self.crew.slots:
            ours, self.ends[slot.number] = line_pair()
            slot.process, slot.ready, slot.due_s = Process(0, ours, 0.0), True, None
        self.config = Reloading(held(1), self.crew, lambda: 0.0)
        self.leading = Leading(self.config, self.crew, Cells(count, ["a"]), lambda: self.head)

    def slot(self, number):
        return self.crew.slots[number - 1]

    def lead(self, worker, asked, wanted):
        """A worker asks for a config."""
        file = write_payload(wanted, {})
        try:
            self.leading.lead(self.slot(worker), Lead(asked), [file])
        finally:
            os.close(file)

    def agree(self):
        """All that live can."""
        for slot, _ in self.crew.running():
            self.config.heard(slot, Prepared(self.config._asked))

    def end(self, number):
        slot = self.slot(number)
        slot.process.line.close()
        self.ends.pop(number).close()
        slot.process, slot.ready = None, False
        self.leading.ended(slot)
        self.config.ended(slot)

    def heard(self, number):
        told = []
        while (received := self.ends[number].receive()) is not None:
            told.append(received[0])
            self.files += received[1]
        return told

    def close(self):
        self.config.close()
        for slot in self.crew.slots:
            for sock in slot.sockets:
                sock.close()
            if slot.process is not None:
                slot.process.line.close()
        for end in self.ends.values():
            end.close()
        for file in self.files:
            os.close(file)


@pytest.fixture
def office():
    opened = Office(2)
    yield opened
    opened.close()


def test_a_worker_that_asks_is_told_once_all_go_by_it(office):
    office.lead(1, 5, held(2))
    assert office.heard(1) == [Prepare(1)]
    office.agree()
    assert office.heard(1) == [Commit(1), Led(5, [])]
    assert office.heard(2) == [Prepare(1), Commit(1)]
    assert office.config.held.revision == 2


def test_it_is_told_why_another_one_cannot(office):
    office.lead(1, 5, held(2))
    office.config.heard(office.slot(2), Refused(1, "MemoryError"))
    assert office.heard(1) == [Prepare(1), Drop(1), NotLed(5, "worker 2: MemoryError")]
    assert office.config.held.revision == 1


def test_keys_that_need_a_restart_are_told(office):
    office.lead(1, 5, held(2, port=1))
    office.agree()
    assert office.heard(1)[-1] == Led(5, ["server.listen"])


def test_what_a_worker_has_changed_and_not_settled_is_taken_back_when_it_ends(office):
    office.lead(1, 5, held(2))
    office.agree()
    office.end(1)
    assert office.heard(2) == [Prepare(1), Commit(1), Prepare(2)]
    office.agree()
    assert office.config.held.revision == 1


def test_it_stays_where_the_head_has_moved_before_the_worker_ended(office):
    office.lead(1, 5, held(2))
    office.agree()
    office.head = 2
    office.end(1)
    assert office.heard(2) == [Prepare(1), Commit(1)]
    assert office.config.held.revision == 2


def test_it_stays_where_it_was_settled(office):
    office.lead(1, 5, held(2))
    office.agree()
    office.leading.settled(office.slot(1))
    office.end(1)
    assert office.config.held.revision == 2


def test_one_that_ends_while_all_are_still_asked_leaves_the_old(office):
    office.lead(1, 5, held(2))
    office.end(1)
    office.agree()
    assert office.config.held.revision == 1


def test_one_that_has_gone_back_itself_leaves_nothing_to_do(office):
    office.lead(1, 5, held(2))
    office.agree()
    office.lead(1, 6, held(1))
    office.agree()
    office.end(1)
    assert office.heard(2) == [Prepare(1), Commit(1), Prepare(2), Commit(2)]


def test_what_two_have_changed_one_after_the_other_is_taken_back_as_far_as_nothing_holds(office):
    office.lead(1, 5, held(2))
    office.agree()
    office.lead(2, 1, held(3))  # the first is dead, and nobody has noticed yet
    office.agree()
    office.end(2)
    office.agree()
    assert office.config.held.revision == 1


def test_a_change_after_one_that_holds_goes_back_to_that(office):
    office.lead(1, 5, held(2))
    office.agree()
    office.head = 2
    office.lead(2, 1, held(3))
    office.agree()
    office.end(2)
    office.agree()
    assert office.config.held.revision == 2


def test_more_providers_than_there_is_room_for_are_refused_with_what_to_do(office):
    snapshot = specs.snapshot(providers={f"p{each}": specs.provider(f"p{each}") for each in range(4200)})
    office.lead(1, 5, Held(Loaded("x.yaml", snapshot, None, ()), 2))
    (answer,) = office.heard(1)
    assert "restart the gateway" in answer.reason


def test_what_cannot_be_read_is_refused(office, caplog):
    office.leading.lead(office.slot(1), Lead(5), [])
    (answer,) = office.heard(1)
    assert (type(answer), answer.asked) == (NotLed, 5)
    assert "cannot be read" in caplog.text


def test_the_files_are_read_by_one_that_serves_or_by_the_first_that_will(office, caplog):
    office.leading.renew()
    assert (office.heard(1), office.heard(2)) == ([Renew()], [])
    office.slot(1).ready = office.slot(2).ready = False
    office.leading.renew()
    office.leading.serves()
    assert (office.heard(1), office.heard(2)) == ([], [])
    office.slot(2).ready = True
    office.leading.serves()
    office.leading.serves()
    assert (office.heard(1), office.heard(2)) == ([], [Renew()])
    office.end(2)
    assert "worker 2 ended while it read the config" in caplog.text
