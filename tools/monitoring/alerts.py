"""Of what a person is told. Each has its section in docs/guide/runbook.md.

Never an alert on what the gateway does not measure.
"""

from monitoring.promql import gauge, increase, quantile, rate
from monitoring.recordings import BURN, FAILED_SHARE, FALLBACK_SHARE, FIRST_CONTENT_P95
from monitoring.rules import Alert
from sixnines.telemetry.metrics import (
    ATTEMPTS,
    BREAKER_STATE,
    BUDGET_LEFT,
    BUGS,
    CERTIFICATE_EXPIRY,
    CONFIG_CHANGES,
    KEY_EXPIRY,
    LEDGER_LOST,
    LEDGER_WAITING,
    MODEL_PROVIDERS,
    OUTCOMES,
    OVERHEAD,
    PROVIDER_INFO,
    PROVIDER_QUEUED,
    PROVIDER_STATE,
    SPEND_BUDGET,
    SPEND_IN_PERIOD,
    SPEND_PROJECTED,
    START_TIME,
    STATE_FREE,
    STATE_SIZE,
    TRAFFIC_SHARE,
    TRAFFIC_TARGET,
    TRUNCATED_PROMPTS,
    UNPRICED_TOKENS,
    UNRECORDED,
    WORKER_RESTARTS,
    WORKERS,
)

_REQUIRED = f"* on (provider) group_left () max by (provider) ({gauge(PROVIDER_INFO, optional='false')})"
_GATEWAY = (
    Alert(
        "SixninesDown", 'up{job="sixnines"}', "== 0", "1m", "page",
        "The gateway at {{ $labels.instance }} does not answer its scrapes.",
    ),
    Alert(
        "SixninesNotScraped", 'absent(up{job="sixnines"})', "", "5m", "page",
        "Prometheus has no gateway to scrape: nothing is known of it.", quiet=True,
    ),
    Alert(
        "SixninesRestarting", f"changes({gauge(START_TIME)}[30m])", "> 2", "0m", "page",
        "The gateway at {{ $labels.instance }} was started {{ $value }} times in half an hour.",
    ),
    Alert(
        "SixninesWorkersMissing", gauge(WORKERS, state="missing"), "> 0", "2m", "ticket",
        "{{ $value }} workers of the gateway at {{ $labels.instance }} do not answer.",
    ),
    Alert(
        "SixninesWorkersRestarting", increase(WORKER_RESTARTS, window="15m"), "> 2", "0m", "ticket",
        "Workers of the gateway end and are started again.",
    ),
    Alert(
        "SixninesInternalErrors", increase(BUGS, window="10m"), "> 0", "0m", "ticket",
        "The gateway had errors that are its own fault.",
    ),
    Alert(
        "SixninesConfigChangeFailed",
        f"{increase(CONFIG_CHANGES, result='=~failed|refused|rolled_back', window='15m')}", "> 0", "0m",
        "ticket", "A change of the config was refused, failed or was taken back.",
    ),
    Alert(
        "SixninesStateDiskLow", f"{gauge(STATE_FREE)} / {gauge(STATE_SIZE)}", "< 0.1", "10m", "ticket",
        "The disk with the state of {{ $labels.instance }} has {{ $value | humanizePercentage }} left.",
    ),
    Alert(
        "SixninesStateDiskFull", f"{gauge(STATE_FREE)} / {gauge(STATE_SIZE)}", "< 0.02", "1m", "page",
        "The disk with the state of {{ $labels.instance }} has {{ $value | humanizePercentage }} left.",
    ),
    Alert(
        "SixninesDecisionsUnrecorded", f"({increase(UNRECORDED, by=('reason',), window='10m')})", "> 0", "0m", "ticket",
        "Requests are missing in the decision log: {{ $labels.reason }}.",
    ),
    Alert(
        "SixninesOverheadHigh", quantile(0.95, OVERHEAD, by=("operation",), window="10m"), "> 0.5", "15m", "ticket",
        "One request in twenty waits more than {{ $value | humanizeDuration }} in the gateway before anybody is asked.",
    ),
)  # fmt: skip
_PROVIDERS = (
    Alert(
        "SixninesProviderDown", f"{gauge(PROVIDER_STATE, state='down')} {_REQUIRED}", "== 1", "2m", "ticket",
        "The provider {{ $labels.provider }} is down.",
    ),
    Alert(
        "SixninesProviderMisconfigured", f"{gauge(PROVIDER_STATE, state='misconfigured')} {_REQUIRED}", "== 1", "1m",
        "ticket", "The provider {{ $labels.provider }} does not accept its key, or lacks what it is asked for.",
    ),
    Alert(
        "SixninesProviderRateLimited", f"{gauge(PROVIDER_STATE, state='rate_limited')} {_REQUIRED}", "== 1", "15m",
        "ticket", "The provider {{ $labels.provider }} has refused requests for a quarter of an hour: rate or quota.",
    ),
    Alert(
        "SixninesBreakerOpen", gauge(BREAKER_STATE), "== 2", "5m", "ticket",
        "The deployment {{ $labels.deployment }} has been failing for five minutes.",
    ),
    Alert(
        "SixninesProviderCrowded", f"min_over_time({gauge(PROVIDER_QUEUED)}[10m])", "> 0", "5m", "ticket",
        "Requests have waited for a place at {{ $labels.provider }} without a pause for ten minutes.",
    ),
    Alert(
        "SixninesDomainDown",
        f"count by (instance, domain) ({gauge(MODEL_PROVIDERS, domain='!=', state='usable')} == 0"
        f" and ignoring (state) {gauge(MODEL_PROVIDERS, domain='!=', state='out')} >= 2)", "> 0", "1m", "page",
        "All providers in the failure domain {{ $labels.domain }} are out, for {{ $value }} models or routes.",
        quiet=True,
    ),
    Alert(
        "SixninesNobodyLeft", gauge(MODEL_PROVIDERS, domain="", state="usable"), "== 0", "30s", "page",
        "Nobody is left who could answer for {{ $labels.model }}.",
    ),
    Alert(
        "SixninesPromptsTruncated", f"({increase(TRUNCATED_PROMPTS, by=('provider',), window='1h')})", "> 0", "0m",
        "ticket", "{{ $labels.provider }} has answered without reading the beginning of prompts.",
    ),
)  # fmt: skip
# In days: `humanizeDuration` would tell the seconds of a month, and `humanize` thousandths of a day.
_CERTIFICATE_DAYS = f"(({gauge(CERTIFICATE_EXPIRY)} - time()) / 86400)"
_EXPIRIES = (
    Alert(
        "SixninesCertificateExpires", _CERTIFICATE_DAYS, "< 14 > 2", "10m", "ticket",
        'The certificate of {{ $labels.provider }} expires in {{ printf "%.1f" $value }} days.',
    ),
    Alert(
        "SixninesCertificateExpiresNow", _CERTIFICATE_DAYS, "<= 2", "1m", "page",
        'The certificate of {{ $labels.provider }} expires in {{ printf "%.1f" $value }} days.',
    ),
    Alert(
        "SixninesKeyExpires", f"(({gauge(KEY_EXPIRY)} - time()) / 86400)", "< 14", "10m", "ticket",
        'The key for {{ $labels.provider }} expires in {{ printf "%.1f" $value }} days.',
    ),
)  # fmt: skip
_TRAFFIC = (
    Alert(
        "SixninesRequestsFailing", FAILED_SHARE.name, "> 0.05", "2m", "page",
        "{{ $value | humanizePercentage }} of the requests for {{ $labels.model }} fail.",
    ),
    Alert(
        "SixninesFallbackRateHigh",
        f"({FALLBACK_SHARE.name} and on (provider) {increase(ATTEMPTS, by=('provider',), window='10m')} > 20)", "> 0.1",
        "5m", "ticket", "{{ $value | humanizePercentage }} of the calls of {{ $labels.provider }} end with a fallback.",
    ),
    Alert(
        "SixninesFirstContentSlow", f"{FIRST_CONTENT_P95.name} / ({FIRST_CONTENT_P95.name} offset 1d > 0)", "> 1.5",
        "15m", "ticket",
        "{{ $labels.model }} from {{ $labels.provider }} begins {{ $value | humanize }} times as late as yesterday.",
        quiet=True,
    ),
    Alert(
        "SixninesShareOffTarget",
        f"abs({gauge(TRAFFIC_SHARE)} - {gauge(TRAFFIC_TARGET)})", "> 0.1", "30m", "ticket",
        "{{ $labels.provider }} is off its share of {{ $labels.route }} by {{ $value | humanizePercentage }}.",
    ),
)  # fmt: skip


# Windows and factors: Google, The Site Reliability Workbook, chapter 5, "Multiwindow, Multi-Burn-Rate Alerts". The
# short window ends the alert soon after the cause has ended.
_AVAILABILITY = (
    Alert(
        "SixninesBudgetBurnFast", f"({BURN['1h'].name} and {BURN['5m'].name} > 14.4)", "> 14.4", "2m", "page",
        "The error budget of {{ $labels.scope }} {{ $labels.name }} is used {{ $value | humanize }} times too fast.",
        quiet=True,
    ),
    Alert(
        "SixninesBudgetBurnSlow", f"({BURN['6h'].name} and {BURN['30m'].name} > 6)", "> 6", "15m", "ticket",
        "The error budget of {{ $labels.scope }} {{ $labels.name }} is used {{ $value | humanize }} times too fast.",
        quiet=True,
    ),
    Alert(
        "SixninesBudgetSpent", f"max by (scope, name) ({gauge(BUDGET_LEFT)})", "< 0", "5m", "ticket",
        "{{ $labels.scope }} {{ $labels.name }} has missed its target of the last 30 days.",
    ),
    Alert(
        "SixninesLedgerBehind",
        f"({gauge(LEDGER_WAITING)} - on (instance, job) 60 * {rate(OUTCOMES, by=('instance', 'job'), window='5m')})",
        "> 0", "5m", "ticket", "More than a minute of outcomes of {{ $labels.instance }} waits for the ledger.",
    ),
    Alert(
        "SixninesLedgerLosing", increase(LEDGER_LOST, window="15m"), "> 0", "0m", "ticket",
        "Outcomes are missing in the measured availability: the ledger could not be written for too long.",
    ),
)  # fmt: skip

# Where no budget is configured none of them has a value. Nothing is refused by a budget, so nobody is woken for one.
_SPENT = f"{gauge(SPEND_IN_PERIOD)} / {gauge(SPEND_BUDGET)}"
_MONEY = (
    Alert(
        "SixninesMoneyBudgetNearlySpent", f"({_SPENT})", ">= 0.8 < 1", "5m", "ticket",
        "{{ $value | humanizePercentage }} of the budget of this {{ $labels.period }} is spent.",
    ),
    Alert(
        "SixninesMoneyBudgetSpent", f"({_SPENT})", ">= 1", "0m", "ticket",
        "The budget of this {{ $labels.period }} is spent: {{ $value | humanizePercentage }}. Nothing is refused.",
    ),
    Alert(
        "SixninesMoneyBudgetTooSmall", f"({gauge(SPEND_PROJECTED)} / {gauge(SPEND_BUDGET)})", "> 1", "1h", "ticket",
        "At the pace of late {{ $value | humanizePercentage }} of the budget of this {{ $labels.period }} will be "
        "spent.",
    ),
    Alert(
        "SixninesTokensUnpriced",
        f"({increase(UNPRICED_TOKENS, by=('instance', 'job', 'model', 'provider'), window='1h')}"
        f" and on (instance, job) {gauge(SPEND_BUDGET)})", "> 0", "5m", "ticket",
        "{{ $labels.model }} at {{ $labels.provider }} has no price: the budget knows nothing of what it costs.",
    ),
)  # fmt: skip

GROUPS = (
    ("sixnines-gateway", _GATEWAY),
    ("sixnines-providers", _PROVIDERS),
    ("sixnines-expiries", _EXPIRIES),
    ("sixnines-traffic", _TRAFFIC),
    ("sixnines-availability", _AVAILABILITY),
    ("sixnines-money", _MONEY),
)
ALERTS = tuple(each for _, alerts in GROUPS for each in alerts)
