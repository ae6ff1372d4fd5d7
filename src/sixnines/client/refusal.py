"""From what a gateway answers when it refuses to the exception that it stands for.

Never trusts the answer: what is no error of the gateway's own form is told as somebody else's.
"""

import msgspec

from sixnines.errors import (
    ActivationRefused,
    ChangeUnderWay,
    ConfigError,
    ControlError,
    CorruptRevision,
    Forbidden,
    GatewayUnreachable,
    MalformedRequest,
    SixNinesError,
    StalePlan,
    StoreUnusable,
    Unauthenticated,
    UnknownRevision,
    UnusablePlan,
)

# The codes are those of the table in `server/errors.py`; `tests/unit/client/test_refusal.py` compares them.
BY_CODE: dict[str, type[ControlError | ConfigError]] = {
    "unknown_revision": UnknownRevision,
    "change_under_way": ChangeUnderWay,
    "stale_plan": StalePlan,
    "unusable_plan": UnusablePlan,
    "corrupt_revision": CorruptRevision,
    "activation_refused": ActivationRefused,
    "store_unusable": StoreUnusable,
    "config_error": ConfigError,
}
_LONGEST_SHOWN = 500


class _Error(msgspec.Struct):
    message: str
    code: str | None = None


class _Body(msgspec.Struct):
    error: _Error


_decode = msgspec.json.Decoder(_Body).decode


def is_no_path(body: bytes) -> bool:
    """Whether an answer says that the gateway has no such path: it is of another version, or cannot be changed."""
    try:
        return _decode(body).error.code == "unknown_url"
    except msgspec.MsgspecError:
        return False


def refusal_in(status: int, body: bytes, where: str) -> SixNinesError:
    """The exception that an answer stands for.

    Args:
        status: of HTTP.
        body: of the answer, or the last line of a stream.
        where: what to call the gateway.
    """
    try:
        error = _decode(body).error
    except msgspec.MsgspecError:
        return GatewayUnreachable(f"what answers at {where} is no sixnines gateway: it says {status} and nothing more")
    message = error.message[:_LONGEST_SHOWN] if error.code != "config_error" else error.message
    match error.code:
        case "invalid_api_key":
            return Unauthenticated(f"the gateway at {where} wants its admin key: give one with --admin-key env:NAME")
        case "draining" | "worker_missing":
            return GatewayUnreachable(message)
        case "unknown_url" | "method_not_allowed":
            return GatewayUnreachable(f"the gateway at {where} is of a version that cannot do this: {message}")
        case str(code) if code in BY_CODE:
            return BY_CODE[code](message)
        case "forbidden" | "foreign_host" | "cross_site":
            return Forbidden(message, code=error.code)
        case _:
            return MalformedRequest(f"the gateway at {where} refuses: {message}", code=error.code)
