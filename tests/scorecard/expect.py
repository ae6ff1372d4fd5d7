"""What each cell of the scorecard must be: derived from how the attempt ends, by rules that the gateway does not share.

Spelled out here, and not imported from the gateway: a table that is wrong there must not be right here.
"""

import enum
from dataclasses import dataclass, replace

from scorecard.rows import ATTEMPTS, WHOLE_S, Cell, Contract

SLACK_MS = 300.0
"""What the gateway, the stand-ins and the caller may take besides time limits, all of them on a machine that is busy."""
MANY = 1000
"""Where attempts are bounded by time alone."""


class Ending(enum.StrEnum):
    """What a caller can get."""

    ANSWER = "answer"  # complete and correct
    ERROR = "error"  # a status and an error object
    BROKEN = "error event"  # a partial answer that says that it is one


@dataclass(frozen=True, slots=True)
class Expected:
    """What a cell must be.

    Attributes:
        ending: what the caller gets.
        provider: `a`, the faulty one, or `b`: which is named.
        attempts: least and most.
        kind: of every failed attempt.
        fallback: `x-sixnines-fallback` where it is certain: the kind, or "" for none.
        status: of the answer.
        type: of the error.
        code: of the error.
        retry_after: least and most seconds of the header; None where there must be none.
        asked_b: requests that the other engine gets.
        breaker: of the faulty deployment, afterwards.
        states: of the faulty deployment; empty where nothing is certain.
        least_ms: milliseconds longer than a request without fault, at least.
        most_ms: at most.
    """

    ending: Ending
    provider: str
    attempts: tuple[int, int]
    kind: str
    fallback: str | None
    status: int
    type: str
    code: str | None
    retry_after: tuple[int, int] | None
    asked_b: int
    breaker: str
    states: frozenset[str]
    least_ms: float
    most_ms: float


# Status, type and code of the answer when nobody is left.
_TOLD: dict[str, tuple[int, str, str | None]] = {
    "caller": (400, "invalid_request_error", None),
    "context": (400, "invalid_request_error", "context_length_exceeded"),
    "policy": (400, "invalid_request_error", "content_filter"),
    "rate": (429, "rate_limit_error", "rate_limit_exceeded"),
    "quota": (429, "insufficient_quota", "provider_quota_exhausted"),
    "capacity": (503, "server_error", "overloaded"),
    "loading": (503, "server_error", "model_loading"),
    "credential": (502, "upstream_error", "provider_misconfigured"),
    "missing": (502, "upstream_error", "provider_misconfigured"),
    "transport": (502, "upstream_error", "provider_unreachable"),
    "server": (502, "upstream_error", "provider_error"),
    "protocol": (502, "upstream_error", "provider_error"),
    "truncated": (502, "upstream_error", "provider_error"),
}
_TIMEOUT = (504, "upstream_error", "provider_timeout")
_COUNTS = {"transport", "server", "protocol", "truncated"}
_OWN_FAULT = {"caller", "policy"}
# Waiting helps: it says "not now", or it may have been an accident.
_AGAIN = {"rate", "capacity", "loading", *_COUNTS}
# What a provider is after it; nothing is certain of `missing`, which may be the fault of one path only.
_WELL = frozenset({"healthy", "unknown"})
_STATES: dict[str, frozenset[str]] = {
    "rate": frozenset({"rate_limited"}),
    "quota": frozenset({"rate_limited"}),
    "capacity": frozenset({"busy"}),
    "loading": frozenset({"loading"}),
    "credential": frozenset({"misconfigured"}),
    "missing": frozenset(),
    **dict.fromkeys(_COUNTS, frozenset({"down"})),
}


def expected(cell: Cell) -> Expected:
    """What `cell` must be."""
    ends = cell.ends
    breaks = ends.after_content and cell.stream and cell.row.contract is not Contract.BUFFER
    if not ends.kind:
        return _answered(cell, "a", attempts=1)
    goes_on = cell.row.contract is Contract.CONTINUE and cell.alternative and not ends.after_finish
    if breaks and goes_on:
        return _answered(cell, "a", attempts=1, asked_b=1)
    if breaks and cell.row.contract is Contract.CONTINUE and ends.after_finish:
        breaker, states = _left(cell)  # all of the answer has come; that it broke off counts all the same
        return replace(_answered(cell, "a", attempts=1), breaker=breaker, states=states)
    if breaks:
        return _broken(cell)
    if ends.kind in _OWN_FAULT and not ends.elsewhere:
        return _failed(cell, attempts=(1, 1))
    if cell.alternative:
        return _answered(cell, "b", attempts=2, asked_b=1)
    if cell.row.fault.passes and not _owed_to_the_last(cell):
        return _answered(cell, "a", attempts=2)
    return _failed(cell, attempts=_attempts_alone(cell))


def _owed_to_the_last(cell: Cell) -> bool:
    """The only engine owes a whole answer, which is waited for until the deadline."""
    return cell.ends.limit_s == WHOLE_S


def _attempts_alone(cell: Cell) -> tuple[int, int]:
    """How often the only engine is asked."""
    fault, ends = cell.row.fault, cell.ends
    waits_in_vain = fault.retry_after_s is not None and fault.retry_after_s > fault.total_s
    if ends.kind not in _AGAIN or ends.elsewhere or waits_in_vain:
        return (1, 1)
    if _owed_to_the_last(cell):
        return (1, ATTEMPTS)
    # Looking whether a model has been loaded is no attempt that counts.
    return (2, MANY if ends.kind == "loading" else ATTEMPTS)


def _answered(cell: Cell, provider: str, *, attempts: int, asked_b: int = 0) -> Expected:
    ends, fault = cell.ends, cell.row.fault
    moved = provider == "b"
    waited = attempts > 1 and not moved
    breaker, states = ("closed", _WELL) if provider == "a" and not asked_b else _left(cell)
    return Expected(
        ending=Ending.ANSWER,
        provider=provider,
        attempts=(attempts, attempts),
        kind=ends.kind,
        fallback=ends.kind if moved else None if waited else "",
        status=200,
        type="",
        code=None,
        retry_after=None,
        asked_b=asked_b,
        breaker=breaker,
        states=states,
        least_ms=(fault.retry_after_s or 0.0) * 1000 if waited else 0.0,
        most_ms=(fault.total_s if waited else ends.limit_s + ends.takes_s) * 1000 + SLACK_MS,
    )


def _left(cell: Cell) -> tuple[str, frozenset[str]]:
    """How the faulty deployment stands after a failure: where there is an alternative one failure opens its breaker."""
    kind = cell.ends.kind
    if kind in _OWN_FAULT or kind == "context" or cell.ends.elsewhere:
        return "closed", _WELL
    if kind in _COUNTS:
        return ("open", _STATES[kind]) if cell.alternative else ("closed", frozenset())
    if kind == "capacity" and not cell.alternative:
        return "closed", frozenset()  # it rests for a moment only, which may be over by then
    return "closed", _STATES[kind]


def _failed(cell: Cell, *, attempts: tuple[int, int]) -> Expected:
    ends, fault = cell.ends, cell.row.fault
    status, error_type, code = fault.told or _TOLD[ends.kind]
    if ends.kind == "transport" and ends.limit_s:
        status, error_type, code = _TIMEOUT
    retry_after = None
    if status in (429, 503):
        asked_s = fault.retry_after_s
        # The provider's own word is passed on; how much of a nonsensical one is believed is the gateway's choice.
        retry_after = (1, 3600) if asked_s is None else (min(round(asked_s) - 1, 300), round(asked_s))
    breaker, states = _left(cell)
    once = attempts == (1, 1)
    return Expected(
        ending=Ending.ERROR,
        provider="a",
        attempts=attempts,
        kind=ends.kind,
        fallback="" if once else None,
        status=status,
        type=error_type,
        code=code,
        retry_after=retry_after,
        asked_b=0,
        breaker=breaker,
        states=states,
        least_ms=0.0,
        most_ms=(ends.limit_s + ends.takes_s if once else fault.total_s) * 1000 + SLACK_MS,
    )


def _broken(cell: Cell) -> Expected:
    ends = cell.ends
    breaker, states = _left(cell)
    return Expected(
        ending=Ending.BROKEN,
        provider="a",
        attempts=(1, 1),
        kind=ends.kind,
        fallback="",
        status=200,
        type="upstream_error",
        code=ends.kind,
        retry_after=None,
        asked_b=0,
        breaker=breaker,
        states=states,
        least_ms=0.0,
        most_ms=(ends.limit_s + ends.takes_s) * 1000 + SLACK_MS,
    )
