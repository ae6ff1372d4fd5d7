"""Request headers that have a say in who serves a request, as wishes. Pure.

A value that means nothing is refused, never ignored: who asks that data stay on the host must not be misread.
"""

from collections.abc import Mapping
from typing import TypeVar

from sixnines.config.snapshot import Expose, Snapshot
from sixnines.domain.priority import PRIORITIES, Priority
from sixnines.domain.tier import Quality
from sixnines.domain.wishes import NO_WISHES, Wishes
from sixnines.errors import MalformedRequest

_PRIORITY = b"x-sixnines-priority"
_SESSION = b"x-sixnines-session"
_QUALITY = b"x-sixnines-quality"
_LOCAL_ONLY = b"x-sixnines-local-only"
_DENY = b"x-sixnines-deny"
_PIN = b"x-sixnines-provider"
Value = TypeVar("Value")

_READ = frozenset({_SESSION, _QUALITY, _LOCAL_ONLY, _DENY, _PIN})
HEADERS = _READ | {_PRIORITY}
"""All that are read here, in lower case."""
_LONGEST_SESSION = 200
_TRUTHS = {b"true": True, b"1": True, b"false": False, b"0": False}
_QUALITIES = {each.value.encode(): each for each in Quality}


def read_priority(fields: Mapping[bytes, bytes]) -> Priority | None:
    """The priority, if one is asked for.

    Raises:
        MalformedRequest: there is none of that name.
    """
    value = fields.get(_PRIORITY)
    return None if value is None else _one_of(_PRIORITY, value, PRIORITIES)


def read_wishes(fields: Mapping[bytes, bytes], snapshot: Snapshot) -> Wishes:
    """The wishes; `NO_WISHES` itself where there are none.

    Raises:
        MalformedRequest: a value means nothing; says which are allowed.
    """
    if _READ.isdisjoint(fields):
        return NO_WISHES
    session = fields.get(_SESSION, b"")
    if len(session) > _LONGEST_SESSION:
        raise _refused(_SESSION, f"be at most {_LONGEST_SESSION} bytes long")
    quality, local_only, pin = fields.get(_QUALITY), fields.get(_LOCAL_ONLY), fields.get(_PIN)
    return Wishes(
        session=session.decode("latin-1"),
        quality=None if quality is None else _one_of(_QUALITY, quality, _QUALITIES),
        local_only=local_only is not None and _one_of(_LOCAL_ONLY, local_only, _TRUTHS),
        deny=frozenset(_provider(_DENY, each, snapshot) for each in _listed(fields.get(_DENY, b""))),
        pin=None if pin is None else _provider(_PIN, pin, snapshot),
    )


def _one_of(name: bytes, value: bytes, allowed: Mapping[bytes, Value]) -> Value:
    found = allowed.get(value.strip().lower())
    if found is None:
        *most, last = [each.decode() for each in allowed]
        raise _refused(name, f"be {', '.join(most)} or {last}")
    return found


def _listed(value: bytes) -> list[bytes]:
    return [each for part in value.split(b",") if (each := part.strip())]


def _provider(name: bytes, value: bytes, snapshot: Snapshot) -> str:
    found = value.strip().decode("latin-1")
    if found not in snapshot.providers:
        names = ", ".join(snapshot.providers) if snapshot.server.expose is Expose.TRAIL else "in the gateway's config"
        raise _refused(name, f"name providers: {names}")
    return found


def _refused(name: bytes, must: str) -> MalformedRequest:
    shown = name.decode()
    code = "invalid_" + shown.removeprefix("x-sixnines-").replace("-", "_")
    return MalformedRequest(f"The header {shown} must {must}.", code=code)
