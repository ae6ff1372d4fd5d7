"""The page that is looked at first: is it well, who asks for what, what does it cost."""

from monitoring.dashboards.panels import Board, Panel
from monitoring.promql import gauge, quantile, rate
from monitoring.recordings import FAILED, FAILED_SHARE
from sixnines.telemetry.metrics import (
    CONFIG_REVISION,
    DURATION,
    FALLBACKS,
    FIRST_CONTENT,
    IN_FLIGHT,
    MODEL_PROVIDERS,
    PROVIDER_STATE,
    REFUSALS,
    REQUESTS,
    START_TIME,
    TOKENS,
)

BOARD = Board(
    "sixnines-overview",
    "sixnines: overview",
    "Is it well, who asks for what, and how long does it take.",
    (
        (
            "Now",
            (
                Panel(
                    "Gateways up",
                    "Gateways that answer their scrapes.",
                    [('sum(up{job="sixnines"})', "up")],
                    kind="number",
                    width=4,
                ),
                Panel(
                    "Requests", "Requests for a known model or route.", [(rate(REQUESTS), "all")], "reqps", "number", 4
                ),
                Panel(
                    "Failing",
                    "The share of failed requests of the last ten minutes, of the worst model or route.",
                    [(f"max({FAILED_SHARE.name})", "worst")],
                    "percentunit",
                    "number",
                    4,
                ),
                Panel(
                    "In flight",
                    "Requests being served now.",
                    [(f"sum({gauge(IN_FLIGHT)})", "now")],
                    kind="number",
                    width=4,
                ),
                Panel(
                    "Providers down",
                    "Providers that are down or misconfigured.",
                    [(f"sum({gauge(PROVIDER_STATE, state='=~down|misconfigured')})", "out")],
                    kind="number",
                    width=4,
                ),
                Panel(
                    "Models without anybody",
                    "Models and routes for which no usable provider is left.",
                    [(f"count({gauge(MODEL_PROVIDERS, domain='', state='usable')} == 0) or vector(0)", "names")],
                    kind="number",
                    width=4,
                ),
            ),
        ),
        (
            "Requests",
            (
                Panel(
                    "Requests by model",
                    "What is asked for.",
                    [(rate(REQUESTS, by=("model",)), "{{model}}")],
                    "reqps",
                    "stack",
                ),
                Panel(
                    "Requests by outcome",
                    "How they ended: `ok`, `client_gone`, or the kind of the last failure.",
                    [(rate(REQUESTS, by=("outcome",)), "{{outcome}}")],
                    "reqps",
                    "stack",
                ),
                Panel(
                    "Requests by who answered",
                    "Model and provider that gave the answer; empty: nobody did.",
                    [(rate(REQUESTS, by=("served", "provider")), "{{served}} at {{provider}}")],
                    "reqps",
                    "stack",
                ),
                Panel(
                    "Failing by model",
                    "The share of each model's requests that got no complete answer.",
                    [
                        (
                            rate(REQUESTS, by=("model",), outcome=FAILED) + " or 0 * " + rate(REQUESTS, by=("model",)),
                            "{{model}}",
                        )
                    ],
                    "reqps",
                ),
                Panel(
                    "Refused",
                    "Requests refused before any attempt, by the code that their callers got.",
                    [(rate(REFUSALS, by=("code",)), "{{code}}")],
                    "reqps",
                    "stack",
                ),
                Panel(
                    "Fallbacks",
                    "Moves away from a candidate that failed, by the kind of its failure.",
                    [(rate(FALLBACKS, by=("reason",)), "{{reason}}")],
                    "ops",
                    "stack",
                ),
            ),
        ),
        (
            "Speed and use",
            (
                Panel(
                    "Time to the first content",
                    "Of streams, over all models.",
                    [(quantile(part, FIRST_CONTENT), f"P{part * 100:g}") for part in (0.5, 0.95, 0.99)],
                    "s",
                    exemplars=True,
                ),
                Panel(
                    "Whole time",
                    "From a request's arrival to the end of its answer.",
                    [(quantile(part, DURATION), f"P{part * 100:g}") for part in (0.5, 0.95, 0.99)],
                    "s",
                    exemplars=True,
                ),
                Panel(
                    "Tokens",
                    "As the providers count them.",
                    [(rate(TOKENS, by=("direction",)), "{{direction}}")],
                    "short",
                    "stack",
                ),
                Panel(
                    "Config",
                    "The revision that new requests are served by.",
                    [(gauge(CONFIG_REVISION), "{{instance}}")],
                    "none",
                    width=6,
                ),
                Panel(
                    "Up for",
                    "Since the gateway was started.",
                    [(f"time() - {gauge(START_TIME)}", "{{instance}}")],
                    "s",
                    width=6,
                ),
            ),
        ),
    ),
)
