"""Laws of the attempt machine, over generated histories."""

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from sixnines.config.snapshot import AttemptLimits
from sixnines.domain.candidate import Facts
from sixnines.domain.failure import Again, Failure, FailureKind, Remedy
from sixnines.engine.machine import Cancel, Deliver, GiveUp, Machine, Queue, Try, Wake

DEADLINE = 10.0
FACTS = st.builds(
    Facts,
    st.sampled_from([None, 512, 1024, 8192]),
    st.sampled_from([0.0, 0.0, 0.0, 1.5, 4.0, 99.0]),
    st.sampled_from([0.0, 0.0, 1.0]),
)
FAILURES = st.builds(
    Failure,
    st.sampled_from(FailureKind),
    st.just("x"),
    retry_after_s=st.sampled_from([None, None, 0.0, 0.7, 60.0]),
    elsewhere=st.booleans(),
)
# What happens next, told to a machine that waits for it; most of it is failure, so that histories are long.
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["failed"] * 6 + ["full", "full", "refused", "content", "gone", "stale"]),
        FAILURES,
        st.sampled_from([0.0, 0.1, 0.1, 1.0]),
        st.booleans(),
    ),
    max_size=25,
)


@dataclass
class History:
    """All commands with their times, and what was reported."""

    commands: list = field(default_factory=list)
    reported: list = field(default_factory=list)
    flying: set = field(default_factory=set)
    most_flying: int = 0
    counted: int = 0
    queued_for: tuple = ()
    now: float = 0.0

    def take(self, commands):
        for command in commands:
            self.commands.append((self.now, command))
            match command:
                case Try(candidate=candidate):
                    assert candidate not in self.flying
                    self.flying.add(candidate)
                    self.most_flying = max(self.most_flying, len(self.flying))
                    self.counted += 1
                case Cancel(candidate=candidate):
                    self.flying.discard(candidate)
                case Queue():
                    self.queued_for = command.candidates

    @property
    def tries(self):
        return [(now, c) for now, c in self.commands if isinstance(c, Try)]

    @property
    def ended(self):
        return any(isinstance(c, (Deliver, GiveUp)) for _, c in self.commands)

    @property
    def due(self):
        """The time of the last wake-up call, if it is still to come."""
        return next((c.at for _, c in reversed(self.commands) if isinstance(c, Wake)), None)


def play(facts, attempts, steps, hedge_after_s=None):
    """Drive a machine as a driver would: time moves, and only what is possible is reported."""
    machine = Machine(facts, AttemptLimits(attempts, 3.0, 0.1, 2.0), lambda: 0.5,
                      deadline_at=DEADLINE, hedge_after_s=hedge_after_s)  # fmt: skip
    history = History()
    history.take(machine.start(0.0))
    for what, failure, pause, late in steps:
        if history.ended:
            break
        if not history.flying and not history.queued_for:
            history.now = max(history.now, history.due)  # it asked to be woken, and there is nothing else to come
            history.take(machine.woke(history.now))
            continue
        history.now += pause
        if history.queued_for:
            candidates, history.queued_for = history.queued_for, ()
            in_vain = late or history.now >= DEADLINE  # no queue is waited in for longer
            event = machine.unplaced(history.now) if in_vain else machine.placed(candidates[-1], history.now)
        elif late and history.due is not None and history.due >= history.now:
            history.now = history.due
            event = machine.woke(history.now)
        else:
            event = _told(machine, history, what, failure)
        history.take(event)
    return history


def _told(machine, history, what, failure):
    candidate = sorted(history.flying)[0 if failure.elsewhere else -1]
    last = next(c for _, c in reversed(history.tries) if c.candidate == candidate)
    match what:
        case "content":
            return machine.first_content(candidate)
        case "gone":
            return machine.client_gone()
        case "stale":  # never tried: nothing may come of it
            return machine.failed(99, failure, history.now)
        case "refused" if last.again or last.hedge:
            history.flying.discard(candidate)
            history.counted -= 1
            return machine.refused(candidate, history.now)
        case "full":
            history.flying.discard(candidate)
            history.counted -= 1
            return machine.full(candidate, history.now)
    history.flying.discard(candidate)
    history.reported.append((len(history.commands), candidate, failure))
    history.counted -= failure.kind is FailureKind.LOADING
    return machine.failed(candidate, failure, history.now)


HISTORIES = st.builds(play, st.lists(FACTS, max_size=5), st.integers(1, 5), STEPS, st.sampled_from([None, 0.3]))


@given(st.lists(FACTS, max_size=5), st.integers(1, 5), STEPS, st.sampled_from([None, 0.3]))
def test_no_more_calls_are_made_than_allowed(facts, attempts, steps, hedge_after_s):
    assert play(facts, attempts, steps, hedge_after_s).counted <= attempts


@given(HISTORIES)
def test_nothing_is_tried_past_the_deadline(history):
    assert all(now < DEADLINE for now, _ in history.tries)


@given(HISTORIES)
def test_it_ends_at_most_once_and_commands_nothing_afterwards(history):
    kinds = [type(c) for _, c in history.commands]
    ends = [at for at, kind in enumerate(kinds) if kind in (Deliver, GiveUp)]
    assert len(ends) <= 1
    assert not ends or ends[0] == len(kinds) - 1


@given(HISTORIES)
def test_when_it_ends_no_other_call_is_under_way(history):
    """What is delivered is the one call that was not cancelled before."""
    if history.ended:
        last = history.commands[-1][1]
        assert history.flying == ({last.candidate} if isinstance(last, Deliver) else set())


@given(HISTORIES)
def test_it_always_waits_for_something_that_can_come(history):
    """As long as it has not ended there is a call under way, a queue, or a time in the future at which it wakes."""
    if not history.ended:
        assert history.flying or history.queued_for or history.due >= history.now


@given(HISTORIES)
def test_no_more_than_two_calls_are_under_way_and_one_hedge_is_made(history):
    assert history.most_flying <= 2
    assert sum(c.hedge for _, c in history.tries) <= 1
    assert history.most_flying < 2 or any(c.hedge for _, c in history.tries)


@given(st.lists(FACTS, max_size=5), st.integers(1, 5), st.lists(FAILURES, min_size=400, max_size=400))
def test_failures_alone_always_lead_to_giving_up(facts, attempts, failures):
    history = play(facts, attempts, [("failed", failure, 0.1, False) for failure in failures])
    assert isinstance(history.commands[-1][1], GiveUp)


@given(HISTORIES)
def test_a_failure_without_remedy_is_the_last_thing_tried_and_what_the_caller_is_told(history):
    for at, _, failure in history.reported:
        if failure.remedy is Remedy.NONE:
            after = [c for _, c in history.commands[at:]]
            assert [c for c in after if not isinstance(c, Cancel)] == [GiveUp(failure)]


@given(st.lists(FACTS, max_size=5), st.integers(1, 5), STEPS)
def test_after_a_context_failure_only_larger_or_undeclared_windows_are_tried(facts, attempts, steps):
    history = play(facts, attempts, steps)
    for at, candidate, failure in history.reported:
        floor = facts[candidate].window
        if failure.remedy is Remedy.LARGER_WINDOW and floor is not None:
            later = [facts[c.candidate].window for _, c in history.commands[at:] if isinstance(c, Try)]
            assert all(window is None or window > floor for window in later)


@given(HISTORIES)
def test_what_never_helps_again_is_never_asked_again(history):
    for at, candidate, failure in history.reported:
        if failure.rule.again is Again.NEVER or failure.elsewhere:
            assert candidate not in [c.candidate for _, c in history.commands[at:] if isinstance(c, Try)]


@given(HISTORIES)
def test_a_retry_after_is_kept(history):
    for at, candidate, failure in history.reported:
        if failure.rule.again is Again.WHEN_READY and failure.retry_after_s:
            told_at = history.commands[at - 1][0] if at else 0.0
            later = [now for now, c in history.commands[at:] if isinstance(c, Try) and c.candidate == candidate]
            assert all(now >= told_at + failure.retry_after_s for now in later[:1])


@given(HISTORIES)
def test_a_second_call_of_a_candidate_says_so_unless_it_only_looks_whether_it_has_loaded(history):
    last = {}
    for at, (_, command) in enumerate(history.commands):
        last |= {candidate: failure for when, candidate, failure in history.reported if when <= at}
        if isinstance(command, Try):
            failure = last.get(command.candidate)
            assert command.again == (failure is not None and failure.kind is not FailureKind.LOADING)


@given(HISTORIES)
def test_what_is_told_is_one_of_the_failures_that_happened(history):
    given_up = [c.failure for _, c in history.commands if isinstance(c, GiveUp) and c.failure is not None]
    if given_up and history.reported:
        assert given_up[0] in [failure for _, _, failure in history.reported]


@given(st.lists(st.builds(Facts, st.none()), min_size=1, max_size=5), FAILURES)
def test_every_candidate_gets_its_turn_before_any_is_asked_twice(facts, failure):
    if failure.remedy is Remedy.ANOTHER:
        history = play(facts, 5, [("failed", failure, 0.0, False)] * len(facts))
        assert [c.candidate for _, c in history.tries][: len(facts)] == list(range(len(facts)))


@given(st.lists(FACTS, min_size=1, max_size=5), st.integers(1, 5))
def test_somebody_is_asked_whatever_is_thought_of_all(facts, attempts):
    history = play(facts, attempts, [("failed", Failure(FailureKind.SERVER, "x"), 0.0, False)] * 3)
    assert history.tries


@given(st.lists(FACTS, min_size=1, max_size=5), STEPS)
def test_who_rests_is_left_alone_until_then_unless_nobody_else_can_be_asked_in_time(facts, steps):
    history = play(facts, 5, steps)
    tried = set()
    for at, (now, command) in enumerate(history.commands):
        if isinstance(command, Try):
            ready_at = facts[command.candidate].ready_at
            nobody_answered = not [when for when, _, _ in history.reported if when <= at]
            if command.candidate not in tried:
                assert now >= ready_at or (ready_at >= DEADLINE and nobody_answered)
            tried.add(command.candidate)
