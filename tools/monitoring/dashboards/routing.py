"""Who is asked, who is asked instead, and why."""

from monitoring.dashboards.panels import Board, Panel
from monitoring.promql import gauge, rate
from monitoring.recordings import FALLBACK_SHARE
from sixnines.telemetry.metrics import (
    BREAKER_STATE,
    FALLBACKS,
    MODEL_PROVIDERS,
    REQUESTS,
    TRAFFIC_SHARE,
    TRAFFIC_TARGET,
)

_EDGE = ("model", "provider", "to_model", "to_provider")

BOARD = Board(
    "sixnines-routing",
    "sixnines: routing and fallbacks",
    "Who is asked, who is asked instead, and why.",
    (
        (
            "Fallbacks",
            (
                Panel(
                    "Edges of the fallback graph",
                    "From whom to whom, and why, for each second of the last hour.",
                    [(rate(FALLBACKS, by=(*_EDGE, "reason"), window="1h"), "")],
                    "ops",
                    "table",
                    24,
                ),
                Panel(
                    "Fallbacks by edge",
                    "From whom to whom.",
                    [(rate(FALLBACKS, by=_EDGE), "{{model}} at {{provider}} to {{to_model}} at {{to_provider}}")],
                    "ops",
                ),
                Panel(
                    "Fallbacks by reason",
                    "The kind of the failure that was left behind.",
                    [(rate(FALLBACKS, by=("reason",)), "{{reason}}")],
                    "ops",
                    "stack",
                ),
                Panel(
                    "Share of calls that end with a fallback",
                    "Of the last ten minutes, by the provider that was left.",
                    [(FALLBACK_SHARE.name, "{{provider}}")],
                    "percentunit",
                ),
                Panel("Open breakers", "0 closed, 1 half-open, 2 open.", [(gauge(BREAKER_STATE), "{{deployment}}")]),
            ),
        ),
        (
            "Who answers",
            (
                Panel(
                    "What is asked for, and who answers",
                    "Model or route, and the model and provider that answered.",
                    [(rate(REQUESTS, by=("model", "served", "provider")), "{{model}}: {{served}} at {{provider}}")],
                    "reqps",
                    "stack",
                ),
                Panel(
                    "Share against target",
                    "What each provider serves, and what it is to serve.",
                    [
                        (gauge(TRAFFIC_SHARE), "{{route}}: {{provider}}"),
                        (gauge(TRAFFIC_TARGET), "{{route}}: {{provider}}, target"),
                    ],
                    "percentunit",
                ),
            ),
        ),
        (
            "What is left",
            (
                Panel(
                    "Usable providers",
                    "For each model and route.",
                    [(gauge(MODEL_PROVIDERS, domain="", state="usable"), "{{model}}")],
                ),
                Panel(
                    "Out, by failure domain",
                    "The most providers of a model or route that are out in one domain.",
                    [(f"max by (domain) ({gauge(MODEL_PROVIDERS, domain='!=', state='out')})", "{{domain}}")],
                ),
            ),
        ),
    ),
)
