"""Laws of what protects providers: breaker, budgets, places."""

from hypothesis import given
from hypothesis import strategies as st

from sixnines.config.snapshot import QueueSettings
from sixnines.domain.priority import Priority
from sixnines.health.breaker import Breaker, BreakerState
from sixnines.health.budget import HedgeBudget, RetryBudget
from sixnines.health.places import Places, Waiter
from support import specs

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["failed", "succeeded", "began", "abandoned", "reached"]), st.floats(0, 20), st.booleans()
    ),
    max_size=60,
)


def played(steps):
    """A breaker after each step, with the step's name and time. Requests pass only where it admits them."""
    breaker, now, passed = Breaker(specs.BREAKER), 0.0, 0
    for what, pause, unreached in steps:
        now += pause
        if what == "began":
            if breaker.admits(now):
                breaker.began(now)
                passed += 1
        elif what == "reached":
            breaker.reached(now)
        elif passed:
            passed -= 1
            if what == "failed":
                breaker.failed(now, unreached=unreached)
            else:
                getattr(breaker, what)()
        yield what, now, breaker


@given(STEPS)
def test_an_open_breaker_admits_nothing_before_its_time(steps):
    for _, _, breaker in played(steps):
        if breaker.state is BreakerState.OPEN:
            assert not breaker.admits(breaker.open_until - 0.001)
            assert breaker.admits(breaker.open_until)


@given(STEPS)
def test_a_half_open_breaker_has_one_probe_at_a_time(steps):
    for what, now, breaker in played(steps):
        if what == "began" and breaker.state is BreakerState.HALF_OPEN:
            assert not breaker.admits(now)


@given(STEPS)
def test_no_rest_is_longer_than_the_cap_and_none_is_for_ever(steps):
    for _, now, breaker in played(steps):
        assert breaker.open_until <= now + specs.BREAKER.max_open_s
        assert breaker.admits(now + specs.BREAKER.max_open_s)


@given(st.floats(0, 1), st.lists(st.tuples(st.booleans(), st.floats(0, 3)), max_size=200))
def test_repetitions_stay_within_their_budget(ratio, steps):
    budget, now, earned, spent = RetryBudget(ratio), 0.0, 0, 0
    for spends, pause in steps:
        now += pause
        if spends:
            spent += budget.spend(now)
        else:
            budget.earn()
            earned += 1
    assert spent <= ratio * earned + now / 10 + 1 + 1e-6
    assert spent == 0 or ratio > 0


@given(st.floats(0, 1), st.lists(st.booleans(), max_size=900))
def test_hedges_stay_within_their_ratio(ratio, steps):
    budget, hedges = HedgeBudget(), 0
    for requests, hedges_now in enumerate(steps, 1):
        budget.earn()
        hedges += hedges_now and budget.spend(ratio)
        assert hedges <= ratio * requests + 1e-9


@given(
    st.integers(1, 4),
    st.integers(0, 5),
    st.lists(st.tuples(st.sampled_from(["come", "go", "leave"]), st.sampled_from(Priority)), max_size=80),
)
def test_places_are_never_lost_or_given_twice(limit, size, steps):
    places = Places(limit, QueueSettings(size, 0.0))
    taken, order, waiting = 0, [], []

    def granted(number):
        nonlocal taken
        taken += 1
        order.append(number)
        best = min(each.priority for each, _ in waiting)
        mine = next(each.priority for each, at in waiting if at == number)
        assert mine == best
        assert number == min(at for each, at in waiting if each.priority == best)
        waiting[:] = [(each, at) for each, at in waiting if at != number]

    for number, (what, priority) in enumerate(steps):
        if what == "come":
            if places.take():
                taken += 1
                assert not waiting
            else:
                waiter = Waiter(priority, granted)
                if places.enqueue(waiter, number):
                    waiting.append((waiter, number))
                else:
                    assert len(waiting) == size
        elif what == "go" and taken:
            taken -= 1
            places.give_back()
        elif what == "leave" and waiting:
            waiter, _ = waiting.pop(0)
            waiter.leave()
        assert places.in_flight == taken <= limit
        assert places.waiting == len(waiting) <= size
        assert not waiting or taken == limit
