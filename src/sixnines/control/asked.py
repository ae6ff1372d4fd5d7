"""What is asked of a running gateway about its config, and what it answers: the bodies of its admin paths. Values only.

The gateway reads them in `server/admin_changes.py`, commands write them in `client/`.
"""

import msgspec

from sixnines.config.sources import SourceFile
from sixnines.control.revision import Outcome, Revision


class ApplyAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`POST /admin/v1/apply`.

    Attributes:
        files: of the config, the one that is named first; their content is base64 in JSON.
        note: why, in a person's words.
        author: who, as the system of the command knows him.
        base: the revision that this was planned from; another one that holds by now makes it a stale plan.
        watch_s: seconds for which the error rate is watched before it holds.
        verify: whether it is verified before it holds.
        force: go on although what is found out on the way speaks against it.
        dry_run: stop before anything is recorded.
    """

    files: list[SourceFile]
    note: str = ""
    author: str = ""
    base: int | None = None
    watch_s: float = 0.0
    verify: bool = True
    force: bool = False
    dry_run: bool = False


class RollbackAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`POST /admin/v1/rollback`.

    Attributes:
        revision: whose config it shall be again; None: the one before the one that holds.
        note, author, watch_s, verify: as for `ApplyAsked`.
    """

    revision: int | None = None
    note: str = ""
    author: str = ""
    watch_s: float = 0.0
    verify: bool = False


class GatewayState(msgspec.Struct, frozen=True, kw_only=True):
    """`GET /admin/v1/gateway`.

    Attributes:
        revision: what new requests are served by; 0 for a config that could not be recorded.
        digest: of that config.
        since_unix_s: when it was taken up.
        head: the revision that the next start serves, as long as the files stay as they are; None if there is none.
        changing: who changes it at the moment and since when, or None.
        needs_restart: keys of it that take effect at the next start only.
        writable: whether revisions can be recorded.
        store: the folder of the revisions; None: none are recorded.
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
    needs_restart: list[str]
    writable: bool
    store: str | None
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


class RevisionRow(msgspec.Struct, frozen=True, kw_only=True):
    """One revision and what became of it.

    Attributes:
        number: of the revision.
        revision: None if what is kept of it is not what was recorded.
        outcome: None while that is not known.
        holds: it is the head.
        problem: what is wrong with what is kept, or "".
    """

    number: int
    revision: Revision | None
    outcome: Outcome | None
    holds: bool
    problem: str = ""


class RevisionList(msgspec.Struct, frozen=True, kw_only=True):
    """`GET /admin/v1/revisions`: the newest first."""

    revisions: list[RevisionRow]


class RevisionShown(msgspec.Struct, frozen=True, kw_only=True):
    """`GET /admin/v1/revisions/{number}`.

    Attributes:
        revision, outcome, holds: as in `RevisionRow`.
        files: its sources; their content is base64 in JSON.
    """

    revision: Revision
    outcome: Outcome | None
    holds: bool
    files: list[SourceFile]
