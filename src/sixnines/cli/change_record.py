"""The deployment record of a change that was just made, from what was told of it and what is kept. Writes one file.

Never makes a change fail: what is not kept, or cannot be read, is left out of the page.
"""

import shlex
from collections.abc import Callable, Sequence
from pathlib import Path

from sixnines import __version__
from sixnines.clock import Clock
from sixnines.config.load import read_sources
from sixnines.control.archive import Archive
from sixnines.control.asked import RevisionShown
from sixnines.control.events import Ended, Event, Evidence, Step
from sixnines.control.record import Record, render
from sixnines.control.recounted import evidence_of
from sixnines.errors import ControlError, SixNinesError
from sixnines.registry import CATALOG

Kept = Callable[[int], RevisionShown]
"""What is kept of a revision. Raises `SixNinesError` where nothing is."""


def write_record(path: Path, events: Sequence[Event], config: Path, *, kept: Kept, clock: Clock) -> None:
    """Write the page of a change.

    Args:
        path: where.
        events: what was told of it, to its end.
        config: the config file.
        kept: see there.
        clock: for the time on the page.

    Raises:
        OSError: it cannot be written.
    """
    number = next((each.revision for each in events if isinstance(each, Ended)), None)
    shown = None if number is None else _shown(number, kept)
    evidence = evidence_of(events)
    revision = None if shown is None else shown.revision
    parent = None if revision is None else revision.parent
    served = any(each.step is Step.ACTIVATE for each in evidence.steps)
    record = Record(
        config=str(config),
        digest="" if revision is None else revision.digest,
        gateway="the one of this config" if served else "",
        made_unix_s=clock.unix_s(),
        version=__version__,
        evidence=evidence,
        providers=_providers(shown, evidence),
        revision=revision,
        outcome=None if shown is None else shown.outcome,
        rollback="" if parent is None else f"sixnines rollback {parent} --config {shlex.quote(str(config))}",
    )
    path.write_text(render(record), "utf-8")


def kept_in(archive: Archive) -> Kept:
    """What is kept in a folder of this machine."""

    def read(number: int) -> RevisionShown:
        revision, files = archive.read(number), archive.sources(number)
        try:
            holds = archive.head() == number
        except ControlError:
            holds = False
        return RevisionShown(revision=revision, outcome=archive.outcome(number), holds=holds, files=list(files))

    return read


def _shown(number: int, kept: Kept) -> RevisionShown | None:
    try:
        return kept(number)
    except SixNinesError:
        return None


def _providers(shown: RevisionShown | None, evidence: Evidence) -> list[str]:
    """Their names, in the order of the config; where that is not at hand, of those that were asked."""
    if shown is not None:
        document = read_sources(shown.files, "", None, CATALOG, directory=Path()).document
        if document is not None:
            return [*document.providers]
    asked = (each.result for each in evidence.checks)
    return list(dict.fromkeys(each.subject for each in asked if each.group in ("preflight", "providers")))
