"""A request that is only asked about: what an operator gives, read as the gateway reads what callers send. Pure.

Never guesses: a header that has no say, a provider that there is not, an assumption that would change nothing are
refused.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from sixnines.config.snapshot import ProviderSpec, Snapshot
from sixnines.dialects import rawpatch
from sixnines.dialects.call import Call
from sixnines.dialects.validation import decode
from sixnines.domain.operation import Operation
from sixnines.endpoints.interface import Endpoint
from sixnines.errors import MalformedRequest
from sixnines.health.assumed import IN_MEMORY, Assumption, Assumptions
from sixnines.server.wishes import HEADERS

Fields = Mapping[bytes, bytes]
"""Headers, their names in lower case."""

_members = msgspec.json.Decoder(dict[str, msgspec.Raw])
_encode = msgspec.json.Encoder().encode
# What tells the operations apart: the paths that callers post to are not in a body.
_TOLD_BY = {"messages": Operation.CHAT, "prompt": Operation.COMPLETION, "input": Operation.EMBEDDING}
# What is asked about when nothing is given: as little as a chat can be.
_SHORT = [{"role": "user", "content": "Hello."}]


def read_fields(pairs: Iterable[tuple[str, str]]) -> Fields:
    """Headers by name.

    Raises:
        MalformedRequest: one that has no say in who serves a request, or one that is given twice.
    """
    fields: dict[bytes, bytes] = {}
    for name, value in pairs:
        key = name.strip().lower().encode()
        if key not in HEADERS:
            known = ", ".join(sorted(each.decode() for each in HEADERS))
            raise _refused(f"The header {name.strip()[:100]} has no say in who serves a request; these have: {known}.")
        if key in fields:
            raise _refused(f"The header {key.decode()} is given twice.")
        fields[key] = value.strip().encode()
    return fields


def _refused(message: str) -> MalformedRequest:
    return MalformedRequest(message, param="headers", code="invalid_header")


def read_assumptions(pairs: Iterable[tuple[str, str]], snapshot: Snapshot) -> Assumptions:
    """What is to be assumed of which provider.

    Raises:
        MalformedRequest: there is no such provider or assumption, two contradict each other, or one would change
            nothing.
    """
    found: dict[str, frozenset[Assumption]] = {}
    for name, word in pairs:
        provider = snapshot.providers.get(name)
        if provider is None:
            raise _not_assumed(f"There is no provider `{name[:100]}`; there are: {', '.join(snapshot.providers)}.")
        if word not in set(Assumption):
            raise _not_assumed(f"`{word[:100]}` cannot be assumed of a provider; this can: {', '.join(Assumption)}.")
        assumption = Assumption(word)
        _check_effect(provider, assumption)
        before = found.get(name, frozenset())
        for each in before:
            if (each in IN_MEMORY) is (assumption in IN_MEMORY):
                raise _not_assumed(f"`{name}` cannot be {each} and {assumption} at once.")
        found[name] = before | {assumption}
    return found


def _check_effect(provider: ProviderSpec, assumption: Assumption) -> None:
    if assumption is Assumption.SATURATED and provider.saturation is None:
        raise _not_assumed(f"`{provider.name}` is never saturated: it has no `saturation` in the config.")
    if assumption in IN_MEMORY and not provider.kind.tells_resident:
        kind = provider.kind.name
        raise _not_assumed(f"`{provider.name}` is never known to be {assumption}: the kind {kind} does not tell.")


def _not_assumed(message: str) -> MalformedRequest:
    return MalformedRequest(message, param="assume", code="invalid_assumption")


def read_call(model: str, body: bytes | None, endpoints: Sequence[Endpoint]) -> Call:
    """The call that `body` makes of `model`, whatever model it names itself; without a body, a short chat.

    Raises:
        MalformedRequest: in the words that its caller would get; also when it is not told what it asks for.
    """
    if body is None:
        body = _encode({"model": model, "messages": _SHORT})
    members = decode(body, _members)
    told = [key for key in _TOLD_BY if key in members]
    if len(told) != 1:
        which = "none of them" if not told else f"{' and '.join(f'`{each}`' for each in told)}"
        raise MalformedRequest(
            f"A request has `messages` (a chat), `prompt` (a completion) or `input` (an embedding); this has {which}.",
            code="unknown_operation",
        )
    wanted = _encode(model)
    if bytes(members.get("model", b"")) != wanted:
        body = rawpatch.replace(body, {"model": wanted}, members)
    operation = _TOLD_BY[told[0]]
    return next(each for each in endpoints if each.operation is operation).read(body)
