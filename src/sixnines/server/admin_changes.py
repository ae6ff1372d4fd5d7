"""Changes of the config on request, for administrators (see `App`): `POST /admin/v1/apply` and `/admin/v1/rollback`.

Answers with what happens, as it happens: a line of JSON each. Whoever asked watches: if he goes away before the end,
the gateway goes back. Never begins an answer before it is clear that the change can be begun.
"""

import asyncio
import logging
from collections.abc import Callable
from pathlib import PurePosixPath

import msgspec

from sixnines.config.snapshot import Expose
from sixnines.control.asked import ApplyAsked, RollbackAsked
from sixnines.control.events import Ended, Event
from sixnines.dialects import unambiguous
from sixnines.dialects.validation import decode
from sixnines.domain.trail import Trail
from sixnines.errors import Draining, MalformedRequest, SixNinesError
from sixnines.server.app import Visit
from sixnines.server.changes import Changes
from sixnines.server.errors import bug, describe

# Often enough for whoever waits to know that the gateway is there, and for the gateway to notice that he is not.
_NEWS_EVERY_S = 5.0
_HEADERS = ((b"content-type", b"application/x-ndjson"), (b"cache-control", b"no-store"))
_LONGEST_TEXT = 2000  # of a note or the name of an author
_LONGEST_WATCH_S = 86_400.0

_log = logging.getLogger("sixnines")

_encode = msgspec.json.Encoder().encode
_apply = msgspec.json.Decoder(ApplyAsked)
_rollback = msgspec.json.Decoder(RollbackAsked)

Tell = Callable[[Event], None]


class Apply:
    """`POST /admin/v1/apply`: serve a config, and have it hold if nothing speaks against it."""

    path = "/admin/v1/apply"

    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    async def serve(self, visit: Visit) -> None:
        """What happens.

        Raises:
            MalformedRequest: the body.
            ControlError, ConfigError: see `Deployment.apply`.
        """
        body = visit.request.body
        asked = decode(body, _apply)
        unambiguous.check(body)
        _check(asked)
        _check_paths(asked)
        await _follow(visit, lambda tell: self._changes.apply(asked, tell))


class Rollback:
    """`POST /admin/v1/rollback`: serve an earlier config again."""

    path = "/admin/v1/rollback"

    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    async def serve(self, visit: Visit) -> None:
        """What happens.

        Raises:
            MalformedRequest: the body.
            ControlError, ConfigError: see `Deployment.rollback`.
        """
        body = visit.request.body or b"{}"
        asked = decode(body, _rollback)
        unambiguous.check(body)
        _check(asked)
        await _follow(visit, lambda tell: self._changes.rollback(asked, tell))


async def _follow(visit: Visit, begin: Callable[[Tell], "asyncio.Task[Ended]"]) -> None:
    """Pass on what happens in a change until its end."""
    told: asyncio.Queue[Event | None] = asyncio.Queue()
    task = begin(told.put_nowait)
    task.add_done_callback(lambda _: told.put_nowait(None))
    try:
        line = await _line(told)
        if line is None and (problem := _problem(task)) is not None:  # it ended before anything happened
            raise problem
        visit.responder.start(200, [*_HEADERS, *visit.ticket.headers()])
        while line is not None:
            await visit.responder.write(line)
            line = await _line(told)
        if (problem := _problem(task)) is not None:
            await visit.responder.write(_told(problem, visit.ticket.id))
        visit.responder.end()
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait([task])


async def _line(told: "asyncio.Queue[Event | None]") -> bytes | None:
    """The next event as a line; an empty one when nothing happens for a while; None at the end."""
    try:
        async with asyncio.timeout(_NEWS_EVERY_S):
            event = await told.get()
    except TimeoutError:
        return b"\n"
    return None if event is None else _encode(event) + b"\n"


def _problem(task: "asyncio.Task[Ended]") -> BaseException | None:
    """How a change that is over has failed, if it has."""
    if task.cancelled():
        return Draining("The gateway is stopping; it has gone back to what it served before.")
    return task.exception()


def _told(problem: BaseException, request_id: str) -> bytes:
    """The last line of an answer that had begun before the change failed."""
    if isinstance(problem, SixNinesError):
        error = describe(problem, Trail([], ()), Expose.TRAIL).error
    else:  # a bug of ours
        _log.error("a change of the config failed, request id %s", request_id, exc_info=problem)
        error = bug().error
    return _encode({"error": error}) + b"\n"


def _check(asked: ApplyAsked | RollbackAsked) -> None:
    for name, text in (("author", asked.author), ("note", asked.note)):
        if len(text) > _LONGEST_TEXT:
            raise _bad(name, f"`{name}` is longer than {_LONGEST_TEXT} characters.")
    if not 0 <= asked.watch_s <= _LONGEST_WATCH_S:
        raise _bad("watch_s", f"`watch_s` must be a number of seconds from 0 to {_LONGEST_WATCH_S}.")


def _check_paths(asked: ApplyAsked) -> None:
    """Files lie in the config's folder, whatever their names say."""
    if not asked.files:
        raise _bad("files", "`files` is empty: send the config file, and those that it includes after it.")
    seen: set[str] = set()
    for file in asked.files:
        path = PurePosixPath(file.path)
        if path.is_absolute() or ".." in path.parts or file.path != str(path) or "\0" in file.path:
            raise _bad("files", "The paths of `files` are relative to the folder of the first, with `/` and no `..`.")
        if file.path in seen:
            raise _bad("files", "A path is among `files` twice.")
        seen.add(file.path)


def _bad(param: str, message: str) -> MalformedRequest:
    return MalformedRequest(message, param=param, code="invalid_value")
