"""A month with known outages comes out as it was."""

import pytest

from sixnines.config.load import read_text
from sixnines.domain.availability import GOOD, THE_GATEWAY, Cell, Life, Scope, Series
from sixnines.ledger.interface import LifeEntry
from sixnines.ledger.sqlite import SqliteLedger
from sixnines.reliability.report import report
from sixnines.reliability.window import first_minute
from support.catalog import CATALOG

CONFIG = """version: 1
defaults: {availability: {target: 99.5}}
providers: {a: {kind: ollama, base_url: "http://127.0.0.1:1"}}
models: {m: {deployments: [{provider: a, model: x}], availability: {target: 99}}}
routes: {r: {models: [m]}}
"""
M = Series(Scope.MODEL, "m")
P = Series(Scope.PROVIDER, "a")
DAYS = 30
FIRST = 480_000 * 60
NOW = FIRST + DAYS * 1440 - 1
# (first minute, minutes, cause), none of them at an edge of the month.
OUTAGES = [
    (FIRST + 600, 10, "transport"),
    (FIRST + 5 * 1440 + 55, 10, "rate"),  # over the end of an hour
    (FIRST + 12 * 1440, 90, "server"),
    (FIRST + 29 * 1440 + 100, 7, "truncated"),  # of which the ledger still knows the minutes
    (FIRST + 29 * 1440 + 1000, 1, "capacity"),
]
GATEWAY_DOWN = (FIRST + 20 * 1440, FIRST + 20 * 1440 + 30)
PER_MINUTE = 3


def played(path):
    """The month in a ledger: three requests a minute, all of them bad in an outage, none while the gateway is away."""
    ledger = SqliteLedger(path, print)
    causes = {start + at: cause for start, length, cause in OUTAGES for at in range(length)}
    for day in range(DAYS):
        for quarter in range(4):
            minutes = range(FIRST + day * 1440 + quarter * 360, FIRST + day * 1440 + (quarter + 1) * 360)
            cells = [
                Cell(minute, series, causes.get(minute, GOOD), PER_MINUTE)
                for minute in minutes
                if not GATEWAY_DOWN[0] <= minute < GATEWAY_DOWN[1]
                for series in (THE_GATEWAY, M, P)
            ]
            ledger.write(cells, [])
    ledger.write([], [
        LifeEntry(1, Life(FIRST * 60.0, GATEWAY_DOWN[0] * 60.0, stopped=False)),
        LifeEntry(2, Life(GATEWAY_DOWN[1] * 60.0, NOW * 60.0 + 59, stopped=False)),
    ])  # fmt: skip
    return ledger


def told(ledger, window):
    snapshot = read_text(CONFIG, "x.yaml", {}, CATALOG).snapshot
    assert snapshot is not None
    first = first_minute(window, NOW)
    own = Life(GATEWAY_DOWN[1] * 60.0, NOW * 60.0 + 59, stopped=False)
    found = report(ledger.records(first, NOW), snapshot, first=first, now_s=NOW * 60 + 59.0, own=own)
    return {each.series: each for each in found.findings}, found


def test_a_month_with_known_outages_comes_out_as_it_was(tmp_path):
    ledger = played(tmp_path / "x.db")
    findings, found = told(ledger, "30d")
    ledger.close()
    bad = PER_MINUTE * sum(length for _, length, _ in OUTAGES)
    total = PER_MINUTE * (DAYS * 1440 - 30)
    for series in (THE_GATEWAY, M, P):
        finding = findings[series]
        assert (finding.share.bad, finding.share.total) == (bad, total)
        assert [(each.start, each.end, each.cause) for each in finding.spells.episodes] == [
            (start, start + length, cause) for start, length, cause in OUTAGES
        ]
        assert all(each.known_end for each in finding.spells.episodes)
        assert finding.spells.mttr_s == 60 * (10 + 10 + 90 + 7 + 1) / 5
        assert finding.spells.mtbf_s == 60 * (DAYS * 1440 - 30 - 118) / 5
    # 1 % of the model's requests might have been bad, half a per cent of the gateway's.
    assert findings[M].budget.allowed == pytest.approx(total * 0.01)
    assert findings[M].budget.left == pytest.approx(1 - bad / (total * 0.01))
    assert findings[THE_GATEWAY].budget.left == pytest.approx(1 - bad / (total * 0.005))
    assert findings[P].budget is None
    assert findings[Series(Scope.ROUTE, "r")].share.total == 0
    assert findings[Series(Scope.ROUTE, "r")].budget.target == 0.995
    (outage,) = found.uptime.outages
    assert (outage.start_s, outage.end_s) == (GATEWAY_DOWN[0] * 60, GATEWAY_DOWN[1] * 60)
    assert found.uptime.down_s == 1800


def test_shorter_windows_hold_what_lies_in_them(tmp_path):
    ledger = played(tmp_path / "x.db")
    day, _ = told(ledger, "24h")
    hour, _ = told(ledger, "1h")
    week, _ = told(ledger, "7d")
    ledger.close()
    assert day[M].share.total == 1440 * PER_MINUTE
    assert [each.cause for each in day[M].spells.episodes] == ["truncated", "capacity"]
    assert hour[M].share == hour[P].share
    assert (hour[M].share.total, hour[M].share.bad) == (60 * PER_MINUTE, 0)
    assert week[M].share.bad == PER_MINUTE * 8


def test_a_name_that_left_the_config_is_not_told_of(tmp_path):
    ledger = SqliteLedger(tmp_path / "x.db", print)
    ledger.write([Cell(NOW, Series(Scope.MODEL, "gone"), "server", 5), Cell(NOW, M, GOOD, 1)], [])
    findings, _ = told(ledger, "1h")
    ledger.close()
    assert Series(Scope.MODEL, "gone") not in findings
