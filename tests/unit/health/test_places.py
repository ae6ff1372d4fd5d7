"""Places and queues of one provider."""

from sixnines.config.snapshot import QueueSettings
from sixnines.domain.priority import Priority
from sixnines.health.places import Places, Waiter


def full(size=10, limit=1):
    places = Places(limit, QueueSettings(size, 0.0))
    for _ in range(limit):
        assert places.take()
    return places


def wait(places, got, name, priority=Priority.NORMAL):
    waiter = Waiter(priority, lambda index: got.append(name))
    assert places.enqueue(waiter, 0)
    return waiter


def test_without_a_limit_there_is_always_a_place():
    places = Places(None, QueueSettings(0, 0.0))
    assert all(places.take() for _ in range(1000))


def test_no_more_are_taken_than_there_are():
    places = full(limit=3)
    assert not places.take()
    places.give_back()
    assert places.take()


def test_first_come_first_served_within_a_priority_and_high_before_low():
    places, got = full(), []
    for name, priority in [("n1", 1), ("l1", 2), ("n2", 1), ("h1", 0), ("h2", 0)]:
        wait(places, got, name, Priority(priority))
    for _ in range(5):
        places.give_back()
    assert got == ["h1", "h2", "n1", "n2", "l1"]


def test_a_place_that_comes_free_goes_to_who_waits_and_not_to_who_comes():
    places, got = full(), []
    wait(places, got, "first")
    places.give_back()
    assert got == ["first"]
    assert not places.take()


def test_a_queue_takes_no_more_than_its_size():
    places = full(size=1)
    wait(places, [], "first")
    assert not places.enqueue(Waiter(Priority.HIGH, print), 0)


def test_who_has_left_is_passed_over_and_makes_room():
    places, got = full(size=1), []
    wait(places, got, "gone").leave()
    assert places.waiting == 0
    wait(places, got, "next")
    places.give_back()
    assert got == ["next"]


def test_who_waits_in_two_queues_gets_one_place():
    one, two, got = full(), full(), []
    waiter = Waiter(Priority.NORMAL, got.append)
    assert one.enqueue(waiter, 1)
    assert two.enqueue(waiter, 2)
    two.give_back()
    one.give_back()
    assert got == [2]
    assert (one.waiting, two.waiting, one.in_flight, two.in_flight) == (0, 0, 0, 1)


def test_a_raised_limit_lets_those_in_who_wait():
    places, got = full(), []
    wait(places, got, "first")
    places.configure(2, QueueSettings(10, 0.0))
    assert got == ["first"]
    assert places.in_flight == 2


def test_those_who_left_do_not_pile_up():
    places = full(size=2)
    for _ in range(1000):
        wait(places, [], "x").leave()
    assert len(places._queue) <= 6
