"""Laws of the attempt machine, over generated histories."""

from hypothesis import given
from hypothesis import strategies as st

from sixnines.domain.failure import Failure, FailureKind, Remedy
from sixnines.engine.machine import Cancel, Deliver, GiveUp, Machine, Try

WINDOWS = st.lists(st.sampled_from([None, 512, 1024, 8192]), max_size=6)
FAILURES = st.builds(Failure, st.sampled_from(FailureKind), st.just("x"), elsewhere=st.booleans())
STEPS = st.lists(
    st.tuples(st.sampled_from(["failed", "content", "gone", "stale"]), FAILURES, st.floats(0, 4)), max_size=12
)


def play(windows, attempts, steps):
    """Run a machine through `steps`; returns everything it commanded with the time, and the failures reported."""
    machine = Machine(windows, attempts=attempts, deadline_at=10.0)
    now = 0.0
    history = [(now, command) for command in machine.start(now)]
    reported = []
    for what, failure, pause in steps:
        now += pause
        current = next((c.candidate for _, c in reversed(history) if isinstance(c, Try)), None)
        if current is None:
            break
        match what:
            case "failed":
                commands = machine.failed(current, failure, now)
                if commands:
                    reported.append((current, failure))
            case "content":
                commands = machine.first_content(current)
            case "gone":
                commands = machine.client_gone()
            case _:
                commands = machine.failed(current + 1, failure, now)  # never tried: nothing may come of it
        history += [(now, command) for command in commands]
    return history, reported


@given(WINDOWS, st.integers(1, 5), STEPS)
def test_no_more_candidates_are_tried_than_allowed_and_none_twice(windows, attempts, steps):
    history, _ = play(windows, attempts, steps)
    tried = [c.candidate for _, c in history if isinstance(c, Try)]
    assert len(tried) <= attempts
    assert tried == sorted(set(tried))


@given(WINDOWS, st.integers(1, 5), STEPS)
def test_nothing_is_tried_past_the_deadline(windows, attempts, steps):
    history, _ = play(windows, attempts, steps)
    assert all(now < 10.0 for now, c in history if isinstance(c, Try))


@given(WINDOWS, st.integers(1, 5), STEPS)
def test_it_ends_at_most_once_and_tries_nothing_afterwards(windows, attempts, steps):
    history, _ = play(windows, attempts, steps)
    kinds = [type(c) for _, c in history]
    ends = [i for i, kind in enumerate(kinds) if kind in (Deliver, GiveUp)]
    assert len(ends) <= 1
    if ends:
        assert all(kind is Cancel for kind in kinds[ends[0] + 1 :])


@given(WINDOWS, st.integers(1, 5), st.lists(FAILURES, min_size=6, max_size=6))
def test_failures_alone_always_lead_to_giving_up(windows, attempts, failures):
    history, _ = play(windows, attempts, [("failed", failure, 0.0) for failure in failures])
    assert isinstance(history[-1][1], GiveUp)


@given(WINDOWS, st.integers(1, 5), STEPS)
def test_a_failure_without_remedy_is_the_last_thing_tried_and_what_the_caller_is_told(windows, attempts, steps):
    history, reported = play(windows, attempts, steps)
    for at, (candidate, failure) in enumerate(reported):
        if failure.remedy is Remedy.NONE:
            assert at == len(reported) - 1
            assert (GiveUp(failure)) in [c for _, c in history]
            assert [c for _, c in history if isinstance(c, Try)][-1].candidate == candidate


@given(WINDOWS, st.integers(1, 5), STEPS)
def test_after_a_context_failure_only_larger_or_undeclared_windows_are_tried(windows, attempts, steps):
    history, reported = play(windows, attempts, steps)
    tried = [c.candidate for _, c in history if isinstance(c, Try)]
    for candidate, failure in reported:
        if failure.remedy is Remedy.LARGER_WINDOW and windows[candidate] is not None:
            later = [windows[each] for each in tried if each > candidate]
            assert all(window is None or window > windows[candidate] for window in later)


@given(WINDOWS, st.integers(1, 5), STEPS)
def test_what_is_told_is_one_of_the_failures_that_happened(windows, attempts, steps):
    history, reported = play(windows, attempts, steps)
    given_up = [c.failure for _, c in history if isinstance(c, GiveUp) and c.failure is not None]
    if given_up and reported:
        assert given_up[0] in [failure for _, failure in reported]


@given(st.lists(st.just(None), min_size=2, max_size=5))
def test_every_candidate_gets_its_turn_when_nothing_forbids_it(windows):
    failure = Failure(FailureKind.SERVER, "x")
    history, _ = play(windows, 5, [("failed", failure, 0.0)] * len(windows))
    assert [c.candidate for _, c in history if isinstance(c, Try)] == list(range(len(windows)))
