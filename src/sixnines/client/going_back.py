"""The way back to the config that held before: what it would be, and going it. Never goes further than was agreed."""

from collections.abc import Iterator
from dataclasses import dataclass

from sixnines.client.gateway import GatewayClient
from sixnines.control.asked import RollbackAsked
from sixnines.control.events import Began, Ended, Event, Warned
from sixnines.control.lineage import before
from sixnines.control.revision import Revision
from sixnines.errors import ControlError, UnknownRevision


@dataclass(frozen=True, slots=True)
class WayBack:
    """From the revision that holds to the one that held before it."""

    holds: Revision
    target: Revision


def way_back(client: GatewayClient) -> WayBack:
    """Where a rollback would go.

    Raises:
        UnknownRevision: nowhere: nothing held before, or it is not kept.
        SixNinesError: see `GatewayClient`.
    """
    entries = client.history().revisions
    kept = {each.number: each.revision for each in entries if each.revision is not None}

    def read(number: int) -> Revision:
        found = kept.get(number)
        if found is None:
            raise UnknownRevision(f"no revision {number} is kept")
        return found

    head = next((each.number for each in entries if each.holds), None)
    if head is None:
        raise UnknownRevision("no revision holds: nothing is recorded")
    try:
        target = before(head, read)
    except ControlError as problem:
        raise UnknownRevision(str(problem)) from None
    if target is None:
        raise UnknownRevision(f"nothing held before revision {head}")
    return WayBack(read(head), read(target))


def go_back(client: GatewayClient, number: int, author: str) -> Iterator[str]:
    """Have the config of a revision hold again; what happens, in words, as it happens.

    Raises:
        SixNinesError: it cannot be done: see `GatewayClient`.
    """
    for event in client.rollback(RollbackAsked(revision=number, author=author, note="from sixnines top")):
        if (line := _told(event)) is not None:
            yield line


def _told(event: Event) -> str | None:
    match event:
        case Began():
            return event.message
        case Warned():
            return f"warning: {event.message}"
        case Ended():
            reason = f": {event.reason}" if event.reason else ""
            return f"{event.ending.value}{reason}; revision {event.running} is served, {event.holds} holds"
        case _:
            return None
