"""Places that several workers share, each with its own view of them."""

from sixnines.config.snapshot import QueueSettings
from sixnines.domain.priority import Priority
from sixnines.health.places import Waiter
from support.shared_places import Workers


def test_the_limit_is_for_all_workers_together():
    a, b, c = Workers(3, limit=2).places
    assert a.take()
    assert b.take()
    assert [each.take() for each in (a, b, c)] == [False] * 3
    assert (a.in_flight, b.in_flight, c.in_flight) == (1, 1, 0)
    a.give_back()
    assert c.take()


def test_without_a_limit_there_is_always_a_place():
    a, b = Workers(2, limit=None).places
    assert all(each.take() for each in (a, b) * 100)
    assert not a.full


def test_who_waits_in_one_worker_gets_the_place_that_comes_free_in_another():
    workers = Workers(2, limit=1)
    a, b = workers.places
    assert a.take()
    workers.wait(b, "waits in b")
    a.give_back()
    workers.settle()
    assert workers.got == ["waits in b"]
    assert (a.in_flight, b.in_flight, b.waiting) == (0, 1, 0)


def test_who_came_first_goes_first_over_all_workers():
    workers = Workers(3, limit=1)
    a, b, c = workers.places
    assert a.take()
    for place, name in [(b, "1"), (a, "2"), (c, "3"), (b, "4"), (a, "5")]:
        workers.wait(place, name)
    for _ in range(5):
        next(each for each in workers.places if each.in_flight).give_back()
        workers.settle()
    assert workers.got == ["1", "2", "3", "4", "5"]


def test_priority_goes_before_time_over_all_workers():
    workers = Workers(2, limit=1)
    a, b = workers.places
    assert a.take()
    workers.wait(a, "low", Priority.LOW)
    workers.wait(a, "normal")
    workers.wait(b, "high", Priority.HIGH)
    for _ in range(3):
        next(each for each in workers.places if each.in_flight).give_back()
        workers.settle()
    assert workers.got == ["high", "normal", "low"]


def test_who_comes_does_not_take_the_place_that_somebody_elsewhere_waits_for():
    workers = Workers(2, limit=1)
    a, b = workers.places
    assert a.take()
    workers.wait(b, "waits")
    a.give_back()  # b has been rung for and has not come yet
    assert a.full
    assert not a.take()
    workers.settle()
    assert workers.got == ["waits"]


def test_the_queue_holds_no_more_in_all_workers_together_than_it_may():
    workers = Workers(2, limit=1, queue=QueueSettings(2, 0.0))
    a, b = workers.places
    assert a.take()
    workers.wait(a, "1")
    workers.wait(b, "2")
    assert not a.enqueue(Waiter(Priority.NORMAL, print), 0)
    assert (a.crowd, b.crowd, a.waiting) == (2, 2, 1)


def test_a_place_that_came_free_while_somebody_was_queueing_is_found():
    workers = Workers(2, limit=1)
    a, b = workers.places
    assert a.take()
    assert not b.take()
    a.give_back()  # nobody waits yet, so nobody is woken
    workers.wait(b, "late")
    workers.settle()
    assert workers.got == ["late"]


def test_what_a_worker_that_hangs_does_not_take_is_taken_at_the_second_tick():
    workers = Workers(2, limit=1)
    a, b = workers.places
    assert a.take()
    workers.wait(b, "hangs")
    workers.wait(a, "waits longer than it should")
    a.give_back()
    workers.wakes.clear()  # b does not hear
    a.tick()
    assert workers.got == []
    a.tick()
    assert workers.got == ["waits longer than it should"]


def test_the_places_of_a_dead_worker_are_free_and_its_waiters_claim_nothing():
    workers = Workers(3, limit=2)
    a, b, c = workers.places
    assert a.take()
    assert a.take()
    workers.wait(a, "dies too")
    workers.wait(b, "lives")
    workers.kill(0)
    workers.settle()
    assert workers.got == ["lives"]
    assert c.take()
    assert not c.take()


def test_who_waits_in_two_queues_gets_one_place_and_claims_nothing_more():
    one, two = Workers(2, limit=1), Workers(2, limit=1)
    assert one.places[0].take()
    assert two.places[0].take()
    got = []
    waiter = Waiter(Priority.NORMAL, got.append)
    assert one.places[1].enqueue(waiter, 1)
    assert two.places[1].enqueue(waiter, 2)
    two.places[0].give_back()
    two.settle()
    one.places[0].give_back()
    one.settle()
    assert got == [2]
    assert one.places[0].take()
    assert (two.places[1].in_flight, two.places[0].crowd) == (1, 0)


def test_a_raised_limit_lets_in_those_who_wait_anywhere():
    workers = Workers(2, limit=1)
    a, b = workers.places
    assert a.take()
    workers.wait(b, "1")
    workers.wait(a, "2")
    for each in workers.places:
        each.configure(3, QueueSettings(10, 0.0))
    workers.settle()
    assert workers.got == ["1", "2"]


def test_the_guess_how_long_a_place_takes_counts_those_who_wait_elsewhere():
    workers = Workers(2, limit=1)
    a, b = workers.places
    assert a.take()
    workers.wait(b, "1")
    workers.wait(b, "2")
    assert a.crowd == 2


def test_those_who_left_do_not_pile_up_and_claim_nothing():
    workers = Workers(2, limit=1, queue=QueueSettings(2, 0.0))
    a, b = workers.places
    assert a.take()
    for _ in range(1000):
        workers.wait(b, "x").leave()
    assert len(b._queue) <= 6
    a.give_back()
    assert a.take()
