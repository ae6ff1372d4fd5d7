"""Recorded decisions against another config: what is told to change, and what is no change."""

from collections import Counter
from dataclasses import replace

import msgspec
import pytest

from sixnines.config.snapshot import Rules
from sixnines.domain.attempt import Passed, Skipped
from sixnines.domain.capability import Capability
from sixnines.domain.operation import Operation
from sixnines.domain.price import Price
from sixnines.domain.tier import Quality, Tier
from sixnines.engine.recorded import VERSION, Recorded, Tried, Wished, read_line
from sixnines.engine.replay import Replay
from sixnines.registry import STRATEGIES
from support import specs

A = specs.deployment("a", window=1000, price=Price(10**6, 2 * 10**6))
B = specs.deployment("b", window=500, price=Price(0, 0))
CHEAP = specs.deployment("c", window=None, price=None)


def recorded(*order, asked="m", at=0.0, **more):
    values = {
        "v": VERSION, "at": at, "id": "0", "asked": asked, "name": asked, "operation": Operation.CHAT,
        "stream": False, "tokens_floor": 1, "prompt_tokens": 10, "answer_tokens": 20, "outcome": "ok",
        "order": list(order), "window": 1000, "price": Price(10**6, 2 * 10**6),
    }  # fmt: skip
    return Recorded(**(values | more))


def skipped(deployment, reason, passed):
    return Skipped(f"{deployment}/m", reason, passed)


def replayed(snapshot, *records):
    replay = Replay(snapshot, {each.info.name: each for each in STRATEGIES}, lambda: 0.0)
    for each in records:
        replay.add(each)
    return replay.changes()


def only(snapshot, *records):
    (found,) = replayed(snapshot, *records)
    return found


def moves(changes):
    return {(each.before, each.after): each.requests for each in changes.moves}


def test_a_config_that_decides_alike_changes_nothing():
    found = only(specs.snapshot(specs.model("m", A, B)), *[recorded("a/m", "b/m")] * 3)
    assert (found.asked, found.requests, found.elsewhere, found.nobody, found.moves) == ("m", 3, 0, 0, [])
    assert found.cost_before_micros == found.cost_after_micros == 3 * (10 + 40)


def test_who_would_lead_instead_is_told_with_windows_and_costs():
    found = only(specs.snapshot(specs.model("m", B, A)), *[recorded("a/m", "b/m")] * 3)
    (move,) = found.moves
    assert (move.before, move.after, move.requests) == ("a/m", "b/m", 3)
    assert (move.window_before, move.window_after, found.smaller_window) == (1000, 500, 3)
    assert (move.cost_before_micros, move.cost_after_micros) == (150, 0)
    assert (found.cost_before_micros, found.cost_after_micros) == (150, 0)


def test_costs_go_by_the_tokens_that_were_used_where_they_are_known():
    snapshot = specs.snapshot(specs.model("m", A))
    assert only(snapshot, recorded("a/m", prompt_used=100, answer_used=0)).cost_before_micros == 100


def test_another_price_is_a_change_of_cost_and_of_nothing_else():
    dearer = replace(A, price=Price(2 * 10**6, 4 * 10**6))
    found = only(specs.snapshot(specs.model("m", dearer)), recorded("a/m"))
    assert (found.elsewhere, found.cost_before_micros, found.cost_after_micros) == (0, 50, 100)


def test_what_costs_nobody_knows_what_is_not_added_up():
    found = only(specs.snapshot(specs.model("m", CHEAP)), recorded("a/m"), recorded("a/m"))
    assert (found.cost_before_micros, found.cost_after_micros) == (100, None)
    assert found.smaller_window == 0


def test_names_are_told_apart_and_sorted():
    snapshot = specs.snapshot(specs.model("m", A), specs.model("n", B))
    found = replayed(snapshot, recorded("b/m", asked="n"), recorded("a/m"), recorded("a/m", asked="n"))
    assert [(each.asked, each.requests, moves(each)) for each in found] == [
        ("m", 1, {}), ("n", 2, {("a/m", "b/m"): 1}),
    ]  # fmt: skip


def test_a_name_that_means_nothing_any_more_has_nobody():
    found = only(specs.snapshot(specs.model("m", A)), recorded("a/m", asked="gone"))
    assert (found.nobody, found.elsewhere, moves(found)) == (1, 1, {("a/m", None): 1})
    assert found.refusals == {"No model, route, alias or pattern answers to the name.": 1}
    assert found.cost_after_micros == 0


def test_who_had_nobody_may_have_somebody():
    found = only(specs.snapshot(specs.model("m", A)), recorded(window=None, price=None))
    assert (found.nobody, moves(found)) == (0, {(None, "a/m"): 1})
    assert (found.cost_before_micros, found.cost_after_micros) == (0, 50)


def test_rules_of_the_new_config_hold_and_the_refusal_is_told():
    local = specs.model("m", A, rules=Rules(local_only=True))
    found = only(specs.snapshot(local), recorded("a/m"))
    assert (found.nobody, found.refusals) == (
        1, {"No local provider can answer now, and this request may not leave the host.": 1},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("model", "record"),
    [
        (specs.model("m", A, B), {"wishes": Wished(deny=("a",))}),
        (specs.model("m", A, B), {"wishes": Wished(provider="b")}),
        (specs.model("m", A, specs.deployment("b", local=True)), {"wishes": Wished(local_only=True)}),
        (specs.model("m", specs.deployment("a", window=5), B), {"tokens_floor": 100}),
        (
            specs.model("m", specs.deployment("a", capabilities=frozenset()), B),
            {"needs": (Capability.VISION,)},
        ),
        (specs.model("m", A, B, strategy="context"), {"prompt_tokens": 5}),
        (specs.model("m", A, B, strategy="least_cost"), {}),
    ],
)
def test_what_was_asked_is_asked_again(model, record):
    assert moves(only(specs.snapshot(model), recorded("a/m", "b/m", **record))) == {("a/m", "b/m"): 1}


def test_the_quality_that_was_asked_for_is_asked_for_again():
    good = specs.model("good", A, tier=Tier.PREMIUM)
    plain = specs.model("plain", B, tier=Tier.ENTRY)
    snapshot = specs.snapshot(good, plain, routes=(specs.route("m", "good", "plain", strategy="quality"),))
    draft = recorded("a/m", wishes=Wished(quality=Quality.DRAFT))
    assert moves(only(snapshot, recorded("a/m"), draft)) == {("a/m", "b/m"): 1}


def test_what_was_out_then_is_out_now():
    out = (skipped("a", "down: refused", Passed.RESTING),)
    snapshot = specs.snapshot(specs.model("m", A, B))
    assert only(snapshot, recorded("b/m", "a/m", skipped=out)).elsewhere == 0
    assert only(specs.snapshot(specs.model("m", A)), recorded("b/m", "a/m", skipped=out)).nobody == 0


def test_those_that_were_all_out_keep_the_order_that_they_had():
    out = (skipped("a", "breaker open", Passed.RESTING), skipped("b", "resting after rate", Passed.RESTING))
    assert only(specs.snapshot(specs.model("m", A, B)), recorded("b/m", "a/m", skipped=out)).elsewhere == 0


def test_what_was_saturated_then_is_saturated_where_the_new_config_knows_of_that():
    busy = (skipped("a", "saturated: 4 of 4 in flight", Passed.BUSY),)
    record = recorded("b/m", "a/m", skipped=busy)
    aware = specs.deployment("a", max_in_flight=4, saturation=0.5)
    assert only(specs.snapshot(specs.model("m", aware, B)), record).elsewhere == 0
    assert moves(only(specs.snapshot(specs.model("m", A, B)), record)) == {("b/m", "a/m"): 1}


def test_who_could_wait_then_can_wait_now():
    """A batch request stays on the host though the provider there was saturated."""
    here = specs.deployment("a", local=True, max_in_flight=4, saturation=0.5)
    snapshot = specs.snapshot(specs.model("m", here, B))
    busy = (skipped("a", "saturated: 4 of 4 in flight", Passed.BUSY),)
    batch = recorded("a/m", "b/m", skipped=busy, wishes=Wished(priority="batch"))
    assert only(snapshot, batch).elsewhere == 0
    assert only(snapshot, recorded("b/m", "a/m", skipped=busy)).elsewhere == 0


def test_what_was_left_out_then_is_looked_at_anew():
    out = (skipped("a", "context window 5 < 100 at least", Passed.OUT),)
    assert moves(only(specs.snapshot(specs.model("m", A, B)), recorded("b/m", skipped=out))) == {("b/m", "a/m"): 1}


def test_another_deployment_of_a_provider_that_was_out_was_out_too():
    new = specs.deployment("a", model="new")
    out = (skipped("a", "down: refused", Passed.RESTING),)
    snapshot = specs.snapshot(specs.model("m", new, B))
    assert only(snapshot, recorded("b/m", "a/m", skipped=out)).elsewhere == 0
    assert moves(only(snapshot, recorded("b/m", "a/m"))) == {("b/m", "a/new"): 1}


def test_a_provider_of_which_only_a_part_was_out_was_not_out():
    new = specs.deployment("a", model="new")
    out = (skipped("a", "breaker open", Passed.RESTING),)
    snapshot = specs.snapshot(specs.model("m", new, B))
    assert moves(only(snapshot, recorded("b/m", "a/other", "a/m", skipped=out))) == {("b/m", "a/new"): 1}


def test_who_was_out_is_not_set_off_against_who_was_not():
    both = specs.model("m", A, B, strategy="least_busy")
    out = (skipped("a", "down: refused", Passed.RESTING),)
    records = [recorded("c/m", "a/m", skipped=out), recorded("b/m")] * 2
    assert moves(only(specs.snapshot(both), *records)) == {("c/m", "b/m"): 2, ("b/m", "a/m"): 1}


def test_one_deployment_may_have_a_price_in_one_model_and_another_in_another():
    cheap, dear = replace(A, price=Price(10**6, 0)), replace(A, price=Price(10**8, 0))
    models = specs.model("dear", dear), specs.model("cheap", cheap)
    snapshot = specs.snapshot(*models, routes=(specs.route("m", "dear", "cheap", strategy="round_robin"),))
    records = [
        recorded("a/m", price=cheap.price, prompt_used=7, answer_used=0),
        recorded("a/m", price=dear.price, prompt_used=1, answer_used=0),
    ]
    found = only(snapshot, *records)
    assert found.cost_before_micros == found.cost_after_micros == 107


def test_how_quick_each_was_is_learnt_from_the_answers_before():
    model = specs.model("m", A, B, strategy="least_latency")
    slow = [recorded("a/m", at=float(at), answered="a/m", tried=[Tried("a/m", "ok", 900.0)]) for at in range(3)]
    quick = recorded("a/m", at=3.0, answered="b/m", tried=[Tried("a/m", "rate", 1.0), Tried("b/m", "ok", 5.0)])
    # As long as nothing is known of `b`, it is taken to be as quick as `a`, which stands first.
    found = only(specs.snapshot(model), *slow, quick, recorded("a/m", at=4.0))
    assert moves(found) == {("a/m", "b/m"): 1}


def test_conversations_stay_together_under_another_strategy():
    model = specs.model("m", A, B, strategy="sticky")
    talks = [recorded("a/m", conversation=f"talk-{number % 5}") for number in range(50)]
    replay = Replay(specs.snapshot(model), {each.info.name: each for each in STRATEGIES}, lambda: 0.0)
    for each in talks:
        replay.add(each)
    (found,) = replay.changes()
    assert found.elsewhere % 10 == 0
    assert 0 < found.elsewhere < 50


def test_whose_turn_it_is_is_no_change():
    both = specs.model("m", specs.deployment("a", weight=7), specs.deployment("b", weight=3), strategy="weighted")
    records = [recorded("b/m" if number < 30 else "a/m") for number in range(100)]
    assert only(specs.snapshot(both), *records).elsewhere == 0


def test_other_weights_move_as_many_as_they_must():
    both = specs.model("m", specs.deployment("a", weight=1), specs.deployment("b", weight=1), strategy="weighted")
    records = [recorded("b/m" if number % 10 < 3 else "a/m") for number in range(100)]
    assert moves(only(specs.snapshot(both), *records)) == {("a/m", "b/m"): 20}


def test_requests_that_are_treated_differently_are_not_set_off_against_each_other():
    """Long ones to `a`, short ones to `b`, and now the other way round: all of them move."""
    small, large = specs.deployment("b", window=500), specs.deployment("a", window=5000)
    snapshot = specs.snapshot(specs.model("m", large, small, strategy="context"))
    records = [recorded("b/m", prompt_tokens=2000), recorded("a/m", prompt_tokens=10)] * 5
    assert moves(only(snapshot, *records)) == {("a/m", "b/m"): 5, ("b/m", "a/m"): 5}


def test_the_most_moved_come_first():
    snapshot = specs.snapshot(specs.model("m", CHEAP))
    found = only(snapshot, recorded("a/m"), *[recorded("b/m")] * 3)
    assert [each.before for each in found.moves] == ["b/m", "a/m"]


def test_a_record_is_the_same_after_it_was_written_and_read():
    record = recorded(
        "a/m", skipped=(skipped("b", "breaker open", Passed.RESTING),), wishes=Wished(quality=Quality.HIGH, deny=("x",)),
        tried=[Tried("a/m", "ok", 1.5)], needs=(Capability.TOOLS,), conversation="f00",
    )  # fmt: skip
    assert read_line(msgspec.json.encode(record)) == record


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"", "not a recorded decision: "),
        (b"{}", "missing required field `v`"),
        (b'{"v": "1"}', "not a recorded decision: Expected `int`"),
        (b'{"v": 1}', "missing required field `at`"),
        (b'{"v": 2, "at": 1}', "written in version 2 of the format, and this sixnines reads version 1"),
        (b"\xff", "not a recorded decision: "),
        (b"[" * 100_000, "not a recorded decision: "),
    ],
)
def test_a_line_that_cannot_be_read_says_why_and_is_not_repeated(line, said):
    with pytest.raises(ValueError) as problem:
        read_line(line)
    assert said in str(problem.value)
    assert len(str(problem.value)) < 200


def test_a_reader_passes_over_what_a_later_writer_has_added():
    written = msgspec.to_builtins(recorded("a/m")) | {"new": {"field": 1}}
    assert read_line(msgspec.json.encode(written)) == recorded("a/m")


def test_every_request_is_somewhere():
    snapshot = specs.snapshot(specs.model("m", A, B, strategy="round_robin"))
    found = only(snapshot, *[recorded(leader) for leader in ("a/m", "b/m", "c/m", "c/m", "c/m")])
    assert found.requests == 5
    assert Counter(moves(found)) == {("c/m", "a/m"): 2, ("c/m", "b/m"): 1}
