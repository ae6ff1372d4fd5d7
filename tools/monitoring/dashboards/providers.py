"""How providers are, and what they do with what they are asked."""

from monitoring.dashboards.panels import Board, Panel
from monitoring.promql import gauge, mean, quantile, rate
from sixnines.telemetry.metrics import (
    ATTEMPTS,
    CERTIFICATE_EXPIRY,
    FIRST_CONTENT,
    KEY_EXPIRY,
    LONGEST_PAUSE,
    PACE,
    PROVIDER_IN_FLIGHT,
    PROVIDER_INFO,
    PROVIDER_QUEUED,
    PROVIDER_STATE,
    UPSTREAM_CONNECTIONS,
)

BOARD = Board(
    "sixnines-providers",
    "sixnines: providers",
    "How providers are, and what they do with what they are asked.",
    (
        (
            "State",
            (
                Panel(
                    "State now",
                    "Each provider with its kind, its failure domain and the state that it is in.",
                    [(f"{gauge(PROVIDER_STATE)} == 1", "")],
                    kind="table",
                ),
                Panel("Providers", "What the config says of them.", [(gauge(PROVIDER_INFO), "")], kind="table"),
                Panel("Down", "1 while a provider is down.", [(gauge(PROVIDER_STATE, state="down"), "{{provider}}")]),
                Panel(
                    "Misconfigured or refusing",
                    "1 while a provider does not accept its key, or rate or quota are used up.",
                    [(gauge(PROVIDER_STATE, state="=~misconfigured|rate_limited"), "{{provider}} {{state}}")],
                ),
            ),
        ),
        (
            "Calls",
            (
                Panel(
                    "Calls by provider",
                    "Calls that have ended.",
                    [(rate(ATTEMPTS, by=("provider",)), "{{provider}}")],
                    "ops",
                    "stack",
                ),
                Panel(
                    "Calls by what came of them",
                    "`ok` or the kind of the failure.",
                    [(rate(ATTEMPTS, by=("provider", "outcome")), "{{provider}} {{outcome}}")],
                    "ops",
                    "stack",
                ),
                Panel(
                    "In flight",
                    "Places at each provider that are taken.",
                    [(gauge(PROVIDER_IN_FLIGHT), "{{provider}}")],
                ),
                Panel("Waiting", "Requests that wait for a place.", [(gauge(PROVIDER_QUEUED), "{{provider}}")]),
            ),
        ),
        (
            "What expires",
            (
                Panel(
                    "Days until certificates expire",
                    "Of providers that are reached by https and whose certificate is verified, as they last showed it.",
                    [(f"({gauge(CERTIFICATE_EXPIRY)} - time()) / 86400", "{{provider}}")],
                ),
                Panel(
                    "Days until keys expire",
                    "Of keys that say so themselves (JSON web tokens).",
                    [(f"({gauge(KEY_EXPIRY)} - time()) / 86400", "{{provider}}")],
                ),
            ),
        ),
        (
            "Speed",
            (
                Panel(
                    "P95 of the time to the first content",
                    "Of streams.",
                    [(quantile(0.95, FIRST_CONTENT, by=("provider",)), "{{provider}}")],
                    "s",
                    exemplars=True,
                ),
                Panel("Tokens per second", "Mean over streams.", [(mean(PACE, by=("provider",)), "{{provider}}")]),
                Panel(
                    "P99 of the longest pause",
                    "The longest time between two pieces of a stream.",
                    [(quantile(0.99, LONGEST_PAUSE, by=("provider",)), "{{provider}}")],
                    "s",
                ),
                Panel(
                    "Connections",
                    "Opened, used again, and replaced because the provider had closed them.",
                    [(rate(UPSTREAM_CONNECTIONS, by=("event",)), "{{event}}")],
                    "ops",
                ),
            ),
        ),
    ),
)
