"""What is asked of a running gateway about its config, and what it answers: the bodies of its admin paths. Values only.

The gateway reads them in `server/admin_changes.py`, commands write them in `client/`. What a change answers is a line
of JSON for each of its events (`control.events.Event`), and where it ends by an exception one with `error` as the last.
"""

import msgspec

from sixnines.config.sources import SourceFile
from sixnines.control.revision import Entry, Outcome, Revision


class ApplyAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`POST /admin/v1/apply`.

    Attributes:
        files: of the config, the one that the operator names first; their content is base64 in JSON.
        author, note, base, preflight, verify, watch_s, force, dry_run: see `control.ports.Terms`.
    """

    files: list[SourceFile]
    author: str = ""
    note: str = ""
    base: int | None = None
    preflight: bool = True
    verify: bool = True
    watch_s: float = 60.0
    force: bool = False
    dry_run: bool = False


class RollbackAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`POST /admin/v1/rollback`. It was served before: nothing is asked or verified first unless that is wanted.

    Attributes:
        revision: whose config it shall be again; None: what held before.
        author, note, preflight, verify, watch_s, force, dry_run: see `control.ports.Terms`.
    """

    revision: int | None = None
    author: str = ""
    note: str = ""
    preflight: bool = False
    verify: bool = False
    watch_s: float = 0.0
    force: bool = False
    dry_run: bool = False


class GatewayState(msgspec.Struct, frozen=True, kw_only=True):
    """`GET /admin/v1/gateway`.

    Attributes:
        revision: what new requests are served by; 0 for a config that could not be recorded.
        digest: of that config.
        since_unix_s: when it was taken up.
        head: the revision that holds; None if there is none, or it cannot be told.
        changing: who changes the config at the moment and since when, or None.
        restart: keys of it that take effect at the next start only.
        problem: why revisions cannot be recorded, or "".
        store: the folder of the revisions.
        config: the config file.
        version: of sixnines.
        instance: tells this gateway from the one that was started before it.
        pid: its process; with several workers, their parent.
        workers: how many there are.
        missing_workers: those that did not answer.
        started_unix_s: when the gateway was started.
        in_flight: requests being served.
        good, bad: how requests have ended since the start: see `control.interface.Tally`.
    """

    revision: int
    digest: str
    since_unix_s: float
    head: int | None
    changing: str | None
    restart: list[str]
    problem: str
    store: str
    config: str
    version: str
    instance: str
    pid: int
    workers: int
    missing_workers: list[int]
    started_unix_s: float
    in_flight: int
    good: int
    bad: int


class History(msgspec.Struct, frozen=True, kw_only=True):
    """`GET /admin/v1/revisions`: the newest first."""

    revisions: list[Entry]


class RevisionShown(msgspec.Struct, frozen=True, kw_only=True):
    """`GET /admin/v1/revisions/{number}`.

    Attributes:
        revision, outcome: the outcome with all of its evidence; None while it is not known.
        holds: it is the head.
        files: its sources; their content is base64 in JSON.
    """

    revision: Revision
    outcome: Outcome | None
    holds: bool
    files: list[SourceFile]
