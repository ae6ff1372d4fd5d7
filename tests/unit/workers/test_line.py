"""The line between a parent and a worker."""

import os

import pytest

from sixnines.workers.line import HungUp, line_pair
from sixnines.workers.orders import Cover, Prepare, Ready, Refused, Stop


@pytest.fixture
def ends():
    one, other = line_pair()
    yield one, other
    one.close()
    other.close()


def test_messages_come_whole_and_in_order(ends):
    parent, worker = ends
    sent = [Stop(False), Stop(True), Prepare(3), Cover(2)]
    for each in sent:
        assert parent.send(each)
    assert [worker.receive()[0] for _ in sent] == sent
    assert worker.receive() is None
    worker.send(Refused(3, "no"))
    worker.send(Ready())
    assert [parent.receive()[0] for _ in range(2)] == [Refused(3, "no"), Ready()]


def test_files_come_with_the_message_they_belong_to(ends):
    parent, worker = ends
    read, write = os.pipe()
    parent.send(Cover(1), [write])
    os.close(write)
    _, (received,) = worker.receive()
    os.write(received, b"through the copy")
    os.close(received)
    assert os.read(read, 100) == b"through the copy"
    os.close(read)


def test_an_end_that_is_gone_shows_at_once(ends):
    parent, worker = ends
    parent.send(Stop(False))
    parent.close()
    assert worker.receive()[0] == Stop(False)
    with pytest.raises(HungUp):
        worker.receive()
    assert not worker.send(Ready())


def test_nobody_waits_for_an_end_that_does_not_read(ends):
    parent, _ = ends
    assert not all(parent.send(Stop(False)) for _ in range(100_000))
