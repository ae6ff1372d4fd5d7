"""A change as it is planned: from what to what, what is different, and what it can do.

Pure. Never read or written here (`control.plan_file`), and never made (`control.deployment`).
"""

from dataclasses import dataclass

import msgspec

from sixnines.config.document import Document
from sixnines.config.sources import SourceFile
from sixnines.control.difference import Change, at_the_next_start, difference
from sixnines.control.risks import find_risks
from sixnines.control.risks.interface import Risk
from sixnines.domain.kind import Catalog


class Base(msgspec.Struct, frozen=True, kw_only=True):
    """What a plan starts from.

    Attributes:
        revision: its number.
        digest: of its config (`Revision.digest`).
    """

    revision: int
    digest: str


class ChangePlan(msgspec.Struct, frozen=True, kw_only=True):
    """The difference between two revisions, with its risks.

    Attributes:
        config: the config file, as an absolute path: what it was made for.
        base: what it starts from; None: nothing was recorded, and everything is new.
        digest: of the config that is to hold.
        sources: its files.
        changes: what is different, in the order of the document.
        risks: what that can do, the worst first.
        next_start: the keys of which the change takes effect at the next start only.
        made_unix_s: when it was made, for people.
        version: of the sixnines that made it, for people.
    """

    config: str
    base: Base | None
    digest: str
    sources: tuple[SourceFile, ...]
    changes: tuple[Change, ...]
    risks: tuple[Risk, ...]
    next_start: tuple[str, ...]
    made_unix_s: float
    version: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two configs side by side.

    Attributes:
        changes: what is different, in the order of the document.
        risks: what that can do, the worst first.
    """

    changes: tuple[Change, ...]
    risks: tuple[Risk, ...]

    @property
    def next_start(self) -> tuple[str, ...]:
        """The keys of which the change takes effect at the next start only."""
        return at_the_next_start(self.changes)


def compare(old: Document | None, new: Document, catalog: Catalog) -> Comparison:
    """What leads from one config to another, neither of them with errors.

    Args:
        old: what holds; None: nothing does.
        new: what is to hold.
        catalog: what is built in.
    """
    return Comparison(difference(old, new), find_risks(old, new, catalog))
