"""What tokens are used, and what they cost by the prices that the config declares."""

from monitoring.dashboards.panels import Board, Panel
from monitoring.promql import increase, rate
from sixnines.telemetry.metrics import COST, REQUESTS, TOKENS

# By the model that answered, under the label that the cost has.
_ANSWERED = f'label_replace({rate(REQUESTS, by=("served",), outcome="ok")}, "model", "$1", "served", "(.*)")'

BOARD = Board(
    "sixnines-cost",
    "sixnines: cost",
    "What tokens are used, and what they cost by the prices in the config; what has no price there is not counted.",
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
                    [(f"{rate(COST, window='1h')} * 2592000", "all")],
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
            "Tokens",
            (
                Panel(
                    "Tokens by direction",
                    "As the providers count them.",
                    [(rate(TOKENS, by=("direction",)), "{{direction}}")],
                    kind="stack",
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
