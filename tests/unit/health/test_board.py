"""What the board knows of deployments and providers."""

from sixnines.config.snapshot import BreakerSettings, QueueSettings
from sixnines.domain.failure import Failure, FailureKind
from sixnines.health.board import Board
from sixnines.health.state import HealthState
from support import specs

BOOM = Failure(FailureKind.SERVER, "boom")
A = specs.deployment("a")
SIBLING = specs.deployment("a", model="other")


def board(**changes):
    return Board(specs.snapshot(specs.model("m", A), **changes))


def failed(board, spec, kind, now=0.0, *, pinned=False, **more):
    board.deployment(spec).failed(Failure(kind, "x", **more), now, pinned=pinned)


def test_the_longer_of_two_rests_wins():
    b = board()
    failed(b, A, FailureKind.RATE, 0.0, retry_after_s=60.0)
    failed(b, A, FailureKind.RATE, 1.0, retry_after_s=1.0)
    assert b.objection(A, 59.0) == "resting after rate"
    assert b.objection(A, 60.0) is None


def test_a_silly_retry_after_is_capped():
    b = board()
    failed(b, A, FailureKind.RATE, retry_after_s=1e9)
    assert b.objection(A, 600.0) is None


def test_the_callers_own_faults_leave_health_alone():
    b = board()
    for _ in range(10):
        failed(b, A, FailureKind.CALLER)
    assert b.objection(A, 0.0) is None


def test_a_failure_for_want_of_time_leaves_health_alone():
    b = board()
    for _ in range(10):
        failed(b, A, FailureKind.TRANSPORT, starved=True)
    assert b.objection(A, 0.0) is None


def test_who_asks_one_provider_to_find_out_whether_it_works_opens_no_breaker():
    b = board()
    for kind in (FailureKind.TRANSPORT, FailureKind.SERVER, FailureKind.PROTOCOL, FailureKind.TRUNCATED) * 3:
        failed(b, A, kind, pinned=True)
    assert b.objection(A, 0.0) is None


def test_what_a_provider_says_of_itself_holds_whoever_has_asked():
    b = board()
    failed(b, A, FailureKind.RATE, retry_after_s=9.0, pinned=True)
    assert b.objection(A, 8.0) == "resting after rate"


def test_one_that_could_not_be_reached_is_looked_at_whoever_has_asked():
    b = board()
    looked = []
    b.suspect = lambda provider: looked.append(provider.name)
    failed(b, A, FailureKind.TRANSPORT, unreached=True, pinned=True)
    assert looked == ["a"]


def test_a_pinned_request_that_fails_frees_the_place_of_the_one_that_may_try():
    b = board()
    health = b.deployment(A)
    for _ in range(10):
        failed(b, A, FailureKind.SERVER)
    until = health.breaker.open_until
    health.breaker.began(until)
    assert not health.breaker.admits(until)
    failed(b, A, FailureKind.SERVER, until, pinned=True)
    assert health.breaker.admits(until)


def test_an_answer_ends_a_rest():
    b = board()
    failed(b, A, FailureKind.CAPACITY, retry_after_s=9.0)
    b.deployment(A).succeeded()
    assert b.objection(A, 0.1) is None


def test_a_rate_limit_is_the_deployments_and_a_used_up_balance_the_whole_providers():
    b = board()
    failed(b, A, FailureKind.RATE, retry_after_s=9.0)
    assert b.objection(SIBLING, 0.0) is None
    failed(b, A, FailureKind.QUOTA)
    assert b.objection(SIBLING, 0.0) == "resting after quota"
    assert b.objection(SIBLING, 60.0) is None


def test_only_what_will_be_ready_at_a_known_time_is_worth_waiting_for():
    b = board()
    failed(b, A, FailureKind.QUOTA)
    assert b.ready_at(A, 1.0) == 0.0
    failed(b, A, FailureKind.RATE, retry_after_s=9.0)
    assert b.ready_at(A, 1.0) == 9.0


def test_an_open_breaker_speaks_against_a_deployment_until_its_time():
    b = board()
    for _ in range(3):
        failed(b, A, FailureKind.SERVER)
    assert b.objection(A, 0.0) == "breaker open"
    assert b.objection(A, 30.0) is None
    assert b.objection(SIBLING, 0.0) is None


def test_what_a_probe_finds_speaks_against_all_deployments_until_one_answers():
    b = board()
    b.provider(A.provider).found(HealthState.DOWN, "refused")
    assert b.objection(A, 0.0) == b.objection(SIBLING, 0.0) == "down: refused"
    b.deployment(SIBLING).succeeded()
    assert b.objection(A, 0.0) is None


def test_a_provider_that_hangs_is_out_though_its_health_path_answers():
    b = board()
    b.provider(A.provider).found(HealthState.HEALTHY, "is ready")
    b.provider(A.provider).hangs(hung=True)
    assert b.objection(A, 0.0).startswith("hung")
    b.provider(A.provider).hangs(hung=False)
    assert b.objection(A, 0.0) is None


def test_the_least_bad_is_the_one_that_is_only_busy_and_the_worst_the_one_that_never_will_be_well():
    b = board()
    names = ["misconfigured", "down", "loading", "busy"]
    found = [specs.deployment(name) for name in names]
    for spec, name in zip(found, names, strict=True):
        b.provider(spec.provider).found(HealthState(name), "x")
    ordered = sorted(found, key=lambda spec: b.badness(spec, 0.0))
    assert [spec.provider.name for spec in ordered] == ["busy", "loading", "down", "misconfigured"]


def test_a_provider_that_could_not_be_reached_is_suspected():
    b, suspects = board(), []
    b.suspect = suspects.append
    failed(b, A, FailureKind.TRANSPORT)
    assert suspects == []
    failed(b, A, FailureKind.TRANSPORT, unreached=True)
    assert [each.name for each in suspects] == ["a"]


def test_how_a_deployment_stands_is_told_with_the_time_it_will_last():
    b = board()
    health = b.deployment(A)
    assert health.standing(0.0).state is HealthState.UNKNOWN
    health.succeeded()
    assert health.standing(0.0).state is HealthState.HEALTHY
    failed(b, A, FailureKind.MISSING)
    assert health.standing(0.0).state is HealthState.MISCONFIGURED
    failed(b, A, FailureKind.RATE, retry_after_s=9.0)
    assert (health.standing(1.0).state, health.standing(1.0).for_s) == (HealthState.RATE_LIMITED, 8.0)
    health.succeeded()
    failed(b, A, FailureKind.CREDENTIAL)
    assert health.standing(1.0).state is HealthState.MISCONFIGURED
    assert b.deployment(SIBLING).standing(1.0).state is HealthState.MISCONFIGURED


def test_new_settings_hold_for_what_is_known_already():
    spec = specs.deployment("a", max_in_flight=1)
    b = Board(specs.snapshot(specs.model("m", spec)))
    health = b.deployment(spec)
    assert health.provider.places.take()
    assert not health.provider.places.take()
    failed(b, spec, FailureKind.SERVER)
    changed = specs.snapshot(specs.model("m", spec), providers={"a": specs.provider("a", max_in_flight=2)},
                             breaker=BreakerSettings(2, 30.0, 5.0, 5.0))  # fmt: skip
    b.configure(changed)
    assert health.provider.places.take()
    failed(b, spec, FailureKind.SERVER, 1.0)
    assert b.objection(spec, 1.0) == "breaker open"
    assert b.objection(spec, 6.0) is None


def test_a_retry_after_is_guessed_from_who_waits_and_the_pace_so_far():
    spec = specs.deployment("a", max_in_flight=2, queue=QueueSettings(5, 0.0))
    provider = Board(specs.snapshot(specs.model("m", spec))).provider(spec.provider)
    provider.served_s = 4.0
    assert provider.retry_after_s() == 2.0


def test_a_breaker_opened_by_hand_is_an_objection_that_says_so_and_an_answer_does_not_lift_it():
    b = board()
    b.deployment(A).open_breaker(60.0)
    assert b.objection(A, 0.0) == "breaker opened by the operator"
    b.deployment(A).succeeded()
    assert b.objection(A, 59.0) == "breaker opened by the operator"
    assert b.objection(A, 60.0) is None
    standing = b.deployment(A).standing(20.0)
    assert (standing.state, standing.reason, standing.for_s) == (
        HealthState.DOWN, "breaker opened by the operator", 40.0,
    )  # fmt: skip


def test_closing_it_by_hand_forgets_rests_and_missing_models_too():
    b = board()
    failed(b, A, FailureKind.RATE, retry_after_s=60.0)
    failed(b, A, FailureKind.MISSING)
    b.deployment(A).close_breaker()
    assert b.objection(A, 0.0) is None
    assert b.deployment(A).standing(0.0).reason == "not asked yet"


def test_since_when_a_provider_stands_so_is_known_as_exactly_as_somebody_looks():
    provider = board().provider(A.provider)
    assert provider.since(1.0) is None
    provider.look(1.0)
    provider.look(5.0)
    assert provider.since(6.0) == 1.0
    provider.found(HealthState.DOWN, "refused")
    assert provider.since(7.0) is None  # it has changed, and nobody has looked
    provider.look(8.0)
    assert provider.since(9.0) == 8.0
