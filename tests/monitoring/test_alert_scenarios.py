"""Each alert fires in its scenario and not in a healthy one: `promtool test rules`, on the rules that ship."""

import json
import subprocess
from dataclasses import dataclass, field

import pytest

from support.monitoring import PROMETHEUS, RULES, load_tool, program

ALERTS = {each.name: each for each in load_tool("monitoring.alerts").ALERTS}
AT = 'instance="g:4000",job="sixnines"'
GATEWAY = {"instance": "g:4000", "job": "sixnines"}
MINUTES = 120
DAY_AND_MORE = 26 * 60


def steady(value, minutes=MINUTES):
    return f"{value}+0x{minutes}"


def growing(by, minutes=MINUTES):
    """A counter that grows by so much each minute."""
    return f"0+{by}x{minutes}"


def then(before, after, minutes=60):
    """Another value in the last hour."""
    return f"{steady(before, MINUTES - minutes)} {steady(after, minutes)}"


def grown_late(after=1, minutes=10):
    """A counter that has stood still until some minutes ago."""
    return f"{steady(0, MINUTES - minutes)} {steady(after, minutes)}"


def state(provider, word):
    return f'sixnines_provider_state{{{AT},provider="{provider}",state="{word}"}}'


def left(word, domain=""):
    return f'sixnines_model_providers{{{AT},domain="{domain}",model="m",state="{word}"}}'


def first_content(bound):
    return f'sixnines_first_content_seconds_bucket{{{AT},model="m",provider="a",le="{bound}"}}'


def overhead(bound):
    return f'sixnines_overhead_seconds_bucket{{{AT},operation="chat",le="{bound}"}}'


def info(provider, optional):
    return f'sixnines_provider_info{{{AT},provider="{provider}",kind="vllm",domain="rack",optional="{optional}"}}'


def requests(outcome):
    return f'sixnines_requests_total{{{AT},model="m",served="m",provider="a",operation="chat",outcome="{outcome}"}}'


UP = f"up{{{AT}}}"
START = f"sixnines_start_time_seconds{{{AT}}}"
MISSING = f'sixnines_workers{{{AT},state="missing"}}'
RESTARTS = f"sixnines_worker_restarts_total{{{AT}}}"
BUGS = f"sixnines_internal_errors_total{{{AT}}}"
FAILED_CHANGES = f'sixnines_config_changes_total{{{AT},result="rolled_back"}}'
FREE = f'sixnines_state_free_bytes{{{AT},folder="state"}}'
UNRECORDED = f'sixnines_unrecorded_decisions_total{{{AT},reason="disk"}}'
BREAKER = f'sixnines_breaker_state{{{AT},deployment="a/up",provider="a"}}'
QUEUED = f'sixnines_provider_queued_requests{{{AT},provider="a"}}'
TRUNCATED = f'sixnines_truncated_prompts_total{{{AT},provider="a"}}'
FALLBACKS = f'sixnines_fallbacks_total{{{AT},model="m",provider="a",to_model="n",to_provider="b",reason="rate"}}'
CONTENTS = f'sixnines_first_content_seconds_count{{{AT},model="m",provider="a"}}'
SHARE = f'sixnines_traffic_share_ratio{{{AT},route="r",provider="a"}}'

LEFT = f'sixnines_error_budget_left_ratio{{{AT},scope="model",name="m"}}'
WAITING = f"sixnines_ledger_waiting_outcomes{{{AT}}}"
LOST = f"sixnines_ledger_lost_outcomes_total{{{AT}}}"
# The clock of promtool begins at 0.
CERTIFICATE = f'sixnines_certificate_expiry_timestamp_seconds{{{AT},provider="a"}}'
KEY = f'sixnines_key_expiry_timestamp_seconds{{{AT},provider="a"}}'
BUDGET = f'sixnines_spend_budget_dollars{{{AT},period="month"}}'
SPENT = f'sixnines_spend_in_period_dollars{{{AT},period="month"}}'
PROJECTED = f'sixnines_spend_projected_dollars{{{AT},period="month"}}'
UNPRICED = f'sixnines_unpriced_tokens_total{{{AT},model="m",provider="a"}}'


def outcomes(word):
    return f'sixnines_outcomes_total{{{AT},scope="model",name="m",outcome="{word}"}}'


HEALTHY = {
    # One of a thousand may fail, and two of a thousand do: that is no reason to call anybody.
    f'sixnines_availability_target_ratio{{{AT},scope="model",name="m"}}': steady(0.999),
    outcomes("good"): growing(998),
    outcomes("bad"): growing(2),
    LEFT: steady(0.25),
    WAITING: steady(900),
    LOST: steady(0),
    CERTIFICATE: steady(30 * 86_400),
    KEY: steady(30 * 86_400),
    BUDGET: steady(100),
    SPENT: steady(70),
    PROJECTED: steady(99),
    UNPRICED: steady(0),
    UP: steady(1),
    START: steady(1000),
    MISSING: steady(0),
    RESTARTS: steady(0),
    BUGS: steady(0),
    FAILED_CHANGES: steady(0),
    f'sixnines_config_changes_total{{{AT},result="applied"}}': growing(1),
    FREE: steady(50),
    f'sixnines_state_size_bytes{{{AT},folder="state"}}': steady(100),
    UNRECORDED: steady(0),
    overhead("0.001"): growing(60),
    overhead("1.0"): growing(60),
    overhead("+Inf"): growing(60),
    **{
        state("a", word): steady(int(word == "healthy"))
        for word in ("healthy", "down", "misconfigured", "rate_limited")
    },
    info("a", "false"): steady(1),
    # Its being down is no fault.
    state("spare", "down"): steady(1),
    info("spare", "true"): steady(1),
    BREAKER: steady(0),
    # Now and then somebody waits.
    QUEUED: " ".join(["0", "3"] * (MINUTES // 2)),
    left("usable"): steady(2),
    left("out"): steady(0),
    left("usable", "rack"): steady(2),
    left("out", "rack"): steady(0),
    TRUNCATED: steady(0),
    requests("ok"): growing(60),
    # Callers make mistakes and leave: that is nobody's fault here.
    requests("caller"): growing(60),
    requests("client_gone"): growing(60),
    requests("server"): growing(1),
    f'sixnines_attempts_total{{{AT},provider="a",outcome="ok"}}': growing(60),
    FALLBACKS: growing(1),
    first_content("0.5"): growing(60),
    first_content("1.0"): growing(60),
    first_content("2.5"): growing(60),
    first_content("+Inf"): growing(60),
    CONTENTS: growing(60),
    SHARE: steady(0.5),
    f'sixnines_traffic_target_ratio{{{AT},route="r",provider="a"}}': steady(0.5),
}


@dataclass(frozen=True)
class Scenario:
    """What is otherwise than in a healthy gateway (None: not there), and whom the alert is about."""

    changed: dict[str, str | None]
    summary: str
    labels: dict[str, str] = field(default_factory=dict)
    minutes: int = MINUTES


SLOW = f"{growing(60, MINUTES - 60)} {steady(60 * (MINUTES - 60), 60)}"
A_DAY = {
    name: growing(60, DAY_AND_MORE)
    for name in (CONTENTS, first_content("0.5"), first_content("1.0"), first_content("2.5"), first_content("+Inf"))
}
SLOW_AT_LAST = f"{growing(60, DAY_AND_MORE - 60)} {steady(60 * (DAY_AND_MORE - 60), 60)}"
SCENARIOS = {
    "SixninesDown": Scenario({UP: then(1, 0)}, "The gateway at g:4000 does not answer its scrapes.", GATEWAY),
    "SixninesNotScraped": Scenario(
        dict.fromkeys(HEALTHY), "Prometheus has no gateway to scrape: nothing is known of it.", {"job": "sixnines"}
    ),
    "SixninesRestarting": Scenario(
        {START: f"{steady(1000, MINUTES - 20)} {steady(2000, 4)} {steady(3000, 4)} {steady(4000, 10)}"},
        "The gateway at g:4000 was started 3 times in half an hour.", GATEWAY,
    ),
    "SixninesWorkersMissing": Scenario(
        {MISSING: then(0, 2)}, "2 workers of the gateway at g:4000 do not answer.", {**GATEWAY, "state": "missing"}
    ),
    "SixninesWorkersRestarting": Scenario(
        {RESTARTS: grown_late(4)}, "Workers of the gateway end and are started again."
    ),
    "SixninesInternalErrors": Scenario({BUGS: grown_late(1, 5)}, "The gateway had errors that are its own fault."),
    "SixninesConfigChangeFailed": Scenario(
        {FAILED_CHANGES: grown_late()}, "A change of the config was refused, failed or was taken back."
    ),
    "SixninesStateDiskLow": Scenario(
        {FREE: then(50, 8)}, "The disk with the state of g:4000 has 8% left.", {**GATEWAY, "folder": "state"}
    ),
    "SixninesStateDiskFull": Scenario(
        {FREE: then(50, 1)}, "The disk with the state of g:4000 has 1% left.", {**GATEWAY, "folder": "state"}
    ),
    "SixninesDecisionsUnrecorded": Scenario(
        {UNRECORDED: grown_late(5, 5)}, "Requests are missing in the decision log: disk.", {"reason": "disk"}
    ),
    "SixninesOverheadHigh": Scenario(
        {overhead("0.001"): SLOW, overhead("1.0"): SLOW},
        "One request in twenty waits more than 1s in the gateway before anybody is asked.", {"operation": "chat"},
    ),
    "SixninesProviderDown": Scenario(
        {state("a", "down"): then(0, 1)}, "The provider a is down.", {**GATEWAY, "provider": "a", "state": "down"}
    ),
    "SixninesProviderMisconfigured": Scenario(
        {state("a", "misconfigured"): then(0, 1)},
        "The provider a does not accept its key, or lacks what it is asked for.",
        {**GATEWAY, "provider": "a", "state": "misconfigured"},
    ),
    "SixninesProviderRateLimited": Scenario(
        {state("a", "rate_limited"): then(0, 1)},
        "The provider a has refused requests for a quarter of an hour: rate or quota.",
        {**GATEWAY, "provider": "a", "state": "rate_limited"},
    ),
    "SixninesBreakerOpen": Scenario(
        {BREAKER: then(0, 2)}, "The deployment a/up has been failing for five minutes.",
        {**GATEWAY, "deployment": "a/up", "provider": "a"},
    ),
    "SixninesProviderCrowded": Scenario(
        {QUEUED: then(0, 4)}, "Requests have waited for a place at a without a pause for ten minutes.",
        {**GATEWAY, "provider": "a"},
    ),
    "SixninesDomainDown": Scenario(
        {left("usable", "rack"): then(2, 0), left("out", "rack"): then(0, 2)},
        "All providers in the failure domain rack are out, for 1 models or routes.",
        {"instance": "g:4000", "domain": "rack"},
    ),
    "SixninesNobodyLeft": Scenario(
        {left("usable"): then(2, 0), left("out"): then(0, 2)}, "Nobody is left who could answer for m.",
        {**GATEWAY, "model": "m", "state": "usable"},
    ),
    "SixninesPromptsTruncated": Scenario(
        {TRUNCATED: grown_late()}, "a has answered without reading the beginning of prompts.", {"provider": "a"}
    ),
    "SixninesRequestsFailing": Scenario(
        {requests("ok"): growing(60), requests("server"): growing(15)}, "20% of the requests for m fail.", {"model": "m"}
    ),
    "SixninesFallbackRateHigh": Scenario(
        {FALLBACKS: growing(30)}, "50% of the calls of a end with a fallback.", {"provider": "a"}
    ),
    "SixninesFirstContentSlow": Scenario(
        {**A_DAY, first_content("0.5"): SLOW_AT_LAST, first_content("1.0"): SLOW_AT_LAST}, "m from a begins 5.105 times as late as yesterday.",
        {"model": "m", "provider": "a"}, DAY_AND_MORE,
    ),
    "SixninesShareOffTarget": Scenario(
        {SHARE: then(0.5, 0.75)}, "a is off its share of r by 25%.", {**GATEWAY, "route": "r", "provider": "a"}
    ),
    "SixninesBudgetBurnFast": Scenario(
        {outcomes("good"): growing(980), outcomes("bad"): growing(20)},
        "The error budget of model m is used 20 times too fast.", {"scope": "model", "name": "m"},
    ),
    "SixninesBudgetBurnSlow": Scenario(
        {outcomes("good"): growing(990), outcomes("bad"): growing(10)},
        "The error budget of model m is used 10 times too fast.", {"scope": "model", "name": "m"},
    ),
    "SixninesBudgetSpent": Scenario(
        {LEFT: then(0.1, -0.5)}, "model m has missed its target of the last 30 days.", {"scope": "model", "name": "m"}
    ),
    "SixninesLedgerBehind": Scenario(
        {WAITING: then(900, 60_000)}, "More than a minute of outcomes of g:4000 waits for the ledger.", GATEWAY
    ),
    "SixninesLedgerLosing": Scenario(
        {LOST: grown_late(30)},
        "Outcomes are missing in the measured availability: the ledger could not be written for too long.",
    ),
    "SixninesCertificateExpires": Scenario(
        {CERTIFICATE: steady(9 * 86_400 + 119 * 60)}, "The certificate of a expires in 9.0 days.", {**GATEWAY, "provider": "a"}
    ),
    "SixninesCertificateExpiresNow": Scenario(
        {CERTIFICATE: steady(86_400 + 119 * 60)}, "The certificate of a expires in 1.0 days.", {**GATEWAY, "provider": "a"}
    ),
    "SixninesKeyExpires": Scenario(
        {KEY: steady(3 * 86_400 + 119 * 60)}, "The key for a expires in 3.0 days.", {**GATEWAY, "provider": "a"}
    ),
    "SixninesMoneyBudgetNearlySpent": Scenario(
        {SPENT: then(70, 85)}, "85% of the budget of this month is spent.", {**GATEWAY, "period": "month"}
    ),
    "SixninesMoneyBudgetSpent": Scenario(
        {SPENT: then(70, 120)}, "The budget of this month is spent: 120%. Nothing is refused.", {**GATEWAY, "period": "month"}
    ),
    "SixninesMoneyBudgetTooSmall": Scenario(
        {PROJECTED: then(90, 150, 90)}, "At the pace of late 150% of the budget of this month will be spent.",
        {**GATEWAY, "period": "month"},
    ),
    "SixninesTokensUnpriced": Scenario(
        {UNPRICED: growing(600)}, "m at a has no price: the budget knows nothing of what it costs.",
        {**GATEWAY, "model": "m", "provider": "a"},
    ),
}  # fmt: skip


def verdict(folder, changed, expected, minutes=MINUTES):
    """Play series to the rules; what promtool says that is otherwise than expected (alert: labels and summary)."""
    series = {key: value for key, value in {**HEALTHY, **changed}.items() if value is not None}
    fired = [
        {
            "eval_time": f"{minutes - 1}m",
            "alertname": name,
            "exp_alerts": [
                {
                    "exp_labels": {"severity": ALERTS[name].severity, **labels},
                    "exp_annotations": {"summary": summary, "runbook": ALERTS[name].section()},
                }
                for labels, summary in found
            ],
        }
        for name, found in expected.items()
    ]
    test = {
        "rule_files": [str(RULES)],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [{"series": key, "values": value} for key, value in series.items()],
                "alert_rule_test": fired,
            }
        ],
    }
    file = folder / "scenario.yml"
    file.write_text(json.dumps(test))  # which is YAML
    done = subprocess.run(
        [program("promtool"), "test", "rules", str(file)], capture_output=True, text=True, check=False
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_what_is_as_quick_as_yesterday_is_not_slow(tmp_path):
    assert verdict(tmp_path, A_DAY, {"SixninesFirstContentSlow": []}, DAY_AND_MORE) == ""


def test_a_certificate_that_has_expired_is_told_of_until_there_is_another(tmp_path):
    found = [({**GATEWAY, "provider": "a"}, "The certificate of a expires in -0.0 days.")]
    changed = {CERTIFICATE: steady(119 * 60 - 3600)}
    expected = {"SixninesCertificateExpiresNow": found, "SixninesCertificateExpires": []}
    assert verdict(tmp_path, changed, expected) == ""


def test_a_budget_that_is_spent_is_told_of_once(tmp_path):
    assert verdict(tmp_path, {SPENT: then(70, 120)}, {"SixninesMoneyBudgetNearlySpent": []}) == ""


def test_without_a_budget_nobody_is_told_of_tokens_without_a_price(tmp_path):
    assert verdict(tmp_path, {UNPRICED: growing(600), BUDGET: None}, {"SixninesTokensUnpriced": []}) == ""


def test_every_alert_has_its_scenario():
    assert SCENARIOS.keys() == ALERTS.keys()


def test_nothing_fires_in_a_healthy_gateway(tmp_path):
    assert verdict(tmp_path, {}, {name: [] for name in ALERTS}) == ""


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_fires_in_its_scenario(tmp_path, name):
    scenario = SCENARIOS[name]
    expected = {name: [(scenario.labels, scenario.summary)]}
    assert verdict(tmp_path, scenario.changed, expected, scenario.minutes) == ""


def test_a_wrong_expectation_is_noticed(tmp_path):
    assert "SixninesDown" in verdict(tmp_path, {}, {"SixninesDown": [(GATEWAY, "It is down.")]})


@pytest.mark.parametrize(
    "words", [("check", "rules", RULES), ("check", "config", PROMETHEUS / "prometheus.yml")], ids=str
)
def test_promtool_has_nothing_to_say_against_what_ships(words):
    done = subprocess.run([program("promtool"), *map(str, words)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "SUCCESS" in done.stdout
