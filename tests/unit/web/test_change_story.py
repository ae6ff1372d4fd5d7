"""The course of a change told to a person: every event has its words, and the end is told as the end."""

import pytest

from sixnines.config.diagnostics import Diagnostic, Severity
from sixnines.control.difference import Action, Change
from sixnines.control.events import (
    Began,
    Checked,
    CheckResult,
    CheckStatus,
    Compared,
    Diagnosed,
    Ended,
    Ending,
    Step,
    Warned,
    Watched,
)
from sixnines.control.risks.interface import Level, Risk
from sixnines.web.change_story import Told, story_of

RISK = Risk(level=Level.HIGH, rule="name_gone", path="models.m", message="who asks for m gets 404", hint="keep it")


def ended(ending, **more):
    return Ended(**{"ending": ending, "revision": 4, "holds": 4, "running": 4, "took_s": 0.2, **more})


def checked(status, message=""):
    result = CheckResult(group="provider", subject="a", name="answers", status=status, message=message, elapsed_s=0.1)
    return Checked(step=Step.VERIFY, result=result)


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (Began(step=Step.RECORD, message="as revision 4", after_s=0.0), [("step", "record: as revision 4")]),
        (checked(CheckStatus.PASSED, "fine"), [("good", "passed: provider a: answers (0.1 s)")]),
        (checked(CheckStatus.FAILED, "refused"), [("bad", "failed: provider a: answers: refused (0.1 s)")]),
        (checked(CheckStatus.WARNING, "slow"), [("warn", "warning: provider a: answers: slow (0.1 s)")]),
        (checked(CheckStatus.SKIPPED, "optional"), [("calm", "skipped: provider a: answers: optional (0.1 s)")]),
        (Compared(changes=(), risks=()), [("calm", "only the text of the files differs")]),
        (
            Compared(changes=(Change(action=Action.REMOVED, section="models", name="m"),), risks=(RISK,)),
            [
                ("calm", "Plan: 0 to add, 0 to change, 1 to remove; 1 risk (1 high)"),
                ("warn", "risk (high): models.m: who asks for m gets 404; keep it"),
            ],
        ),
        (
            Diagnosed(diagnostics=(Diagnostic(Severity.WARNING, "x.yaml", 3, 4, "models.m", "odd"),)),
            [("warn", "x.yaml:3:4: warning: models.m: odd")],
        ),
        (Warned(message="two\nlines"), [("warn", "two lines")]),
        (
            Watched(
                after_s=30.0, requests=9, failed=0, before_requests=9, before_failed=0, verdict="no worse than before"
            ),
            [("calm", "after 30 s: no worse than before")],
        ),
    ],
)
def test_what_happens_is_told_in_words_with_how_good_it_is(event, told):
    assert [*story_of(event)] == [Told(*each) for each in told]


@pytest.mark.parametrize(
    ("ending", "tone", "said"),
    [
        (ended(Ending.APPLIED), "good", "Applied: revision 4 is served and holds (0.2 s). The way back: roll back"),
        (ended(Ending.UNCHANGED, reason="revision 4 is the same"), "calm", "Nothing to do: revision 4 is the same."),
        (ended(Ending.CHECKED), "good", "Nothing speaks against it so far"),
        (ended(Ending.REFUSED, holds=3, reason="no"), "bad", "Refused: no. Revision 3 holds as before."),
        (ended(Ending.ROLLED_BACK, holds=3, running=3, reason="no"), "bad", "Rolled back (0.2 s): no. Revision 3 is"),
    ],
)
def test_the_end_is_told_as_the_end(ending, tone, said):
    (told,) = story_of(ending)
    assert (told.tone, told.is_end) == (tone, True)
    assert told.text.startswith(said)


def test_what_waits_for_the_next_start_is_told_before_the_end():
    first, last = story_of(ended(Ending.APPLIED, restart=("server.listen",)))
    assert (first.tone, first.text, first.is_end) == (
        "warn",
        "takes effect at the next start only: server.listen",
        False,
    )
    assert last.is_end
