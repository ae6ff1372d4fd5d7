"""Revisions and what became of them, as values. Never touches a file: `control.store` keeps them."""

import enum

import msgspec


class Origin(enum.StrEnum):
    """What made a revision."""

    START = "start"  # a gateway was started with a config that was not recorded
    APPLY = "apply"
    RELOAD = "reload"  # SIGHUP, or `serve --watch`
    ROLLBACK = "rollback"
    SWITCH = "switch-model"


class Source(msgspec.Struct, frozen=True):
    """One file of a revision.

    Attributes:
        path: relative to the folder of the config file, with `/`; the first of a revision is that file itself.
        sha256: of its bytes, in hex.
        size: in bytes.
    """

    path: str
    sha256: str
    size: int


class Revision(msgspec.Struct, frozen=True, kw_only=True):
    """One recorded config document.

    Attributes:
        number: from 1; order is by it.
        parent: the revision that held when this one was made, or None for the first.
        digest: of the config as a whole (`config.sources.digest_of`).
        sources: its files.
        created_unix_s: for people; clocks jump.
        author: who made it, as the system knows him.
        note: why, in his words, or "".
        origin: what made it.
        of: the revision whose sources these are again, for a rollback.
        file_digest: that of the config on disk when this was made, or None if there was none: a start serves what is on
            disk if that has changed since.
    """

    number: int
    parent: int | None
    digest: str
    sources: tuple[Source, ...]
    created_unix_s: float
    author: str
    note: str
    origin: Origin
    of: int | None = None
    file_digest: str | None = None


class Fate(enum.StrEnum):
    """What became of a revision."""

    APPLIED = "applied"
    ROLLED_BACK = "rolled back"  # it was served for a while, and something spoke against it
    REFUSED = "refused"  # something spoke against it before it was served
    INTERRUPTED = "interrupted"  # whoever applied it ended in the middle


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one revision.

    Attributes:
        number: of the revision.
        fate: in a word.
        reason: why it was not applied, or "".
        at_unix_s: when that was known.
        evidence: what was found out on the way (JSON: checks, measurements, events), for the record.
    """

    number: int
    fate: Fate
    reason: str
    at_unix_s: float
    evidence: msgspec.Raw = msgspec.Raw(b"{}")


class Head(msgspec.Struct, frozen=True):
    """Which revision holds.

    Attributes:
        number: of the revision.
    """

    number: int


class Journal(msgspec.Struct, frozen=True, kw_only=True):
    """The change that is under way.

    Attributes:
        number: of the revision that shall hold.
        step: the last one that was begun.
        before: the revision that held before, or None.
    """

    number: int
    step: str
    before: int | None


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What a revision says of itself beside its sources: see `Revision`."""

    author: str
    origin: Origin
    note: str = ""
    of: int | None = None
    file_digest: str | None = None


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the history.

    Attributes:
        number: of the revision.
        revision: None if what is kept of it is not what was recorded.
        outcome: None while that is not known; without its evidence.
        holds: it is the head.
        problem: what is wrong with what is kept of it, or "".
    """

    number: int
    revision: Revision | None
    outcome: Outcome | None
    holds: bool
    problem: str = ""
