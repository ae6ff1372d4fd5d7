"""Request headers that have a say in who serves a request, as wishes. Pure.

A value that means nothing is refused, never ignored: who asks that data stay on the host must not be misread.
"""

from collections.abc import Mapping
from typing import Final, TypeVar

from sixnines.admission.gate import Gate
from sixnines.config.snapshot import Expose, Snapshot
from sixnines.domain.priority import PRIORITIES, Priority
from sixnines.domain.tier import Quality
from sixnines.domain.wishes import NO_WISHES, Wishes
from sixnines.errors import Forbidden, MalformedRequest

_PRIORITY: Final = b"x-sixnines-priority"
_SESSION: Final = b"x-sixnines-session"
_QUALITY: Final = b"x-sixnines-quality"
_LOCAL_ONLY: Final = b"x-sixnines-local-only"
_DENY: Final = b"x-sixnines-deny"
_PIN: Final = b"x-sixnines-provider"
_CANDIDATE: Final = b"x-sixnines-candidate"
Value = TypeVar("Value")

_READ: Final = (_SESSION, _QUALITY, _LOCAL_ONLY, _DENY, _PIN, _CANDIDATE)
HEADERS: Final = frozenset((*_READ, _PRIORITY))
"""All that are read here, in lower case."""
_LONGEST_SESSION: Final = 200
_LONGEST_CANDIDATE: Final = 1000  # bytes of UTF-8; its two names have at most 200 characters each
_TRUTHS: Final = {b"true": True, b"1": True, b"false": False, b"0": False}
_QUALITIES: Final = {each.value.encode(): each for each in Quality}


def read_priority(fields: dict[bytes, bytes]) -> Priority | None:
    """The priority, if one is asked for.

    Raises:
        MalformedRequest: there is none of that name.
    """
    value = fields.get(_PRIORITY)
    return None if value is None else _one_of(_PRIORITY, value, PRIORITIES)


def read_wishes(fields: dict[bytes, bytes], snapshot: Snapshot, *, trusted: bool = False) -> Wishes:
    """The wishes; `NO_WISHES` itself where there are none.

    Args:
        fields: headers by name.
        snapshot: the config.
        trusted: they are an administrator's, whatever key is among them.

    Raises:
        MalformedRequest: a value means nothing; says which are allowed.
        Forbidden: one deployment is asked for by its name, and such names are not for this caller.
    """
    for name in _READ:
        if name in fields:
            break
    else:
        return NO_WISHES
    session = fields.get(_SESSION, b"")
    if len(session) > _LONGEST_SESSION:
        raise _refused(_SESSION, f"be at most {_LONGEST_SESSION} bytes long")
    quality, local_only, pin = fields.get(_QUALITY), fields.get(_LOCAL_ONLY), fields.get(_PIN)
    pinned = None if pin is None else _provider(_PIN, pin, snapshot)
    candidate = None
    if _CANDIDATE in fields:
        if not (trusted or snapshot.server.expose is Expose.TRAIL):
            _admit(fields, snapshot)
        candidate, pinned = _deployment(fields[_CANDIDATE], pinned, snapshot)
    return Wishes(
        session=session.decode("latin-1"),
        quality=None if quality is None else _one_of(_QUALITY, quality, _QUALITIES),
        local_only=local_only is not None and _one_of(_LOCAL_ONLY, local_only, _TRUTHS),
        deny=frozenset(_provider(_DENY, each, snapshot) for each in _listed(fields.get(_DENY, b""))),
        pin=pinned,
        candidate=candidate,
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


def _deployment(value: bytes, pinned: str | None, snapshot: Snapshot) -> tuple[str, str]:
    """The deployment that is asked for, and the provider that it lies at: "" where there is no such deployment.

    Whether the model that is asked for leads there shows when it is planned; who plans can say what it leads to.
    """
    if not value or len(value) > _LONGEST_CANDIDATE:
        raise _refused(_CANDIDATE, "name a deployment: the provider, a slash, and the model's name there")
    found = value.decode("utf-8", "replace")
    deployments = (each for model in snapshot.models.values() for each in model.deployments)
    owner = next((each.provider.name for each in deployments if each.id == found), "")
    if pinned is not None and owner != pinned:
        raise _refused(
            _CANDIDATE, f"name a deployment of `{pinned}`, as x-sixnines-provider does; one of them is enough"
        )
    return found, owner


def _admit(fields: dict[bytes, bytes], snapshot: Snapshot) -> None:
    """Let the administrator through where callers are not told such names."""
    if not Gate(snapshot.server).is_admin(fields.get(b"authorization")):
        raise Forbidden(
            "The header x-sixnines-candidate needs the admin key here: config keeps the names of providers and their "
            "models from callers (`server.expose: minimal`)."
        )


def _refused(name: bytes, must: str) -> MalformedRequest:
    shown = name.decode()
    code = "invalid_" + shown.removeprefix("x-sixnines-").replace("-", "_")
    return MalformedRequest(f"The header {shown} must {must}.", code=code)
