"""The deployment record of a change that was just made, from what was told of it and what is kept. Writes one file.

Never makes a change fail: what is not kept any more, or cannot be read, is left out of the page, which says so.
"""

import shlex
from collections.abc import Sequence
from pathlib import Path

from sixnines import __version__
from sixnines.cli.recorded import Point, Recorded
from sixnines.clock import Clock
from sixnines.control.archive import Archive, folder_of
from sixnines.control.change_plan import Comparison, compare
from sixnines.control.events import Ended, Event
from sixnines.control.plan_text import lines_of
from sixnines.control.record import Record, render
from sixnines.control.recounted import evidence_of
from sixnines.control.revision import Outcome, Revision
from sixnines.errors import ConfigError, ControlError
from sixnines.registry import CATALOG
from sixnines.settings import Settings


def write_record(path: Path, events: Sequence[Event], config: Path, *, settings: Settings, clock: Clock) -> None:
    """Write the page of a change.

    Args:
        path: where.
        events: what was told of it, to its end.
        config: the config file.
        settings: where its revisions are kept.
        clock: for the time on the page.

    Raises:
        OSError: it cannot be written.
    """
    path.write_text(render(_record(events, config, settings, clock)), "utf-8")


def _record(events: Sequence[Event], config: Path, settings: Settings, clock: Clock) -> Record:
    number = next((each.revision for each in events if isinstance(each, Ended)), None)
    revision = outcome = comparison = None
    now: Point | None = None
    if number is not None:
        recorded = Recorded(config, settings)
        revision, outcome = _kept(number, config, settings)
        now = _point(recorded, number)
        if revision is not None and now is not None:
            before = None if revision.parent is None else _point(recorded, revision.parent)
            comparison = _compared(before, now, revision)
    evidence = evidence_of(events)
    checked = (each.result for each in evidence.checks)
    providers = [each.served_by or each.subject for each in checked if each.group in ("preflight", "providers")]
    if now is not None and now.document is not None:
        providers = [*now.document.providers]
    parent = None if revision is None else revision.parent
    return Record(
        config=str(config),
        digest="" if revision is None else revision.digest,
        gateway="the one that runs" if any(each.step == "activate" for each in evidence.steps) else "",
        made_unix_s=clock.unix_s(),
        version=__version__,
        evidence=evidence,
        providers=list(dict.fromkeys(providers)),
        revision=revision,
        outcome=outcome,
        changes=None if comparison is None else _lines(comparison),
        risks=() if comparison is None else [f"{each.level}: {each.message}" for each in comparison.risks],
        rollback="" if parent is None else f"sixnines rollback {parent} --config {shlex.quote(str(config))}",
    )


def _kept(number: int, config: Path, settings: Settings) -> tuple[Revision | None, Outcome | None]:
    archive = Archive(folder_of(settings.state_home, config))
    try:
        return archive.read(number), archive.outcome(number)
    except ControlError:
        return None, None


def _point(recorded: Recorded, number: int) -> Point | None:
    try:
        return recorded.revision(number)
    except (ControlError, ConfigError):
        return None


def _compared(before: Point | None, now: Point, revision: Revision) -> Comparison | None:
    """What has changed; None where the parent cannot be read any more."""
    if now.document is None or (before is None and revision.parent is not None):
        return None
    return compare(None if before is None else before.document, now.document, CATALOG)


def _lines(comparison: Comparison) -> list[str]:
    """What has changed, a line each, as a plan tells it."""
    found: list[str] = []
    for change in comparison.changes:
        for line in lines_of(change):
            sign = "" if line.action is None else f"{line.action}: "
            found.append(f"{'  ' * line.depth}{sign}{line.text}")
    return found
