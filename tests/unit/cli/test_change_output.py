"""The course of a change as people and programs see it."""

import msgspec
import pytest

from sixnines.cli.change_output import Format, Shown, status_of
from sixnines.cli.change_text import event_lines, evidence_lines, history_lines, when
from sixnines.control.difference import Action, Change
from sixnines.control.events import (
    Began,
    Checked,
    CheckResult,
    CheckStatus,
    Compared,
    Ended,
    Ending,
    Event,
    Evidence,
    Step,
    Watched,
)
from sixnines.control.revision import Entry
from sixnines.control.risks.interface import Level, Risk
from sixnines.errors import GatewayUnreachable


def checked(status, subject="a", message="so it is"):
    result = CheckResult(group="models", subject=subject, name="answers", status=status, message=message, elapsed_s=0.5)
    return Checked(step=Step.VERIFY, result=result)


def ended(ending, **more):
    usual = {"revision": 2, "holds": 2, "running": 2, "reason": "why", "took_s": 1.25}
    return Ended(ending=ending, **{**usual, **more})


APPLIED = ended(Ending.APPLIED, reason="")


def test_checks_that_have_passed_are_counted_and_told_when_their_step_is_over(capsys):
    shown = Shown(Format.TEXT)
    for event in (
        Began(step=Step.VERIFY, message="verifying", after_s=0),
        checked(CheckStatus.PASSED),
        checked(CheckStatus.FAILED),
        checked(CheckStatus.PASSED),
        checked(CheckStatus.SKIPPED, subject=""),
        APPLIED,
    ):
        shown.tell(event)
    assert capsys.readouterr().out == (
        "verify     verifying\n"
        "           failed   models a: answers: so it is (0.5 s)\n"
        "           skipped  models: answers: so it is (0.5 s)\n"
        "           2 checks passed\n"
        "\n"
        "Applied: revision 2 is served and holds (1.2 s). The way back: sixnines rollback\n"
    )


def test_programs_are_told_all_of_them(capsys):
    shown = Shown(Format.JSON)
    events = [checked(CheckStatus.PASSED), APPLIED]
    assert shown.all(events) == 0
    assert [msgspec.json.decode(line, type=Event) for line in capsys.readouterr().out.splitlines()] == events
    assert shown.events == events


def test_a_change_whose_end_was_never_told_is_an_error():
    with pytest.raises(GatewayUnreachable, match="`sixnines history` says what became of it"):
        Shown(Format.TEXT).all([checked(CheckStatus.PASSED)])


@pytest.mark.parametrize(
    ("event", "status", "said"),
    [
        (APPLIED, 0, "Applied: revision 2 is served and holds (1.2 s). The way back: sixnines rollback"),
        (ended(Ending.APPLIED, running=None), 0, "Applied: revision 2 holds, and the next start serves it (1.2 s)."),
        (ended(Ending.UNCHANGED, reason="revision 2 is the same"), 0, "Nothing to do: revision 2 is the same."),
        (ended(Ending.CHECKED), 0, "Nothing speaks against it so far (1.2 s). Nothing was recorded or changed."),
        (ended(Ending.REFUSED, holds=1), 1, "Refused: why. Revision 1 holds as before."),
        (ended(Ending.REFUSED, holds=None), 1, "Refused: why. What was there before holds as before."),
        (ended(Ending.ROLLED_BACK, holds=1, running=1), 1, "Rolled back (1.2 s): why. Revision 1 is served again."),
        (ended(Ending.ROLLED_BACK, holds=1), 1, "Not applied, and not taken back: why."),
    ],
)
def test_the_end_is_told_and_is_the_exit_status(event, status, said):
    assert event_lines(event) == ["", said]
    assert status_of(event) == status


def test_what_is_different_is_told_with_its_risks():
    risk = Risk(level=Level.HIGH, rule="r", path="models.chat", message="nobody is left")
    assert event_lines(Compared(changes=(), risks=())) == ["           only the text of the files differs"]
    change = Change(action=Action.REMOVED, section="providers", name="a")
    assert event_lines(Compared(changes=(change,), risks=(risk,))) == [
        "           Plan: 0 to add, 0 to change, 1 to remove; 1 risk (1 high)",
        "           risk (high): models.chat: nobody is left",
    ]


def test_the_watch_is_told_with_its_numbers():
    watched = Watched(after_s=10, requests=1, failed=0, before_requests=1, before_failed=0, verdict="too few to tell")
    assert event_lines(watched) == ["           after 10 s: too few to tell"]
    assert [*evidence_lines(Evidence(watched=watched))] == ["watch:     too few to tell"]


def test_a_corrupt_revision_has_a_line_in_the_history_that_says_so():
    lines = history_lines([Entry(number=3, revision=None, outcome=None, holds=False, problem="revision 3 is\ngone")])
    assert lines[1].split() == ["3", "corrupt", "revision", "3", "is", "gone"]


def test_a_time_that_no_calendar_knows_is_no_hindrance():
    assert when(1e300) == "at an unknown time"
