"""`/ui/revisions`: every config that was served or refused, what became of it, what differs, and the way back.

Never changes anything by itself: a rollback is the admin API's, with all of its checks.
"""

import re
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

import msgspec

from sixnines.client.change_words import made_by
from sixnines.client.words import plain
from sixnines.control.asked import GatewayState, History, RevisionShown, RollbackAsked
from sixnines.control.events import Evidence
from sixnines.control.lineage import before
from sixnines.control.revision import Entry, Fate, Outcome, Revision
from sixnines.errors import ControlError, MalformedRequest, UnknownPath, UnknownRevision
from sixnines.web.asking import Asking
from sixnines.web.change_story import Told, risk_words, rolled_back, story_of
from sixnines.web.comparing import Compared, compared, text_of
from sixnines.web.interface import Answer, Asked, Shown, Streamed

LIST: Final = "/ui/revisions"
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,17}")
_LONGEST_WATCH_S: Final = 3600
_TONES: Final = {Fate.APPLIED: "good", Fate.ROLLED_BACK: "bad", Fate.REFUSED: "warn", Fate.INTERRUPTED: "warn"}

_encode: Final = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Row:
    """One revision in the list.

    Attributes:
        number: of it.
        holds: the next start serves it.
        is_served: new requests are served by it.
        made_unix_s: when it was made; None where what is kept of it is corrupt.
        author, by, note: who made it, what made it, and why.
        fate: what became of it, in a word; `tone` says how good that is.
        tone: `good`, `warn`, `bad` or `calm`.
        reason: why it did not hold, or what is wrong with what is kept.
        digest: of the config, shortened.
    """

    number: int
    holds: bool
    is_served: bool
    made_unix_s: float | None
    author: str
    by: str
    note: str
    fate: str
    tone: str
    reason: str
    digest: str


class Revisions:
    """The list, the newest first."""

    path = LIST
    title = "Revisions"
    place = "Revisions"

    async def show(self, asked: Asked) -> Answer:
        """All that are kept; or why there are none."""
        history = await asked.ask.find("/admin/v1/revisions", History)
        state = await asked.ask.find("/admin/v1/gateway", GatewayState)
        if history is None or state is None:
            return Shown("revisions.html", {"rows": (), "state": None, "back": None})
        entries = history.revisions
        rows = [_row(each, state) for each in entries]
        return Shown("revisions.html", {"rows": rows, "state": state, "back": _way_back(entries)})


class RevisionPages:
    """One revision, with the way back to it; and the difference between two."""

    path = f"{LIST}/"
    title = "Revision"
    place = ""

    async def show(self, asked: Asked) -> Answer:
        """One of them, or a comparison.

        Raises:
            UnknownPath: there is no such page.
            Refused: the gateway does not keep it, or what is kept is corrupt.
        """
        if asked.below == "compare":
            return await _comparison(asked)
        return await _one(asked, _number(asked.below))

    async def act(self, asked: Asked) -> Answer:
        """Roll back to it, and tell what happens.

        Raises:
            UnknownPath: there is no such page.
            MalformedRequest: the form was filled in wrongly.
        """
        number = _number(asked.below)
        wanted = _wanted(number, asked)
        if "follow" in asked.form:
            return Streamed("application/x-ndjson", _lines(asked.ask, wanted))
        story = [told async for told in rolled_back(asked.ask, wanted)]
        values = {"number": number, "story": story[:-1], "end": story[-1]}
        return Shown("revision_change.html", values, title=f"Back to revision {number}")


async def _lines(ask: Asking, wanted: RollbackAsked) -> AsyncGenerator[bytes, None]:
    async with aclosing(rolled_back(ask, wanted)) as story:
        async for told in story:
            yield _encode(told) + b"\n"


async def _one(asked: Asked, number: int) -> Shown:
    state = await asked.ask.get("/admin/v1/gateway", GatewayState)
    shown = await _revision(asked.ask, number)
    change = None
    if state.revision and state.revision != number:
        change = await compared(asked.ask, await _revision(asked.ask, state.revision), shown)
    revision, outcome = shown.revision, shown.outcome
    values = {
        "row": _row(Entry(number=number, revision=revision, outcome=outcome, holds=shown.holds), state),
        "revision": revision,
        "outcome": outcome,
        "story": [*_story(outcome)],
        "state": state,
        "change": change,
        "risks": _risks(change),
        "never_held": outcome is not None and outcome.fate is not Fate.APPLIED,
        "files": [(plain(each.path), text_of(each)) for each in shown.files],
    }
    return Shown("revision.html", values, title=f"Revision {number}")


async def _comparison(asked: Asked) -> Shown:
    old, new = (_number(asked.query.get(key, "")) for key in ("old", "new"))
    sides = await _revision(asked.ask, old), await _revision(asked.ask, new)
    change = await compared(asked.ask, *sides)
    history = await asked.ask.get("/admin/v1/revisions", History)
    values = {
        "old": sides[0].revision,
        "new": sides[1].revision,
        "change": change,
        "risks": _risks(change),
        "numbers": [each.number for each in history.revisions],
    }
    return Shown("comparison.html", values, title=f"From revision {old} to {new}")


async def _revision(ask: Asking, number: int) -> RevisionShown:
    return await ask.get(f"/admin/v1/revisions/{number}", RevisionShown)


def _risks(change: Compared | None) -> list[tuple[str, str]]:
    if change is None or change.comparison is None:
        return []
    return [(each.level.value, risk_words(each)) for each in change.comparison.risks]


def _row(entry: Entry, state: GatewayState) -> Row:
    revision, outcome = entry.revision, entry.outcome
    fate, tone = "not known", "calm"
    if entry.problem or revision is None:
        fate, tone = "corrupt", "bad"
    elif outcome is not None:
        fate, tone = outcome.fate.value, _TONES[outcome.fate]
    reason = entry.problem or ("" if outcome is None else outcome.reason)
    return Row(
        entry.number, entry.holds, entry.number == state.revision,
        None if revision is None else revision.created_unix_s,
        "" if revision is None else plain(revision.author),
        "" if revision is None else made_by(revision),
        "" if revision is None else plain(revision.note),
        fate, tone, plain(reason), "" if revision is None else revision.digest[:12],
    )  # fmt: skip


def _way_back(entries: list[Entry]) -> int | None:
    """Where a rollback goes that names no revision."""
    kept = {each.number: each.revision for each in entries if each.revision is not None}

    def read(number: int) -> Revision:
        if number not in kept:
            raise UnknownRevision(f"revision {number} is not kept")
        return kept[number]

    head = next((each.number for each in entries if each.holds), None)
    try:
        return None if head is None else before(head, read)
    except ControlError:
        return None


def _story(outcome: Outcome | None) -> Iterator[Told]:
    """What was found out when it was applied."""
    if outcome is None:
        return
    try:
        evidence = msgspec.json.decode(outcome.evidence, type=Evidence)
    except msgspec.MsgspecError:  # of another version
        return
    for step in evidence.steps:
        yield from story_of(step)
    for check in evidence.checks:
        yield from story_of(check)
    yield from (Told("warn", plain(each)) for each in evidence.warnings)
    if evidence.watched is not None:
        yield from story_of(evidence.watched)


def _number(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise UnknownPath("A revision is asked for by its number, such as /ui/revisions/3.")
    return int(text)


def _wanted(number: int, asked: Asked) -> RollbackAsked:
    form = asked.form
    author = form.get("author", "").strip()
    if not author:
        raise MalformedRequest("Say who rolls back: the history keeps it.", param="author")
    watch = form.get("watch_s", "0")
    if not watch.isdecimal() or int(watch) > _LONGEST_WATCH_S:
        raise MalformedRequest(f"Requests are watched for 0 to {_LONGEST_WATCH_S} seconds.", param="watch_s")
    checks = "verify" in form
    return RollbackAsked(
        revision=number, author=author, note=form.get("note", "").strip(), preflight=checks, verify=checks,
        watch_s=float(watch), force="force" in form,
    )  # fmt: skip
