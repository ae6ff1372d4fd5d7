"""What tokens are used, and what they cost by the prices that the config declares."""

from monitoring.dashboards.panels import Board, Panel
from monitoring.promql import gauge, increase, rate
from monitoring.recordings import COST_PACE
from sixnines.telemetry.metrics import (
    CACHED_TOKENS,
    COST,
    REQUESTS,
    SPEND_BUDGET,
    SPEND_IN_PERIOD,
    SPEND_PROJECTED,
    TOKENS,
    UNCOUNTED_ANSWERS,
    UNPRICED_TOKENS,
)

# By the model that answered, under the label that the cost has.
_ANSWERED = f'label_replace({rate(REQUESTS, by=("served",), outcome="ok")}, "model", "$1", "served", "(.*)")'
_CACHED = f"{rate(CACHED_TOKENS, by=('provider',))} / {rate(TOKENS, by=('provider',), direction='prompt')}"

BOARD = Board(
    "sixnines-cost",
    "sixnines: cost",
    "What tokens are used, and what they cost by the prices in the config; what is not known of that stands beside.",
    (
        (
            "Dollars",
            (
                Panel(
                    "In the last hour",
                    "By the prices in the config.",
                    [(increase(COST, window="1h"), "all")],
                    "currencyUSD",
                    "number",
                    8,
                ),
                Panel(
                    "In the last 24 hours",
                    "The same.",
                    [(increase(COST, window="24h"), "all")],
                    "currencyUSD",
                    "number",
                    8,
                ),
                Panel(
                    "In 30 days at this pace",
                    "That of the last hour.",
                    [(f"sum({COST_PACE.name}) * 720", "all")],
                    "currencyUSD",
                    "number",
                    8,
                ),
                Panel(
                    "For each hour, by model",
                    "What the answers of each model cost.",
                    [(f"{rate(COST, by=('model',))} * 3600", "{{model}}")],
                    "currencyUSD",
                    "stack",
                ),
                Panel(
                    "For each hour, by provider",
                    "What is paid to whom.",
                    [(f"{rate(COST, by=('provider',))} * 3600", "{{provider}}")],
                    "currencyUSD",
                    "stack",
                ),
                Panel(
                    "For each hour, by route",
                    "What was asked for by the name of a model is in the one without a name.",
                    [(f"sum by (route) ({COST_PACE.name})", "{{route}}")],
                    "currencyUSD",
                    "stack",
                ),
                Panel(
                    "For a thousand requests",
                    "By the model that answered.",
                    [(f"1000 * {rate(COST, by=('model',))} / on (model) {_ANSWERED}", "{{model}}")],
                    "currencyUSD",
                ),
                Panel(
                    "In the last 24 hours, by model and provider",
                    "The bill.",
                    [(increase(COST, by=("model", "provider"), window="24h"), "")],
                    "currencyUSD",
                    "table",
                ),
            ),
        ),
        (
            "Budget",
            (
                Panel(
                    "Budget",
                    "Of the day or month, from the config; nothing is refused when it is spent.",
                    [(gauge(SPEND_BUDGET), "{{period}}")],
                    "currencyUSD",
                    "number",
                    8,
                ),
                Panel(
                    "Part of the budget that is spent",
                    "In the current day or month, by the calendar of UTC.",
                    [(f"{gauge(SPEND_IN_PERIOD)} / {gauge(SPEND_BUDGET)}", "{{period}}")],
                    "percentunit",
                    "number",
                    8,
                ),
                Panel(
                    "At the end of the period",
                    "At the pace of the last 7 days for a month, and of 3 hours for a day.",
                    [(gauge(SPEND_PROJECTED), "{{period}}")],
                    "currencyUSD",
                    "number",
                    8,
                ),
                Panel(
                    "Spent and budget",
                    "Since the period began, as the ledger has it: restarts change nothing.",
                    [
                        (gauge(SPEND_IN_PERIOD), "spent"),
                        (gauge(SPEND_PROJECTED), "at its end, at this pace"),
                        (gauge(SPEND_BUDGET), "budget"),
                    ],
                    "currencyUSD",
                ),
                Panel(
                    "Not in any sum",
                    "Tokens without a price, and answers whose tokens were not all counted, in the last hour.",
                    [
                        (increase(UNPRICED_TOKENS, by=("model",), window="1h"), "{{model}}: tokens without a price"),
                        (increase(UNCOUNTED_ANSWERS, by=("model",), window="1h"), "{{model}}: answers without a count"),
                    ],
                ),
            ),
        ),
        (
            "Tokens",
            (
                Panel(
                    "Tokens by direction",
                    "As the providers count them.",
                    [(rate(TOKENS, by=("direction",)), "{{direction}}")],
                    kind="stack",
                ),
                Panel(
                    "Part of the prompts that came from a cache",
                    "As the providers say it, by the provider.",
                    [
                        (_CACHED, "{{provider}}"),
                    ],
                    "percentunit",
                ),
                Panel(
                    "Tokens by model",
                    "Prompts and answers.",
                    [(rate(TOKENS, by=("model", "direction")), "{{model}} {{direction}}")],
                    kind="stack",
                ),
            ),
        ),
    ),
)
