"""The one table from what went wrong to what the caller is told: status, type and code.

Types and codes are OpenAI's where it has one for the case, so that SDKs raise the class their users expect.
Anything that is not in the table is our own bug: 500, the request id, and nothing else.
"""

import math
from dataclasses import dataclass

from sixnines.config.snapshot import Expose
from sixnines.domain.failure import Failure, FailureKind
from sixnines.domain.trail import Trail
from sixnines.engine.no_candidate import LOCAL_ONLY
from sixnines.errors import (
    ActivationRefused,
    AllAttemptsFailed,
    BodyTooLarge,
    ChangeUnderWay,
    ConfigError,
    CorruptRevision,
    Draining,
    Forbidden,
    GatewayUnreachable,
    HeadersTooLarge,
    HopLoop,
    MalformedRequest,
    RequestError,
    RequestTimeout,
    SixNinesError,
    StalePlan,
    StoreUnusable,
    Unauthenticated,
    UnavailableError,
    UnknownModel,
    UnknownPath,
    UnknownRevision,
    UnsupportedMedia,
    UnusablePlan,
    WorkerMissing,
    WrongMethod,
)

_INVALID = "invalid_request_error"


@dataclass(frozen=True, slots=True)
class Row:
    """What one class of error means at the edge."""

    status: int
    type: str
    code: str | None


TABLE: dict[type[SixNinesError], Row] = {
    MalformedRequest: Row(400, _INVALID, None),
    Unauthenticated: Row(401, _INVALID, "invalid_api_key"),
    Forbidden: Row(403, _INVALID, "forbidden"),
    UnknownModel: Row(404, _INVALID, "model_not_found"),
    UnknownPath: Row(404, _INVALID, "unknown_url"),
    WrongMethod: Row(405, _INVALID, "method_not_allowed"),
    RequestTimeout: Row(408, _INVALID, "request_timeout"),
    BodyTooLarge: Row(413, _INVALID, "body_too_large"),
    UnsupportedMedia: Row(415, _INVALID, "unsupported_media_type"),
    HeadersTooLarge: Row(431, _INVALID, "headers_too_large"),
    HopLoop: Row(508, _INVALID, "gateway_loop"),
    Draining: Row(503, "server_error", "draining"),
    WorkerMissing: Row(503, "server_error", "worker_missing"),
    UnavailableError: Row(503, "server_error", "unavailable"),
    UnknownRevision: Row(404, _INVALID, "unknown_revision"),
    ChangeUnderWay: Row(409, _INVALID, "change_under_way"),
    StalePlan: Row(409, _INVALID, "stale_plan"),
    UnusablePlan: Row(400, _INVALID, "unusable_plan"),
    CorruptRevision: Row(409, _INVALID, "corrupt_revision"),
    ActivationRefused: Row(409, _INVALID, "activation_refused"),
    StoreUnusable: Row(503, "server_error", "store_unusable"),
    GatewayUnreachable: Row(503, "server_error", "gateway_unreachable"),
    ConfigError: Row(422, _INVALID, "config_error"),
}

# When every attempt failed, the kind of the failure that is reported decides.
FAILURES: dict[FailureKind, Row] = {
    FailureKind.CALLER: Row(400, _INVALID, None),
    FailureKind.CONTEXT: Row(400, _INVALID, "context_length_exceeded"),
    FailureKind.POLICY: Row(400, _INVALID, "content_filter"),
    FailureKind.RATE: Row(429, "rate_limit_error", "rate_limit_exceeded"),
    FailureKind.QUOTA: Row(429, "insufficient_quota", "provider_quota_exhausted"),
    FailureKind.CAPACITY: Row(503, "server_error", "overloaded"),
    FailureKind.LOADING: Row(503, "server_error", "model_loading"),
    FailureKind.CREDENTIAL: Row(502, "upstream_error", "provider_misconfigured"),
    FailureKind.MISSING: Row(502, "upstream_error", "provider_misconfigured"),
    FailureKind.TRANSPORT: Row(502, "upstream_error", "provider_unreachable"),
    FailureKind.SERVER: Row(502, "upstream_error", "provider_error"),
    FailureKind.PROTOCOL: Row(502, "upstream_error", "provider_error"),
    FailureKind.TRUNCATED: Row(502, "upstream_error", "provider_error"),
    FailureKind.LOCAL: Row(500, "server_error", "internal_error"),
}

# Kinds whose messages hold a provider's words that are not for callers; those of the others are the gateway's own.
_SAID = {
    FailureKind.RATE: "The provider's rate limit is reached.",
    FailureKind.QUOTA: "The provider's quota or balance is used up.",
    FailureKind.CAPACITY: "The provider is overloaded.",
    FailureKind.LOADING: "The provider is still loading the model.",
    FailureKind.CREDENTIAL: "The provider does not accept the gateway's credential.",
    FailureKind.MISSING: "The provider does not have this model.",
    FailureKind.SERVER: "The provider failed.",
    FailureKind.LOCAL: "The gateway failed.",
}

BUG = Row(500, "server_error", "internal_error")
_TIMED_OUT = Row(504, "upstream_error", "provider_timeout")
_NOBODY_LOCAL = Row(503, "server_error", "no_local_provider")


@dataclass(frozen=True, slots=True)
class ErrorAnswer:
    """What the caller is told.

    Attributes:
        row: status, type and code.
        error: the error object, for the caller's dialect to frame.
        headers: beside those of every answer.
    """

    row: Row
    error: dict[str, object]
    headers: list[tuple[bytes, bytes]]


def describe(error: SixNinesError, trail: Trail, expose: Expose) -> ErrorAnswer:
    """The answer to a request that ended in `error`.

    Args:
        error: any exception of ours; one that is not in the table is told as a bug.
        trail: what was tried; part of the answer when all of it failed.
        expose: whether provider names may be told.
    """
    if isinstance(error, AllAttemptsFailed):
        return _all_failed(error, trail, expose)
    row = next((TABLE[kind] for kind in type(error).__mro__ if kind in TABLE), None)
    if row is None:
        return bug()
    headers: list[tuple[bytes, bytes]] = []
    message, param, code = str(error), None, row.code
    if isinstance(error, RequestError):
        message, param, code = error.message, error.param, error.code or row.code
    if isinstance(error, WrongMethod):
        headers.append((b"allow", ", ".join(error.allow).encode()))
    if isinstance(error, Unauthenticated):
        headers.append((b"www-authenticate", b"Bearer"))
    if isinstance(error, UnavailableError):
        headers.append((b"retry-after", b"1"))
    return ErrorAnswer(row, _error(message, row.type, param, code), headers)


def bug() -> ErrorAnswer:
    """The answer to a request that met a bug of ours."""
    message = "The gateway failed to handle this request. Its log has the details under this request id."
    return ErrorAnswer(BUG, _error(message, BUG.type, None, BUG.code), [])


def _all_failed(error: AllAttemptsFailed, trail: Trail, expose: Expose) -> ErrorAnswer:
    failure = error.failure
    row = FAILURES[failure.kind]
    if failure.code == "timeout":
        row = _TIMED_OUT
    if failure.code == LOCAL_ONLY:
        row = _NOBODY_LOCAL
    if failure.kind is FailureKind.MISSING and failure.status == TABLE[HopLoop].status:
        row = TABLE[HopLoop]
    told = _error(_told(failure, trail), row.type, failure.param, row.code)
    if failure.kind is FailureKind.CALLER:
        told["code"] = failure.code
    if trail.attempts or trail.skipped:
        told["trail"] = _trail(trail, expose)
    headers: list[tuple[bytes, bytes]] = []
    if row.status in (429, 503):
        # Always: who is not told when to come back comes back at once. What was known may be over by now.
        headers.append((b"retry-after", b"%d" % max(1, math.ceil(error.retry_after_s or 0))))
    return ErrorAnswer(row, told, headers)


def _told(failure: Failure, trail: Trail) -> str:
    """The message: the provider's own words only where the caller may see them."""
    if failure.code == LOCAL_ONLY:
        return failure.message
    said = failure.message if failure.rule.caller_may_see else _SAID.get(failure.kind, failure.message)
    if failure.rule.caller_may_see or len(trail.attempts) < 2:  # noqa: PLR2004 - one failure speaks for itself
        return said
    return f"All {len(trail.attempts)} attempts failed. The first: {said}"


def _trail(trail: Trail, expose: Expose) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for attempt in trail.attempts:
        row: dict[str, object] = {"kind": attempt.word}
        if expose is Expose.TRAIL:
            row = {"provider": attempt.provider, "deployment": attempt.deployment, **row}
        if attempt.failure is not None and attempt.failure.status is not None:
            row["status"] = attempt.failure.status
        if expose is Expose.TRAIL:
            row |= {"role": attempt.role.value, "started_ms": round(attempt.started_ms, 1)}
        row["ms"] = round(attempt.milliseconds, 1)
        rows.append(row)
    if expose is Expose.TRAIL:
        rows += [{"deployment": each.deployment, "kind": "skipped", "reason": each.reason} for each in trail.skipped]
    return rows


def _error(message: str, error_type: str, param: str | None, code: str | None) -> dict[str, object]:
    return {"message": message, "type": error_type, "param": param, "code": code}
