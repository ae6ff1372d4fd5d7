"""How available everything was, with the interval that the evidence supports, and what is left of the error budgets."""

from monitoring.dashboards.panels import Board, Panel
from monitoring.promql import gauge, rate
from monitoring.recordings import BURN
from sixnines.telemetry.metrics import (
    AVAILABILITY,
    AVAILABILITY_LOWER,
    AVAILABILITY_TARGET,
    AVAILABILITY_UPPER,
    BUDGET_BURN,
    BUDGET_LEFT,
    LEDGER_LOST,
    LEDGER_WAITING,
    OUTCOMES,
)

_ENDS = ((AVAILABILITY_LOWER, "at least"), (AVAILABILITY, "measured"), (AVAILABILITY_UPPER, "at most"))
_NAMED = "{{scope}} {{name}}"

BOARD = Board(
    "sixnines-availability",
    "sixnines: availability",
    "How available everything was, how sure that is, and what is left of the error budgets.",
    (
        (
            "The gateway",
            (
                Panel(
                    "In 24 hours",
                    "The part of the requests that were answered well, and its 95 % interval.",
                    [(gauge(info, scope="gateway", window="24h"), end) for info, end in _ENDS],
                    "percentunit",
                    "number",
                    12,
                ),
                Panel(
                    "In 30 days",
                    "The same.",
                    [(gauge(info, scope="gateway", window="30d"), end) for info, end in _ENDS],
                    "percentunit",
                    "number",
                    12,
                ),
                Panel(
                    "Good and bad",
                    "Requests that count: not what callers broke or left.",
                    [(rate(OUTCOMES, by=("outcome",), scope="gateway"), "{{outcome}}")],
                    "reqps",
                    "stack",
                ),
                Panel(
                    "Budget left",
                    "Of 30 days; below 0 the target is missed.",
                    [(gauge(BUDGET_LEFT), _NAMED)],
                    "percentunit",
                ),
            ),
        ),
        (
            "Models, routes, providers",
            (
                Panel(
                    "Models and routes in 24 hours",
                    "As measured.",
                    [(gauge(AVAILABILITY, scope="=~model|route", window="24h"), _NAMED)],
                    "percentunit",
                ),
                Panel(
                    "Providers in 24 hours",
                    "The part of their attempts that were good.",
                    [(gauge(AVAILABILITY, scope="provider", window="24h"), "{{name}}")],
                    "percentunit",
                ),
                Panel("Targets", "What is to be reached.", [(gauge(AVAILABILITY_TARGET), "")], "percentunit", "table"),
                Panel(
                    "Lower ends of 30 days",
                    "What the evidence supports at least.",
                    [(gauge(AVAILABILITY_LOWER, window="30d"), "")],
                    "percentunit",
                    "table",
                ),
            ),
        ),
        (
            "Budgets",
            (
                Panel(
                    "Burn of the last hour",
                    "1 is what the target allows; above 14.4 somebody is called.",
                    [(BURN["1h"].name, _NAMED)],
                ),
                Panel(
                    "Burn by the ledger",
                    "Over the windows of the gateway's own measurement.",
                    [(gauge(BUDGET_BURN), "{{scope}} {{name}}, {{window}}")],
                ),
                Panel(
                    "Waiting for the ledger",
                    "Outcomes that are not written yet.",
                    [(gauge(LEDGER_WAITING), "{{instance}}")],
                ),
                Panel("Lost", "Outcomes that will never be written.", [(rate(LEDGER_LOST), "all")]),
            ),
        ),
    ),
)
