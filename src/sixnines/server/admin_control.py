"""What is served and what has been: `GET /admin/v1/gateway` and `/admin/v1/revisions`, for administrators (see `App`).

Never shows a secret: config holds references to them. Never gives out a revision that is not what was recorded.
"""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from sixnines import __version__
from sixnines.control.archive import Archive
from sixnines.control.asked import GatewayState, History, RevisionShown
from sixnines.control.completion import in_thread
from sixnines.errors import ControlError, UnknownPath
from sixnines.server.app import Visit
from sixnines.server.running import Running

_encode = msgspec.json.Encoder().encode
# No cache may keep what needed a key, or show yesterday's.
_HEADERS = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"))
_NUMBER = re.compile(r"[1-9][0-9]{0,17}")


@dataclass(frozen=True, slots=True)
class About:
    """What stays as it is while the gateway runs, and what one worker knows of itself.

    Attributes:
        config: the config file.
        instance: names the gateway.
        pid: its process; with several workers, their parent.
        started_unix_s: when it was started.
        since_unix_s: when the config that holds was taken up.
        restart: keys of it that take effect at the next start only.
    """

    config: str
    instance: str
    pid: int
    started_unix_s: float
    since_unix_s: Callable[[], float]
    restart: Callable[[], list[str]]


class GatewayPage:
    """`GET /admin/v1/gateway`: what is served, since when, and how that goes."""

    path = "/admin/v1/gateway"

    def __init__(self, running: Running, archive: Archive, about: About) -> None:
        self._running = running
        self._archive = archive
        self._about = about

    async def serve(self, visit: Visit) -> None:
        """All of it, over all workers."""
        about, generation = self._about, visit.ticket.generation
        total, replies = await self._running.all_parts()
        head, changing, problem = await in_thread(self._look)
        state = GatewayState(
            revision=generation.revision,
            digest=generation.snapshot.digest,
            since_unix_s=about.since_unix_s(),
            head=head,
            changing=changing,
            restart=about.restart(),
            problem=problem,
            store=str(self._archive.folder),
            config=about.config,
            version=__version__,
            instance=about.instance,
            pid=about.pid,
            workers=1 + len(replies.said) + len(replies.missing),
            missing_workers=list(replies.missing),
            started_unix_s=about.started_unix_s,
            in_flight=total.in_flight,
            good=total.good,
            bad=total.bad,
        )
        _send(visit, state)

    def _look(self) -> tuple[int | None, str | None, str]:
        """Head, who changes it, and why nothing can be recorded."""
        archive = self._archive
        try:
            holder = archive.holder()
            head = archive.head()
        except ControlError as error:
            return None, None, str(error)
        folder = archive.folder
        writable = os.access(folder, os.W_OK | os.X_OK)
        problem = "" if writable else f"{folder} cannot be written by the user that the gateway runs as"
        return head, None if holder is None else holder.told(), problem


class RevisionList:
    """`GET /admin/v1/revisions`: all that are kept, the newest first."""

    path = "/admin/v1/revisions"

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    async def serve(self, visit: Visit) -> None:
        """Those that are corrupt too, with what is wrong.

        Raises:
            StoreUnusable: the folder cannot be read.
        """
        _send(visit, History(revisions=await in_thread(self._archive.history)))


class RevisionDetail:
    """`GET /admin/v1/revisions/{number}`: one of them, with its files and what became of it."""

    path = "/admin/v1/revisions/"

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    async def serve(self, visit: Visit) -> None:
        """The one that the path names.

        Raises:
            UnknownPath: this is no number.
            UnknownRevision: there is none of this number.
            CorruptRevision: it is not what was recorded.
            StoreUnusable: it cannot be read.
        """
        number = visit.request.path.removeprefix(self.path)
        if not _NUMBER.fullmatch(number):
            raise UnknownPath("A revision is asked for by its number: /admin/v1/revisions/3.")
        _send(visit, await in_thread(self._shown, int(number)))

    def _shown(self, number: int) -> RevisionShown:
        archive = self._archive
        return RevisionShown(
            revision=archive.read(number),
            outcome=archive.outcome(number),
            holds=archive.head() == number,
            files=list(archive.sources(number)),
        )


def _send(visit: Visit, body: msgspec.Struct) -> None:
    visit.responder.send(200, [*_HEADERS, *visit.ticket.headers()], _encode(body))
