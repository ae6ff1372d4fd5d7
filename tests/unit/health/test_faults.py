"""Which providers are broken on purpose: the tables of ways, and the end of each fault."""

import logging
from dataclasses import replace

import pytest

from sixnines.config.load import read_text
from sixnines.domain.injected_fault import FaultKind, InjectedFault
from sixnines.health.faults import Faults
from sixnines.registry import CATALOG
from support.clocks import ManualClock

CONFIG = """
version: 1
server: {fault_injection: true}
providers: {a: {kind: llamacpp, base_url: "http://127.0.0.1:1"}, b: {kind: llamacpp, base_url: "http://127.0.0.1:2"}}
models: {m: {deployments: [{provider: a, model: up}, {provider: b, model: up}]}}
"""
REFUSE, CUT = InjectedFault(FaultKind.REFUSE), InjectedFault(FaultKind.CUT)


class Timers:
    """What will happen, in place of the event loop's."""

    def __init__(self):
        self.due = []

    def later(self, seconds, what):
        self.due.append(timer := Timer(self, seconds, what))
        return timer

    def ring(self):
        for timer in tuple(self.due):
            timer.cancel()
            timer.what()


class Timer:
    def __init__(self, timers, seconds, what):
        self.timers, self.seconds, self.what = timers, seconds, what

    def cancel(self):
        if self in self.timers.due:
            self.timers.due.remove(self)


@pytest.fixture
def timers():
    return Timers()


@pytest.fixture
def ways():
    return {}


@pytest.fixture
def faults(timers, ways):
    return Faults(object(), ways, ManualClock(), timers.later, tells=True)


@pytest.fixture
def snapshot():
    loaded = read_text(CONFIG, "x.yaml", {}, CATALOG)
    assert loaded.snapshot is not None, loaded.report()
    return loaded.snapshot


def test_nothing_is_in_the_way_while_nothing_is_broken(faults, ways):
    assert (ways, dict(faults.probe_ways), faults.of("a"), list(faults.all())) == ({}, {}, None, [])


def test_a_provider_is_broken_for_the_time_that_was_said(faults, ways, timers):
    faults.begin("a", REFUSE, 1060)
    assert (list(ways), list(faults.probe_ways)) == (["a"], ["a"])
    assert (faults.of("a").fault, faults.of("a").until, faults.of("b")) == (REFUSE, 1060.0, None)
    assert [each.seconds for each in timers.due] == [60]
    timers.ring()
    assert (ways, faults.probe_ways, faults.of("a")) == ({}, {}, None)


@pytest.mark.parametrize("kind", [FaultKind.ERROR, FaultKind.SLOW, FaultKind.CUT])
def test_probes_do_not_meet_what_is_wrong_with_answers_alone(faults, ways, kind):
    faults.begin("a", InjectedFault(kind), 1060)
    assert (list(ways), faults.probe_ways) == (["a"], {})


@pytest.mark.parametrize("kind", [FaultKind.REFUSE, FaultKind.HANG])
def test_probes_meet_what_stops_a_whole_process(faults, kind):
    faults.begin("a", InjectedFault(kind), 1060)
    assert list(faults.probe_ways) == ["a"]


def test_another_fault_takes_the_place_of_the_first_and_has_its_own_end(faults, timers):
    faults.begin("a", REFUSE, 1060)
    faults.begin("a", CUT, 1030)
    assert (list(faults.all()), faults.probe_ways) == ([("a", CUT)], {})
    assert [each.seconds for each in timers.due] == [30], "the end of the first must not end the second"


def test_it_ends_by_hand_once(faults, timers, caplog):
    caplog.set_level(logging.INFO, "sixnines")
    faults.begin("a", REFUSE, 1060)
    faults.end("a")
    faults.end("a")
    assert (faults.of("a"), timers.due) == (None, [])
    assert [each.getMessage() for each in caplog.records] == [
        "provider a is broken on purpose: refuse, for 60 s",
        "provider a is no longer broken on purpose",
    ]


def test_the_log_is_told_by_one_worker_alone(timers, caplog):
    caplog.set_level(logging.INFO, "sixnines")
    Faults(object(), {}, ManualClock(), timers.later, tells=False).begin("a", REFUSE, 1060)
    timers.ring()
    assert caplog.records == []


def test_a_config_that_does_not_allow_it_any_more_ends_it(faults, snapshot):
    faults.begin("a", REFUSE, 1060)
    faults.configure(snapshot)
    assert faults.of("a") is not None
    faults.configure(replace(snapshot, server=replace(snapshot.server, fault_injection=False)))
    assert faults.of("a") is None


def test_a_config_without_the_provider_ends_it(faults, snapshot):
    faults.begin("gone", REFUSE, 1060)
    faults.configure(snapshot)
    assert faults.of("gone") is None
