"""Changes of a config: what is applied, what is refused, and what is taken back."""

import asyncio
import contextlib

import msgspec
import pytest

from sixnines.control.deployment import Deployment
from sixnines.control.events import (
    Began,
    Checked,
    CheckResult,
    CheckStatus,
    Diagnosed,
    Ended,
    Ending,
    Event,
    Evidence,
    Step,
    Warned,
    Watched,
)
from sixnines.control.revision import Draft, Fate, Origin
from sixnines.errors import (
    ActivationRefused,
    ChangeUnderWay,
    ConfigError,
    CorruptRevision,
    StalePlan,
    StoreUnusable,
    UnknownRevision,
    WorkerMissing,
)
from support.changes import Desk, StandInGateway, config, files, load, loader, terms

A, B, C = config("a"), config("b"), config("c")


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path / "store")


async def applied(desk, *texts, **ports):
    """Apply each of these, which must go well."""
    for text in texts:
        desk.disk = text
        ended = await Deployment(desk.ports(**ports)).apply(files(text), terms())
        assert ended.ending is Ending.APPLIED
    return ended


@pytest.fixture
async def gateway(desk):
    """One that serves revision 1, which is A."""
    await applied(desk, A)
    desk.told.clear()
    desk.steps.clear()
    return StandInGateway(load(files(A)), 1)


def result(status=CheckStatus.PASSED, **more):
    return CheckResult(group="provider", subject="a", name="answers", status=status, message="said so", **more)


def judging(*results, seen=None):
    """A preflight or verifier that finds this."""

    async def ask(*asked):
        if seen is not None:
            seen.append(asked)
        for each in results:
            yield each

    return ask


def fates(desk):
    """What became of each revision, the oldest first."""
    return [each.outcome.fate for each in desk.store.history()][::-1]


# Without a gateway.


async def test_the_first_config_is_recorded_and_holds(desk):
    ended = await applied(desk, A)
    assert (ended.revision, ended.holds, ended.running) == (1, 1, None)
    assert desk.store.head() == 1
    assert desk.store.sources(1) == files(A)
    assert (desk.store.read(1).author, desk.store.read(1).origin) == ("alice", Origin.APPLY)
    assert desk.store.outcome(1).fate is Fate.APPLIED
    assert desk.store.journal() is None


async def test_without_a_gateway_it_is_said_that_nothing_was_verified(desk):
    await applied(desk, A)
    assert "the next start serves revision 1" in desk.of(Warned)[0].message
    assert msgspec.json.decode(desk.store.outcome(1).evidence, type=Evidence).offline


async def test_what_holds_already_is_not_recorded_again(desk):
    await applied(desk, A)
    ended = await Deployment(desk.ports()).apply(files(A), terms())
    assert (ended.ending, ended.revision, ended.holds) == (Ending.UNCHANGED, None, 1)
    assert desk.store.numbers() == [1]


async def test_what_holds_already_is_recorded_where_the_next_start_would_serve_something_else(desk):
    await applied(desk, A)
    desk.disk = "broken"
    ended = await Deployment(desk.ports()).rollback(1, terms())
    assert (ended.ending, ended.revision) == (Ending.APPLIED, 2)
    assert desk.store.read(2).file_digest == desk.on_disk()


async def test_a_config_with_errors_is_refused_and_nothing_is_told_or_recorded(desk):
    with pytest.raises(ConfigError, match=r"sixnines.yaml:1:10: error"):
        await Deployment(desk.ports()).apply(files("version: 3\n"), terms())
    assert (desk.told, desk.store.numbers(), desk.store.holder()) == ([], [], None)


async def test_a_plan_is_refused_that_was_made_from_another_revision(desk):
    await applied(desk, A, B)
    desk.told.clear()
    with pytest.raises(StalePlan, match="planned from revision 1, and revision 2 holds by now"):
        await Deployment(desk.ports()).apply(files(C), terms(base=1))
    assert (desk.told, desk.store.numbers()) == ([], [2, 1])
    assert (await Deployment(desk.ports()).apply(files(C), terms(base=2))).ending is Ending.APPLIED


async def test_a_plan_from_before_the_first_revision_is_stale_after_it(desk):
    assert (await Deployment(desk.ports()).apply(files(A), terms(base=0))).ending is Ending.APPLIED
    with pytest.raises(StalePlan, match="when no revision was recorded"):
        await Deployment(desk.ports()).apply(files(B), terms(base=0))


async def test_one_change_at_a_time(desk):
    with desk.store.locked("bob", "apply"), pytest.raises(ChangeUnderWay, match="apply by bob"):
        await Deployment(Desk(desk.store.folder).ports()).apply(files(A), terms())


async def test_what_was_left_in_the_middle_is_told(desk):
    await applied(desk, A)
    with desk.store.locked("bob", "apply"):
        desk.store.record(files(B), desk_draft())
    desk.told.clear()
    await applied(desk, C)
    assert any("revision 2 was left in the middle" in each.message for each in desk.of(Warned))
    assert fates(desk) == [Fate.APPLIED, Fate.INTERRUPTED, Fate.APPLIED]


def desk_draft():
    return Draft(author="bob", origin=Origin.APPLY)


async def test_what_need_not_be_kept_goes(desk):
    await applied(desk, *(config(f"m{number}", keep=3) for number in range(6)))
    assert desk.store.numbers() == [6, 5, 4]


async def test_a_dry_run_records_nothing(desk):
    await applied(desk, A)
    seen = []
    ports = desk.ports(preflight=judging(result(), seen=seen))
    ended = await Deployment(ports).apply(files(B), terms(dry_run=True))
    assert (ended.ending, ended.revision) == (Ending.CHECKED, None)
    ended = await Deployment(desk.ports(preflight=judging(result(CheckStatus.FAILED)))).apply(
        files(B), terms(dry_run=True)
    )
    assert (ended.ending, ended.revision) == (Ending.REFUSED, None)
    assert desk.store.numbers() == [1]
    assert len(seen) == 1


# With one.


async def test_a_running_gateway_serves_it_and_then_it_holds(desk, gateway):
    ended = await applied(desk, B, gateway=gateway)
    assert (ended.revision, ended.holds, ended.running) == (2, 2, 2)
    assert gateway.activated == [2]
    assert gateway.loaded.sources == files(B)
    assert [each.step for each in desk.of(Began)] == [Step.CHECK, Step.RECORD, Step.ACTIVATE, Step.COMMIT]


async def test_the_revision_and_the_journal_are_written_before_and_the_head_moves_after_it_is_served(desk, gateway):
    await applied(desk, B, gateway=gateway)
    points = ["revision recorded", "journal says record", "journal says activate", "activated", "head moved",
              "outcome written", "journal away"]  # fmt: skip
    last_of = [len(desk.steps) - 1 - desk.steps[::-1].index(point) for point in points]
    assert last_of == sorted(last_of)


async def test_the_checks_are_told_and_recorded(desk, gateway):
    seen = []
    await applied(
        desk, B, gateway=gateway,
        preflight=judging(result(), seen=seen), verifier=judging(result(measured={"ttfb_s": 0.2}), seen=seen),
    )  # fmt: skip
    (old, new), (verified, number) = seen
    assert (old.sources, new.sources, verified.sources, number) == (files(A), files(B), files(B), 2)
    assert [each.step for each in desk.of(Checked)] == [Step.PREFLIGHT, Step.VERIFY]
    evidence = msgspec.json.decode(desk.store.outcome(2).evidence, type=Evidence)
    assert evidence.checks == tuple(desk.of(Checked))
    assert [each.step for each in evidence.steps] == [
        Step.CHECK, Step.PREFLIGHT, Step.RECORD, Step.ACTIVATE, Step.VERIFY, Step.COMMIT,
    ]  # fmt: skip


async def test_whoever_does_not_want_to_ask_need_not(desk, gateway):
    bad = judging(result(CheckStatus.FAILED))
    ports = desk.ports(gateway=gateway, preflight=bad, verifier=bad)
    ended = await Deployment(ports).apply(files(B), terms(preflight=False, verify=False))
    assert ended.ending is Ending.APPLIED


async def test_what_preflight_speaks_against_is_refused_and_recorded_as_that(desk, gateway):
    ports = desk.ports(gateway=gateway, preflight=judging(result(), result(CheckStatus.FAILED)))
    ended = await Deployment(ports).apply(files(B), terms())
    assert (ended.ending, ended.revision, ended.holds, ended.running) == (Ending.REFUSED, 2, 1, 1)
    assert ended.reason == "preflight failed: provider a: answers: said so"
    assert (desk.store.outcome(2).fate, desk.store.outcome(2).reason) == (Fate.REFUSED, ended.reason)
    assert gateway.activated == []


async def test_force_goes_on_and_says_so(desk, gateway):
    ports = desk.ports(gateway=gateway, preflight=judging(result(CheckStatus.FAILED)))
    ended = await Deployment(ports).apply(files(B), terms(force=True))
    assert ended.ending is Ending.APPLIED
    assert "going on all the same (force): preflight failed" in desk.of(Warned)[0].message


async def test_warnings_and_what_is_skipped_stop_nothing(desk, gateway):
    some = judging(result(CheckStatus.WARNING), result(CheckStatus.SKIPPED))
    await applied(desk, B, gateway=gateway, preflight=some, verifier=some)


async def test_what_fails_its_verification_is_taken_back(desk, gateway):
    before = gateway.loaded
    bad = result(CheckStatus.FAILED)
    ports = desk.ports(gateway=gateway, verifier=judging(bad, result(), bad))
    ended = await Deployment(ports).apply(files(B), terms())
    assert (ended.ending, ended.revision, ended.holds, ended.running) == (Ending.ROLLED_BACK, 2, 1, 1)
    assert ended.reason == "verify failed: provider a: answers: said so (and 1 more)"
    assert gateway.activated == [2, 1]
    assert gateway.loaded is before  # as it was served, whatever the environment says now
    assert (desk.store.head(), desk.store.journal()) == (1, None)
    assert (desk.store.outcome(2).fate, desk.store.outcome(2).reason) == (Fate.ROLLED_BACK, ended.reason)
    assert msgspec.json.decode(desk.store.outcome(2).evidence, type=Evidence).checks == tuple(desk.of(Checked))


async def test_a_verifier_that_breaks_speaks_against_going_on(desk, gateway):
    async def broken(*_):
        yield result()
        raise ZeroDivisionError("by zero")

    ended = await Deployment(desk.ports(gateway=gateway, verifier=broken)).apply(files(B), terms())
    assert (ended.ending, ended.reason) == (Ending.ROLLED_BACK, "ZeroDivisionError: by zero")
    assert gateway.revision == 1


async def test_a_worker_that_refuses_leaves_all_as_it_was(desk, gateway):
    gateway.refusals = {2}
    ended = await Deployment(desk.ports(gateway=gateway)).apply(files(B), terms())
    assert (ended.ending, ended.revision, ended.running) == (Ending.REFUSED, 2, 1)
    assert ended.reason == "worker 2 cannot go by revision 2"
    assert desk.store.outcome(2).fate is Fate.REFUSED
    assert desk.store.journal() is None


async def test_a_gateway_that_cannot_go_back_is_told_with_what_to_do(desk, gateway):
    class Stuck(StandInGateway):
        async def activate(self, loaded, revision):
            if revision == 1:
                raise ActivationRefused("no")
            return await super().activate(loaded, revision)

    stuck = Stuck(gateway.loaded, 1)
    ended = await Deployment(desk.ports(gateway=stuck, verifier=judging(result(CheckStatus.FAILED)))).apply(
        files(B), terms()
    )
    assert (ended.ending, ended.holds, ended.running) == (Ending.ROLLED_BACK, 1, 2)
    assert "going back failed: no: restart the gateway" in ended.reason


async def test_keys_that_want_a_restart_are_told(desk, gateway):
    gateway.restart = ["server.listen"]
    ended = await applied(desk, B, gateway=gateway)
    assert ended.restart == ("server.listen",)
    assert desk.of(Warned)[0].message == "server.listen has changed; the change takes effect at the next start"


async def test_a_gateway_that_serves_something_else_is_brought_to_what_holds(desk, gateway):
    gateway.revision = 0
    ended = await Deployment(desk.ports(gateway=gateway)).apply(files(A), terms())
    assert (ended.ending, ended.revision, gateway.revision) == (Ending.APPLIED, 2, 2)


async def test_secrets_are_read_again_where_no_file_has_changed(desk):
    text = config(key="KEY")
    desk.disk = text
    ports = desk.ports(load=loader({"KEY": "one"}))
    await Deployment(ports).apply(files(text), terms())
    gateway = StandInGateway(loader({"KEY": "one"})(files(text)), 1)
    ports = desk.ports(load=loader({"KEY": "two"}), gateway=gateway)
    assert (await Deployment(ports).apply(files(text), terms())).ending is Ending.UNCHANGED
    assert b"two" in next(iter(gateway.loaded.snapshot.providers.values())).post_heads["chat"]


async def test_warnings_of_the_config_are_told(desk, gateway):
    text = B + "server: {decision_log: {path: /nowhere/at/all.jsonl}}\n"
    await applied(desk, text, gateway=gateway)
    assert "/nowhere" in desk.of(Diagnosed)[0].diagnostics[0].message


def test_events_are_lines_that_one_decoder_reads():
    events = [
        Began(step=Step.CHECK, message="m", after_s=0.5),
        Checked(step=Step.VERIFY, result=result(measured={"ttfb_s": 0.1}, served_by="a", cost_micros=3)),
        Warned(message="w"),
        Diagnosed(diagnostics=load(files("version: 3\n")).diagnostics),
        Watched(after_s=1, requests=1, failed=0, before_requests=2, before_failed=1, verdict="v"),
        Ended(ending=Ending.APPLIED, revision=1, holds=1, running=None, restart=("a",)),
    ]
    assert [msgspec.json.decode(msgspec.json.encode(each), type=Event) for each in events] == events


# The watch.


def ending(gateway, *, good, bad):
    """A preflight or verifier during whose work requests end like this."""

    async def ask(*_):
        gateway.good += good
        gateway.bad += bad
        yield result()

    return ask


def busy(desk, gateway, *, good, bad):
    """A sleep: in its first second so many requests end like this."""
    left = [(good, bad)]

    async def sleep(seconds):
        if left:
            more_good, more_bad = left.pop()
            gateway.good += more_good
            gateway.bad += more_bad
        await desk.sleep(seconds)

    return sleep


async def test_an_error_rate_that_rises_takes_it_back_as_soon_as_it_is_seen(desk, gateway):
    gateway.good = 1000
    ports = desk.ports(gateway=gateway, sleep=busy(desk, gateway, good=80, bad=20))
    before = desk.clock.now
    ended = await Deployment(ports).apply(files(B), terms(watch_s=60))
    assert (ended.ending, ended.running) == (Ending.ROLLED_BACK, 1)
    assert ended.reason == (
        "the error rate has risen: 20 of 100 requests failed (20.0%), before it 0 of 1000 requests failed (0.0%): "
        "clearly more"
    )
    assert desk.clock.now - before == pytest.approx(1)
    watched = desk.of(Watched)[-1]
    assert (watched.requests, watched.failed, watched.before_requests, watched.before_failed) == (100, 20, 1000, 0)


async def test_an_error_rate_that_is_as_bad_as_before_does_not(desk, gateway):
    gateway.good, gateway.bad = 800, 200
    ports = desk.ports(gateway=gateway, sleep=busy(desk, gateway, good=80, bad=20))
    before = desk.clock.now
    ended = await Deployment(ports).apply(files(B), terms(watch_s=25))
    assert ended.ending is Ending.APPLIED
    assert desk.clock.now - before == pytest.approx(25)
    assert [round(each.after_s) for each in desk.of(Watched)] == [10, 20, 25]


async def test_what_is_compared_with_is_what_went_on_during_the_change_itself(desk, gateway):
    gateway.good = 100_000
    preflight, sleep = ending(gateway, good=15, bad=5), busy(desk, gateway, good=75, bad=25)
    ended = await Deployment(desk.ports(gateway=gateway, preflight=preflight, sleep=sleep)).apply(
        files(B), terms(watch_s=5)
    )
    assert ended.ending is Ending.APPLIED  # the providers were as bad before the activation
    assert "before it 5 of 20" in desk.of(Watched)[-1].verdict


async def test_the_requests_of_verify_are_not_those_of_callers(desk, gateway):
    gateway.good = 1000
    ports = desk.ports(gateway=gateway, verifier=ending(gateway, good=10, bad=90))
    ended = await Deployment(ports).apply(files(B), terms(watch_s=5))
    assert ended.ending is Ending.APPLIED
    assert desk.of(Watched)[-1].requests == 0


async def test_too_few_requests_decide_nothing_and_that_is_told(desk, gateway):
    ports = desk.ports(gateway=gateway, sleep=busy(desk, gateway, good=0, bad=5))
    ended = await Deployment(ports).apply(files(B), terms(watch_s=5))
    assert ended.ending is Ending.APPLIED
    assert "too few to tell" in desk.of(Watched)[-1].verdict


async def test_a_worker_that_is_not_there_for_a_moment_is_no_reason_to_go_back(desk, gateway):
    class Gaps(StandInGateway):
        asked = 0

        async def tally(self):
            self.asked += 1
            if self.asked in missing:
                raise WorkerMissing("worker 2 does not answer")
            return await super().tally()

    missing = {4, 5}
    assert (await Deployment(desk.ports(gateway=Gaps(gateway.loaded, 1))).apply(
        files(B), terms(watch_s=5)
    )).ending is Ending.APPLIED  # fmt: skip
    missing = {*range(4, 100)}
    desk.told.clear()
    ended = await Deployment(desk.ports(gateway=Gaps(load(files(B)), 2))).apply(files(C), terms(watch_s=5))
    assert ended.ending is Ending.APPLIED
    assert "could not be watched to the end: worker 2 does not answer" in desk.of(Warned)[0].message


# Whoever wanted it goes away.


@pytest.mark.parametrize("point", ["verify", "watch"])
async def test_who_goes_away_before_the_end_takes_it_back(desk, gateway, point):
    reached = asyncio.Event()

    async def forever(*_):
        reached.set()
        await asyncio.Event().wait()
        yield result()

    async def sleep(_):
        await anext(forever())

    more = {"verifier": forever} if point == "verify" else {"sleep": sleep}
    task = asyncio.create_task(Deployment(desk.ports(gateway=gateway, **more)).apply(files(B), terms(watch_s=60)))
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert gateway.activated == [2, 1]
    assert (desk.store.head(), desk.store.journal(), desk.store.holder()) == (1, None, None)
    outcome = desk.store.outcome(2)
    assert (outcome.fate, outcome.reason) == (
        Fate.ROLLED_BACK, "whoever wanted it went away before the end: nobody was left to watch"
    )  # fmt: skip


@pytest.mark.parametrize("number", range(60))
async def test_who_goes_away_at_any_moment_leaves_the_old_or_the_new_one(desk, gateway, number):
    """After so many turns of the loop, which lie between any two of the steps."""

    async def slowly(*_):
        for _ in range(5):
            await asyncio.sleep(0)
        yield result()

    ports = desk.ports(gateway=gateway, preflight=slowly, verifier=slowly)
    task = asyncio.create_task(Deployment(ports).apply(files(B), terms(watch_s=3)))
    for _ in range(number):
        await asyncio.sleep(0.0005)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    head = desk.store.head()
    assert gateway.revision == head
    assert gateway.loaded.sources == desk.store.sources(head)
    assert desk.store.holder() is None
    assert (await Deployment(desk.ports(gateway=gateway)).apply(files(C), terms())).ending is Ending.APPLIED
    assert [each for each in desk.store.history() if each.outcome is None or each.problem] == []


# The disk fails.


async def test_what_cannot_be_recorded_is_not_served(desk, gateway):
    (desk.store.folder / "revisions" / "2.json.new").mkdir()
    (desk.store.folder / "revisions" / "2.json.new" / "x").touch()
    with pytest.raises(StoreUnusable):
        await Deployment(desk.ports(gateway=gateway)).apply(files(B), terms())
    assert (gateway.activated, desk.store.head(), desk.store.holder()) == ([], 1, None)


def blindly(**more):
    """As `sixnines rollback` wants it: at once."""
    return terms(**{"preflight": False, "verify": False, **more})


def spoil(desk, number):
    """Have a revision be one that cannot be written."""
    (desk.store.folder / "revisions" / f"{number}.json.new").mkdir()
    (desk.store.folder / "revisions" / f"{number}.json.new" / "x").touch()


async def test_a_rollback_that_cannot_be_recorded_is_served_and_says_what_holds(desk, gateway):
    await applied(desk, B, gateway=gateway)
    spoil(desk, 3)
    gateway.restart = ["server.listen"]
    ended = await Deployment(desk.ports(gateway=gateway)).rollback(None, blindly())
    assert (ended.ending, ended.revision, ended.holds, ended.running) == (Ending.SERVED, None, 2, 1)
    assert gateway.loaded.sources == files(A)
    assert "revision 2 holds still, and the next start would serve that" in ended.reason
    assert "`sixnines rollback 1` once more" in ended.reason
    said = [each.message for each in desk.of(Warned)]
    assert any("this cannot be recorded: the revisions of the config cannot be written" in each for each in said)
    assert any("server.listen has changed" in each for each in said)
    assert (desk.store.head(), desk.store.holder()) == (2, None)


async def test_it_is_recorded_once_the_disk_has_room_again(desk, gateway):
    await applied(desk, B, gateway=gateway)
    spoil(desk, 3)
    await Deployment(desk.ports(gateway=gateway)).rollback(None, blindly())
    (desk.store.folder / "revisions" / "3.json.new" / "x").unlink()
    (desk.store.folder / "revisions" / "3.json.new").rmdir()
    ended = await Deployment(desk.ports(gateway=gateway)).rollback(1, blindly())
    assert (ended.ending, ended.revision, ended.holds, ended.running) == (Ending.APPLIED, 3, 3, 3)


@pytest.mark.parametrize("wish", [{"preflight": True}, {"verify": True}, {"watch_s": 1}])
async def test_a_rollback_that_is_to_be_looked_at_first_is_not_served_without_a_record(desk, gateway, wish):
    await applied(desk, B, gateway=gateway)
    spoil(desk, 3)
    with pytest.raises(StoreUnusable, match="that asks, verifies and watches nothing is served without being recorded"):
        await Deployment(desk.ports(gateway=gateway)).rollback(None, blindly(**wish))
    assert gateway.revision == 2


async def test_without_a_gateway_a_rollback_that_cannot_be_recorded_is_none(desk):
    await applied(desk, A, B)
    spoil(desk, 3)
    with pytest.raises(StoreUnusable):
        await Deployment(desk.ports()).rollback(None, blindly())


async def test_what_never_held_is_not_served_without_a_record_either(desk, gateway):
    ended = await Deployment(desk.ports(gateway=gateway, verifier=judging(result(CheckStatus.FAILED)))).apply(
        files(B), terms(verify=True)
    )
    assert ended.ending is Ending.ROLLED_BACK
    spoil(desk, 3)
    (desk.store.folder / "lock").unlink()
    (desk.store.folder / "lock").mkdir()  # not even the lock can be had
    ended = await Deployment(desk.ports(gateway=gateway)).rollback(2, blindly())
    assert (ended.ending, gateway.revision) == (Ending.REFUSED, 1)
    ended = await Deployment(desk.ports(gateway=gateway)).rollback(2, blindly(force=True))
    assert (ended.ending, gateway.loaded.sources) == (Ending.SERVED, files(B))


async def test_a_head_that_cannot_move_takes_it_back(desk, gateway):
    async def spoil(*_):
        (desk.store.folder / "head.new").mkdir()
        yield result()

    ended = await Deployment(desk.ports(gateway=gateway, verifier=spoil)).apply(files(B), terms())
    assert (ended.ending, ended.holds, ended.running) == (Ending.ROLLED_BACK, 1, 1)
    assert "head" in ended.reason
    assert desk.store.outcome(2).fate is Fate.ROLLED_BACK


async def test_what_holds_stays_though_its_outcome_cannot_be_written(desk, gateway):
    async def spoil(*_):
        (desk.store.folder / "outcomes" / "2.json").mkdir()
        yield result()

    ended = await Deployment(desk.ports(gateway=gateway, verifier=spoil)).apply(files(B), terms())
    assert (ended.ending, ended.holds, ended.running) == (Ending.APPLIED, 2, 2)
    assert "revision 2 holds, and yet: " in desk.of(Warned)[-1].message


# Rollback.


async def test_a_rollback_serves_what_held_before_as_a_new_revision(desk, gateway):
    await applied(desk, B, gateway=gateway)
    ended = await Deployment(desk.ports(gateway=gateway)).rollback(None, terms(note="too slow"))
    assert (ended.ending, ended.revision, ended.holds, ended.running) == (Ending.APPLIED, 3, 3, 3)
    made = desk.store.read(3)
    assert (made.of, made.origin, made.parent, made.note) == (1, Origin.ROLLBACK, 2, "too slow")
    assert made.file_digest == desk.store.read(2).digest  # what is on disk, and must not come back by a restart
    assert gateway.loaded.sources == files(A)


async def test_rollbacks_go_further_back_each_time_until_there_is_nothing(desk, gateway):
    await applied(desk, B, C, gateway=gateway)
    for sources in (B, A):
        await Deployment(desk.ports(gateway=gateway)).rollback(None, terms())
        assert gateway.loaded.sources == files(sources)
    with pytest.raises(UnknownRevision, match="nothing held before revision 5"):
        await Deployment(desk.ports(gateway=gateway)).rollback(None, terms())
    await Deployment(desk.ports(gateway=gateway)).rollback(3, terms())
    assert gateway.loaded.sources == files(C)


async def test_a_rollback_passes_over_what_never_held(desk, gateway):
    await applied(desk, B, gateway=gateway)
    await Deployment(desk.ports(gateway=gateway, verifier=judging(result(CheckStatus.FAILED)))).apply(files(C), terms())
    await Deployment(desk.ports(gateway=gateway)).rollback(None, terms())
    assert gateway.loaded.sources == files(A)


async def test_a_rollback_where_nothing_holds_says_so(desk):
    with pytest.raises(UnknownRevision, match="no revision holds yet"):
        await Deployment(desk.ports()).rollback(None, terms())


async def test_a_rollback_to_what_is_not_there_says_so(desk, gateway):
    with pytest.raises(UnknownRevision, match="no revision 7 is kept"):
        await Deployment(desk.ports(gateway=gateway)).rollback(7, terms())


async def test_a_rollback_to_what_never_held_is_refused_unless_it_is_wanted(desk, gateway):
    await Deployment(desk.ports(gateway=gateway, verifier=judging(result(CheckStatus.FAILED)))).apply(files(B), terms())
    ended = await Deployment(desk.ports(gateway=gateway)).rollback(2, terms())
    assert (ended.ending, ended.revision, ended.running) == (Ending.REFUSED, None, 1)
    assert "revision 2 never held: rolled back (verify failed" in ended.reason
    ended = await Deployment(desk.ports(gateway=gateway)).rollback(2, terms(force=True))
    assert (ended.ending, gateway.loaded.sources) == (Ending.APPLIED, files(B))


async def test_a_rollback_to_what_is_corrupt_is_never_made(desk, gateway):
    await applied(desk, B, gateway=gateway)
    (desk.store.folder / "sources" / files(A)[0].digest).write_bytes(B.encode())
    with pytest.raises(CorruptRevision, match="revision 1 is not what was recorded"):
        await Deployment(desk.ports(gateway=gateway)).rollback(None, terms())
    assert (gateway.revision, desk.store.head()) == (2, 2)


async def test_a_rollback_to_what_has_errors_by_now_says_which(desk, gateway):
    text = config(key="GONE")
    await applied(desk, text, gateway=gateway, load=loader({"GONE": "x"}))
    await applied(desk, B, gateway=gateway)
    with pytest.raises(ConfigError, match=r"revision 2 cannot be applied as things are now:\n.*GONE"):
        await Deployment(desk.ports(gateway=gateway)).rollback(2, terms())


async def test_what_became_of_a_revision_that_nobody_can_tell_hinders_no_rollback_to_it(desk, gateway):
    await applied(desk, B, gateway=gateway)
    (desk.store.folder / "outcomes" / "1.json").write_bytes(b"")
    assert (await Deployment(desk.ports(gateway=gateway)).rollback(1, terms())).ending is Ending.APPLIED


async def test_where_the_head_is_corrupt_the_next_change_is_made_all_the_same(desk, gateway):
    await applied(desk, B, gateway=gateway)
    path = desk.store.folder / "revisions" / "2.json"
    path.write_bytes(path.read_bytes()[:-9])
    assert (await Deployment(desk.ports(gateway=gateway)).apply(files(B), terms())).revision == 3
    assert (await Deployment(desk.ports()).apply(files(C), terms())).revision == 4  # nothing to compare with
