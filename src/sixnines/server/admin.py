"""What operators ask: the last requests with every attempt. Served to holders of the admin key (see `App`).

Never shows a prompt, an answer, a key or an upstream's address: the entries hold none (see `engine.recent`).
"""

import asyncio
import re
import urllib.parse
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from heapq import merge
from itertools import islice

import msgspec

from sixnines.dialects.neutral import Usage
from sixnines.domain.attempt import Attempt
from sixnines.domain.failure import FailureKind
from sixnines.engine.recent import Entry, Outcome, Recent
from sixnines.errors import MalformedRequest, UnknownPath, WorkerMissing
from sixnines.server.app import Visit
from sixnines.server.colleagues import Colleagues

DEFAULT_LIMIT = 50  # about a screen or two, and less than a millisecond to make

_encode = msgspec.json.Encoder().encode
# No cache may keep what needed a key, or show yesterday's.
_HEADERS = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"))
_WHOLE_NUMBER = re.compile(r"[0-9]{1,9}")
_MOST_PARAMETERS = 16
# Making a thousand rows takes 7 ms, in which no token would reach anybody; this many take less than half of one.
_SLICE = 50


class Found(msgspec.Struct, frozen=True):
    """What one worker has: the entries that are wanted, the one that ended last first, and how many it holds."""

    entries: list[Entry]
    held: int


_pack = msgspec.msgpack.Encoder().encode
_found = msgspec.msgpack.Decoder(Found).decode
_entry = msgspec.msgpack.Decoder(Entry).decode


class RequestList:
    """`GET /admin/v1/requests`: the last requests of all workers, the one that ended last first."""

    path = "/admin/v1/requests"
    subject = "requests"

    def __init__(self, recent: Recent, colleagues: Colleagues) -> None:
        self._recent = recent
        self._colleagues = colleagues
        self._wants: dict[str, Callable[[str], Callable[[Entry], bool]]] = {
            "outcome": _by_outcome,
            "kind": _by_kind,
            "model": lambda name: lambda entry: name in (entry.asked, entry.model),
            "provider": _by_provider,
            "id": lambda text: lambda entry: text in entry.id,
        }

    def report(self, about: bytes) -> bytes:
        """Those of this worker that a query asks for."""
        return _pack(self._find(about.decode())[0])

    async def serve(self, visit: Visit) -> None:
        """Those that the query asks for.

        Raises:
            MalformedRequest: an unknown parameter, or a value that is not possible; says which are.
        """
        query = visit.request.query
        found, limit = self._find(query)
        replies = await self._colleagues.ask(self.subject, query.encode())
        everywhere = [found]
        for said in replies.said.values():
            everywhere.append(_found(said))
            await asyncio.sleep(0)  # model calls go first
        newest = merge(*(each.entries for each in everywhere), key=lambda entry: entry.ended_unix_s, reverse=True)
        wanted = list(islice(newest, limit))
        rows: list[dict[str, object]] = []
        for start in range(0, len(wanted), _SLICE):
            rows += map(_shown, wanted[start : start + _SLICE])
            await asyncio.sleep(0)
        _send(visit, {"requests": rows, "held": sum(each.held for each in everywhere), **replies.told()})

    def _find(self, query: str) -> tuple[Found, int]:
        """What the query asks for here, and how many at most."""
        given = parameters(query, ("limit", *self._wants))
        limit = _limit(given.pop("limit", str(DEFAULT_LIMIT)), self._recent.capacity)
        wants = [self._wants[name](value) for name, value in given.items()]
        entries = self._recent.list(limit, lambda entry: all(want(entry) for want in wants))
        return Found(entries, len(self._recent)), limit


class RequestDetail:
    """`GET /admin/v1/requests/{id}`: one of them, by the id that its caller was told, whichever worker it was with."""

    path = "/admin/v1/requests/"
    subject = "request"

    def __init__(self, recent: Recent, colleagues: Colleagues) -> None:
        self._recent = recent
        self._colleagues = colleagues

    def report(self, about: bytes) -> bytes:
        """The one with this id; b"" if this worker does not remember it."""
        found = self._recent.get(about.decode())
        return b"" if found is None else _pack(found)

    async def serve(self, visit: Visit) -> None:
        """The one that the path names.

        Raises:
            UnknownPath: it is not there, or no longer.
            WorkerMissing: it is not there, but a worker could not be asked.
        """
        request_id = visit.request.path.removeprefix(self.path)
        found = self._recent.get(request_id)
        if found is None:
            replies = await self._colleagues.ask(self.subject, request_id.encode())
            said = next(filter(None, replies.said.values()), None)
            found = None if said is None else _entry(said)
            if found is None and replies.missing:
                raise WorkerMissing(
                    "One of the workers did not say in time whether it remembers this request; ask again."
                )
        if found is None:
            raise UnknownPath(
                "No request with this id is remembered: it is not finished yet, or it is older than the last "
                f"{self._recent.capacity}, or it came before the gateway was started.",
                code="request_not_found",
            )
        _send(visit, _shown(found))


def _send(visit: Visit, body: object) -> None:
    visit.responder.send(200, [*_HEADERS, *visit.ticket.headers()], _encode(body))


def parameters(query: str, known: tuple[str, ...]) -> dict[str, str]:
    """The parameters of a query string, each known and given once."""
    try:
        pairs = urllib.parse.parse_qsl(
            query, keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS, separator="&"
        )
    except ValueError:  # too many, or an escape that is no UTF-8
        raise _bad(None, f"The query cannot be read. It takes {_listed(known)}, each once.") from None
    given: dict[str, str] = {}
    for name, value in pairs:
        if name not in known:
            raise _bad(None, f"Unknown query parameter. This path takes {_listed(known) or 'none'}.")
        if name in given:
            raise _bad(name, f"The query parameter `{name}` is given twice.")
        given[name] = value
    return given


def _limit(text: str, most: int) -> int:
    number = int(text) if _WHOLE_NUMBER.fullmatch(text) else 0
    if not 1 <= number <= most:
        raise _bad("limit", f"`limit` must be a whole number from 1 to {most}; without it, {DEFAULT_LIMIT} are shown.")
    return number


def _by_outcome(text: str) -> Callable[[Entry], bool]:
    """Requests that ended like this."""
    wanted = _one_of("outcome", text, Outcome)
    return lambda entry: entry.outcome == wanted


def _by_kind(text: str) -> Callable[[Entry], bool]:
    """Requests in which something failed like this, also those that another provider answered."""
    wanted = _one_of("kind", text, FailureKind)
    return lambda entry: (
        entry.kind == wanted or any(each.failure and each.failure.kind == wanted for each in entry.attempts)
    )


def _by_provider(name: str) -> Callable[[Entry], bool]:
    """Requests that this provider was asked, or passed over for (a deployment's id starts with its provider)."""
    prefix = f"{name}/"
    return lambda entry: (
        any(each.provider == name for each in entry.attempts)
        or any(each.deployment.startswith(prefix) for each in entry.skipped)
    )


def _one_of(parameter: str, text: str, allowed: Iterable[str]) -> str:
    if text not in set(allowed):
        raise _bad(parameter, f"`{parameter}` must be one of {_listed(allowed)}.")
    return text


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{each}`" for each in names)


def _bad(param: str | None, message: str) -> MalformedRequest:
    return MalformedRequest(message, param=param, code="invalid_query")


def _shown(entry: Entry) -> dict[str, object]:
    """One entry; what does not apply or is not known is null."""
    arrived_unix_s = entry.ended_unix_s - entry.total_s
    return {
        "id": entry.id,
        "arrived_at": datetime.fromtimestamp(arrived_unix_s, UTC).isoformat(timespec="milliseconds"),
        "revision": entry.revision or None,
        "operation": entry.operation,
        "asked_model": entry.asked or None,
        "model": entry.model or None,
        "streamed": entry.streamed,
        "outcome": entry.outcome,
        "kind": entry.kind,
        "status": entry.status or None,
        "error": entry.error,
        "first_content_ms": _ms(entry.first_content_s) if entry.first_content_s else None,
        "total_ms": _ms(entry.total_s),
        "usage": _usage(entry.usage),
        "cost_micros": entry.cost_micros,
        "attempts": [_attempt(each) for each in entry.attempts],
        "skipped": [{"deployment": each.deployment, "reason": each.reason} for each in entry.skipped],
    }


def _attempt(attempt: Attempt) -> dict[str, object]:
    failure = attempt.failure
    return {
        "deployment": attempt.deployment,
        "provider": attempt.provider,
        "role": attempt.role,
        "kind": attempt.word,
        "status": None if failure is None else failure.status,
        "message": None if failure is None else failure.message,
        "retry_after_s": None if failure is None else failure.retry_after_s,
        "started_ms": round(attempt.started_ms, 1),
        "ms": round(attempt.milliseconds, 1),
        "broke": attempt.broke,
    }


def _usage(usage: Usage | None) -> dict[str, int | None] | None:
    if usage is None:
        return None
    return {"prompt_tokens": usage.prompt_tokens, "completion_tokens": usage.completion_tokens}


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)
