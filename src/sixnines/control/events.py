"""What happens in the course of a change, as values: lines of JSON for whoever watches, and evidence for the record.

Never holds a secret, nor text that callers or models have written.
"""

import enum

import msgspec

from sixnines.config.diagnostics import Diagnostic
from sixnines.control.difference import Change
from sixnines.control.risks.interface import Risk


class Step(enum.StrEnum):
    """The steps of a change, in order."""

    CHECK = "check"  # settle what was left, read the config, compare it with what holds
    PREFLIGHT = "preflight"  # ask the providers that have changed
    RECORD = "record"  # sources, revision, journal
    ACTIVATE = "activate"  # new requests are served by it
    VERIFY = "verify"
    WATCH = "watch"
    COMMIT = "commit"  # head, outcome, journal away
    GO_BACK = "go back"  # instead of the one before


class CheckStatus(enum.StrEnum):
    """How a check ended."""

    PASSED = "passed"
    FAILED = "failed"
    WARNING = "warning"  # worth knowing, no reason to go back
    SKIPPED = "skipped"  # the message says why, such as `optional`


class CheckResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a check of the running gateway or of a provider found out.

    Attributes:
        group: such as `gateway`, `provider`, `model`, `edge`.
        subject: what was looked at in it, such as a provider's name.
        name: what was asked of it, such as `answers by itself`.
        status: how it ended.
        message: what was found, with a word on what to do where something is wrong.
        elapsed_s: how long it took.
        served_by: the provider that answered, where one did.
        measured: figures by name, with the unit in it: `ttfb_s`, `tokens_per_s`.
        cost_micros: what it cost, in millionths of a dollar.
    """

    group: str
    subject: str
    name: str
    status: CheckStatus
    message: str = ""
    elapsed_s: float = 0.0
    served_by: str | None = None
    measured: dict[str, float] = {}
    cost_micros: int = 0


class Began(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="began"):
    """A step was begun.

    Attributes:
        step: which.
        message: what is done in it, for people.
        after_s: seconds since the change was begun.
    """

    step: Step
    message: str
    after_s: float


class Checked(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="checked"):
    """A check has ended.

    Attributes:
        step: preflight or verify.
        result: what it found out.
    """

    step: Step
    result: CheckResult


class Diagnosed(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="diagnosed"):
    """What the checks of the config say: warnings, or it would not have come so far.

    Attributes:
        diagnostics: in the order of the file.
    """

    diagnostics: tuple[Diagnostic, ...]


class Compared(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="compared"):
    """What is different from what is served, or from what holds where no gateway runs.

    Attributes:
        changes: in the order of the document; none where only the text differs.
        risks: what they can do, the worst first.
    """

    changes: tuple[Change, ...]
    risks: tuple[Risk, ...]


class Warned(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="warned"):
    """Something that the operator should know and that stops nothing.

    Attributes:
        message: one sentence.
    """

    message: str


class Watched(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="watched"):
    """How requests end under the new config.

    Attributes:
        after_s: seconds of watching so far.
        requests: that ended in this time.
        failed: of them.
        before_requests: that what is compared with consists of.
        before_failed: of them.
        verdict: in words, with the numbers.
    """

    after_s: float
    requests: int
    failed: int
    before_requests: int
    before_failed: int
    verdict: str


class Ending(enum.StrEnum):
    """How a change ended."""

    APPLIED = "applied"
    UNCHANGED = "unchanged"  # there was nothing to do
    CHECKED = "checked"  # a dry run: nothing speaks against it so far
    REFUSED = "refused"  # nothing was served by it
    ROLLED_BACK = "rolled back"  # something was
    SERVED = "served"  # a rollback that could not be recorded: it is served, and another one holds


class Ended(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="ended"):
    """The change has ended.

    Attributes:
        ending: how.
        revision: the one that was recorded, or None.
        holds: the one that the next start serves, or None.
        running: the one that the gateway serves now; None if none runs.
        reason: why it was not applied, or "".
        restart: keys of which the change takes effect at the next start only.
        took_s: seconds in all.
    """

    ending: Ending
    revision: int | None
    holds: int | None
    running: int | None
    reason: str = ""
    restart: tuple[str, ...] = ()
    took_s: float = 0.0


Event = Began | Checked | Compared | Diagnosed | Warned | Watched | Ended
"""Tagged by `event`, so that one decoder reads all of them."""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What was found out in the course of a change, for its record (`Outcome.evidence`).

    Attributes:
        steps: with their times.
        checks: of preflight and verify.
        warnings: what the operator was told.
        diagnostics: what the checks of the config said.
        changes: what was different from what held.
        risks: what that can do.
        watched: the last word of the watch, or None.
        restart: keys of which the change takes effect at the next start only.
        offline: no gateway was running, so that nothing was activated, verified or watched.
    """

    steps: tuple[Began, ...] = ()
    checks: tuple[Checked, ...] = ()
    warnings: tuple[str, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    changes: tuple[Change, ...] = ()
    risks: tuple[Risk, ...] = ()
    watched: Watched | None = None
    restart: tuple[str, ...] = ()
    offline: bool = False
