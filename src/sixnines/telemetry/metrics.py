"""The one table of metrics. Whatever names one goes by it: the registry, the reference, dashboards and alert rules.

Labels hold only names that config declares or closed sets, never what a caller sent: nobody can make series by asking.
"""

from typing import Final

from sixnines.telemetry.metric_info import MetricInfo, MetricType

# Seconds. First tokens of local engines take 50 ms to some seconds, cold loads minutes; finer where answers are fast.
_LATENCY_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)
# From a batch of a fast engine (2 ms a token) to the pace at which people give up.
_GAP_BUCKETS: Final = (0.002, 0.005, 0.01, 0.02, 0.035, 0.05, 0.1, 0.2, 0.5, 1.0)
_PAUSE_BUCKETS: Final = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
# Tokens for each second: a small machine's 1 to an accelerator's hundreds.
_PACE_BUCKETS: Final = (1.0, 2.0, 5.0, 10.0, 20.0, 35.0, 50.0, 75.0, 100.0, 200.0, 500.0)
# Where nothing waits it is a fraction of a millisecond; above that it is places and pauses before another try.
_OVERHEAD_BUCKETS: Final = (0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0)

REQUESTS: Final = MetricInfo(
    "sixnines_requests",
    MetricType.COUNTER,
    ("model", "served", "provider", "operation", "outcome"),
    "Requests for a known model or route (`model`), by the model and provider that answered; empty where nobody did.",
)
REFUSALS: Final = MetricInfo("sixnines_refusals", MetricType.COUNTER, ("code",), "Requests refused before any attempt.")
ATTEMPTS: Final = MetricInfo(
    "sixnines_attempts", MetricType.COUNTER, ("provider", "outcome"), "Calls of providers: `ok` or the failure kind."
)
FALLBACKS: Final = MetricInfo(
    "sixnines_fallbacks",
    MetricType.COUNTER,
    ("model", "provider", "to_model", "to_provider", "reason"),
    "Moves from a candidate that failed to the next one: an edge of the fallback graph.",
)
FIRST_CONTENT: Final = MetricInfo(
    "sixnines_first_content_seconds",
    MetricType.HISTOGRAM,
    ("model", "provider"),
    "From the request's arrival to the first content of a streamed answer.",
    _LATENCY_BUCKETS,
    exemplars=True,
)
TOKEN_GAP: Final = MetricInfo(
    "sixnines_token_gap_seconds",
    MetricType.HISTOGRAM,
    ("model", "provider"),
    "Mean time between two pieces of content of a stream, one observation for each stream.",
    _GAP_BUCKETS,
)
LONGEST_PAUSE: Final = MetricInfo(
    "sixnines_longest_pause_seconds",
    MetricType.HISTOGRAM,
    ("provider",),
    "The longest time between two pieces of a stream, one observation for each stream.",
    _PAUSE_BUCKETS,
)
PACE: Final = MetricInfo(
    "sixnines_tokens_per_second",
    MetricType.HISTOGRAM,
    ("provider",),
    "Tokens of a stream after its first content for each second that it took, where the provider counts them.",
    _PACE_BUCKETS,
)
DURATION: Final = MetricInfo(
    "sixnines_request_duration_seconds",
    MetricType.HISTOGRAM,
    ("model", "operation"),
    "From the request's arrival to the end of the answer.",
    _LATENCY_BUCKETS,
    exemplars=True,
)
OVERHEAD: Final = MetricInfo(
    "sixnines_overhead_seconds",
    MetricType.HISTOGRAM,
    ("operation",),
    "What a request took besides its attempts: reading, planning, waiting for a place or before another try.",
    _OVERHEAD_BUCKETS,
    exemplars=True,
)
TOKENS: Final = MetricInfo(
    "sixnines_tokens", MetricType.COUNTER, ("model", "provider", "direction"), "Tokens as the providers counted them."
)
CACHED_TOKENS: Final = MetricInfo(
    "sixnines_cached_tokens",
    MetricType.COUNTER,
    ("model", "provider"),
    "Tokens of prompts that the provider says it had in its cache; they are among `sixnines_tokens` as well.",
)
COST: Final = MetricInfo(
    "sixnines_cost_dollars",
    MetricType.COUNTER,
    ("model", "provider", "route"),
    "What the tokens cost by the prices in config; `route` is empty where a model was asked for. No series where no "
    "price is known; 0 at local providers without one.",
)
UNPRICED_TOKENS: Final = MetricInfo(
    "sixnines_unpriced_tokens",
    MetricType.COUNTER,
    ("model", "provider"),
    "Tokens for which no price is known: their cost is not in `sixnines_cost_dollars`.",
)
UNCOUNTED_ANSWERS: Final = MetricInfo(
    "sixnines_uncounted_answers",
    MetricType.COUNTER,
    ("model", "provider"),
    "Answers, broken ones too, of which the provider did not say all tokens: their cost is known in part or not at "
    "all. Not of what is free.",
)
SPEND_BUDGET: Final = MetricInfo(
    "sixnines_spend_budget_dollars",
    MetricType.GAUGE,
    ("period",),
    "The budget in config (`accounting.budget`), for each day or month. Nothing is refused when it is spent.",
    greatest=True,
)
SPEND_IN_PERIOD: Final = MetricInfo(
    "sixnines_spend_in_period_dollars",
    MetricType.GAUGE,
    ("period",),
    "What was spent in the current day or month (UTC) of the budget.",
    greatest=True,
)
SPEND_PROJECTED: Final = MetricInfo(
    "sixnines_spend_projected_dollars",
    MetricType.GAUGE,
    ("period",),
    "What will have been spent at its end, at the pace of the last 3 hours (day) or 7 days (month).",
    greatest=True,
)
IN_FLIGHT: Final = MetricInfo("sixnines_in_flight_requests", MetricType.GAUGE, (), "Requests being served now.")
TASKS: Final = MetricInfo(
    "sixnines_tasks", MetricType.GAUGE, (), "Tasks of the workers' event loops, that of this scrape included."
)
PROVIDER_IN_FLIGHT: Final = MetricInfo(
    "sixnines_provider_in_flight_requests", MetricType.GAUGE, ("provider",), "Places at the provider that are taken."
)
PROVIDER_QUEUED: Final = MetricInfo(
    "sixnines_provider_queued_requests",
    MetricType.GAUGE,
    ("provider",),
    "Requests that wait for a place at the provider; one may wait at several.",
)
PROVIDER_STATE: Final = MetricInfo(
    "sixnines_provider_state",
    MetricType.GAUGE,
    ("provider", "state"),
    "1 for the state that the provider is in, 0 for the others; 1 for several where workers disagree.",
    greatest=True,
)
PROVIDER_INFO: Final = MetricInfo(
    "sixnines_provider_info",
    MetricType.GAUGE,
    ("provider", "kind", "domain", "optional"),
    "1 for every provider of the config, with its kind and innermost failure domain.",
    greatest=True,
)
CERTIFICATE_EXPIRY: Final = MetricInfo(
    "sixnines_certificate_expiry_timestamp_seconds",
    MetricType.GAUGE,
    ("provider",),
    "When the certificate expires that the provider has last shown, in Unix time; only of those that are verified.",
    greatest=True,
)
KEY_EXPIRY: Final = MetricInfo(
    "sixnines_key_expiry_timestamp_seconds",
    MetricType.GAUGE,
    ("provider",),
    "When the provider's key expires, in Unix time; only of keys that say so themselves (JSON web tokens).",
    greatest=True,
)
BREAKER_STATE: Final = MetricInfo(
    "sixnines_breaker_state",
    MetricType.GAUGE,
    ("deployment", "provider"),
    "0 closed, 1 half-open, 2 open; the worst of the workers.",
    greatest=True,
)
BROKEN_ON_PURPOSE: Final = MetricInfo(
    "sixnines_provider_broken_on_purpose",
    MetricType.GAUGE,
    ("provider", "fault"),
    "1 for each provider that an operator has broken on purpose; no series else.",
    greatest=True,
)
MODEL_PROVIDERS: Final = MetricInfo(
    "sixnines_model_providers",
    MetricType.GAUGE,
    ("model", "domain", "state"),
    "Providers that may serve a model or route, `usable` and `out` (down or misconfigured), by the failure domains "
    "that they lie in; all of them where `domain` is empty.",
    greatest=True,
)
TRAFFIC_SHARE: Final = MetricInfo(
    "sixnines_traffic_share_ratio",
    MetricType.GAUGE,
    ("route", "provider"),
    "Share of the recent requests of a route or model with traffic targets that the provider served.",
    mean=True,
)
TRAFFIC_TARGET: Final = MetricInfo(
    "sixnines_traffic_target_ratio",
    MetricType.GAUGE,
    ("route", "provider"),
    "Share that the provider is to serve, as configured.",
)
UPSTREAM_CONNECTIONS: Final = MetricInfo(
    "sixnines_upstream_connections",
    MetricType.COUNTER,
    ("event",),
    "Connections to providers: opened, reused, replaced.",
)
TRUNCATED_PROMPTS: Final = MetricInfo(
    "sixnines_truncated_prompts",
    MetricType.COUNTER,
    ("provider",),
    "Streams whose engine had silently dropped the beginning of the prompt.",
)
UNRECORDED: Final = MetricInfo(
    "sixnines_unrecorded_decisions",
    MetricType.COUNTER,
    ("reason",),
    "Requests that are missing in `server.decision_log`: the queue was full, or the disk failed.",
)
DROPPED_TRACES: Final = MetricInfo(
    "sixnines_dropped_traces",
    MetricType.COUNTER,
    ("reason",),
    "Requests whose spans were lost: the queue was full, or the collector did not take them.",
)
DROPPED_LOG_LINES: Final = MetricInfo(
    "sixnines_dropped_log_lines",
    MetricType.COUNTER,
    ("reason",),
    "Lines of the log that were lost: nobody read them in time, or they could not be written.",
)
ADAPTIVE_DECISIONS: Final = MetricInfo(
    "sixnines_adaptive_decisions",
    MetricType.COUNTER,
    ("place", "choice"),
    "Decisions by experience: for the best choice as far as is known, one that may be as good, one known to be worse.",
)
ADAPTIVE_SHADOW: Final = MetricInfo(
    "sixnines_adaptive_shadow_decisions",
    MetricType.COUNTER,
    ("place", "verdict"),
    "Decisions in the shadow of another strategy: the same, or otherwise.",
)
ADAPTIVE_EXPECTED: Final = MetricInfo(
    "sixnines_adaptive_expected_reward",
    MetricType.GAUGE,
    ("place", "of"),
    "What was expected on average of late: of whoever led, of the choice by experience, and of the best.",
    mean=True,
)
OUTCOMES: Final = MetricInfo(
    "sixnines_outcomes",
    MetricType.COUNTER,
    ("scope", "name", "outcome"),
    "Outcomes that count for availability, `good` or `bad`: requests of the gateway, a model, a route; attempts of a "
    "provider.",
)
AVAILABILITY: Final = MetricInfo(
    "sixnines_availability_ratio",
    MetricType.GAUGE,
    ("scope", "name", "window"),
    "The part of the outcomes that were good; not there where nothing was counted.",
)
AVAILABILITY_LOWER: Final = MetricInfo(
    "sixnines_availability_lower_ratio",
    MetricType.GAUGE,
    ("scope", "name", "window"),
    "The lower end of its 95 % interval (Clopper-Pearson).",
)
AVAILABILITY_UPPER: Final = MetricInfo(
    "sixnines_availability_upper_ratio", MetricType.GAUGE, ("scope", "name", "window"), "The upper end of that."
)
AVAILABILITY_TARGET: Final = MetricInfo(
    "sixnines_availability_target_ratio",
    MetricType.GAUGE,
    ("scope", "name"),
    "The part of the outcomes that are to be good, as configured.",
    greatest=True,
)
BUDGET_BURN: Final = MetricInfo(
    "sixnines_error_budget_burn_ratio",
    MetricType.GAUGE,
    ("scope", "name", "window"),
    "How many times as fast as the target allows the error budget was used.",
)
BUDGET_LEFT: Final = MetricInfo(
    "sixnines_error_budget_left_ratio",
    MetricType.GAUGE,
    ("scope", "name"),
    "The part of the error budget of 30 days that is left; negative where the target is missed.",
)
LEDGER_WAITING: Final = MetricInfo(
    "sixnines_ledger_waiting_outcomes", MetricType.GAUGE, (), "Outcomes of requests that are not in the ledger yet."
)
LEDGER_LOST: Final = MetricInfo(
    "sixnines_ledger_lost_outcomes",
    MetricType.COUNTER,
    (),
    "Outcomes of requests that never will be: it could not be written for too long.",
)
BUGS: Final = MetricInfo("sixnines_internal_errors", MetricType.COUNTER, (), "Errors that are the gateway's own fault.")
CONFIG_REVISION: Final = MetricInfo(
    "sixnines_config_revision",
    MetricType.GAUGE,
    (),
    "The revision of the config that new requests are served by; 0 for one that could not be recorded.",
)
CONFIG_CHANGES: Final = MetricInfo(
    "sixnines_config_changes",
    MetricType.COUNTER,
    ("result",),
    "Changes of the config that were asked for, by what became of them.",
)
BUILD_INFO: Final = MetricInfo(
    "sixnines_build_info", MetricType.GAUGE, ("version", "python"), "1, with the versions in its labels.", greatest=True
)
START_TIME: Final = MetricInfo(
    "sixnines_start_time_seconds", MetricType.GAUGE, (), "When the gateway was started, in Unix time.", greatest=True
)
STATE_FREE: Final = MetricInfo(
    "sixnines_state_free_bytes",
    MetricType.GAUGE,
    ("folder",),
    "Room that is left where revisions and the ledger are kept.",
    greatest=True,
)
STATE_SIZE: Final = MetricInfo(
    "sixnines_state_size_bytes", MetricType.GAUGE, ("folder",), "The size of that file system.", greatest=True
)
WORKERS: Final = MetricInfo(
    "sixnines_workers",
    MetricType.GAUGE,
    ("state",),
    "Workers that gave their figures for this page, and those that are missing: what these had left stands for them.",
)
WORKER_CONNECTIONS: Final = MetricInfo(
    "sixnines_worker_connections", MetricType.GAUGE, ("worker",), "Connections of callers, by the worker that has them."
)
WORKER_RESTARTS: Final = MetricInfo(
    "sixnines_worker_restarts", MetricType.COUNTER, (), "Workers started in the place of one that had ended."
)
HUNG_WORKERS: Final = MetricInfo(
    "sixnines_hung_workers", MetricType.COUNTER, (), "Workers that were killed because their event loop stood still."
)

TABLE: Final = (
    REQUESTS, REFUSALS, ATTEMPTS, FALLBACKS, FIRST_CONTENT, TOKEN_GAP, LONGEST_PAUSE, PACE, DURATION, OVERHEAD, TOKENS,
    CACHED_TOKENS, COST, UNPRICED_TOKENS, UNCOUNTED_ANSWERS, SPEND_BUDGET, SPEND_IN_PERIOD, SPEND_PROJECTED,
    IN_FLIGHT, TASKS, PROVIDER_IN_FLIGHT, PROVIDER_QUEUED, PROVIDER_STATE, PROVIDER_INFO, BREAKER_STATE,
    BROKEN_ON_PURPOSE, CERTIFICATE_EXPIRY, KEY_EXPIRY,
    MODEL_PROVIDERS, TRAFFIC_SHARE, TRAFFIC_TARGET, UPSTREAM_CONNECTIONS, TRUNCATED_PROMPTS,
    ADAPTIVE_DECISIONS, ADAPTIVE_SHADOW, ADAPTIVE_EXPECTED, UNRECORDED, BUGS, CONFIG_REVISION, CONFIG_CHANGES,
    OUTCOMES, AVAILABILITY, AVAILABILITY_LOWER, AVAILABILITY_UPPER, AVAILABILITY_TARGET, BUDGET_BURN, BUDGET_LEFT,
    LEDGER_WAITING, LEDGER_LOST, DROPPED_TRACES, DROPPED_LOG_LINES,
    BUILD_INFO, START_TIME, STATE_FREE, STATE_SIZE, WORKERS, WORKER_CONNECTIONS, WORKER_RESTARTS, HUNG_WORKERS,
)  # fmt: skip
