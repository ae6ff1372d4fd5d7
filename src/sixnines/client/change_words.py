"""The course of a change in words, the same on every screen. Pure; never a character that moves a terminal's cursor."""

from sixnines.client.words import plain
from sixnines.control.events import CheckResult, CheckStatus, Ended, Ending
from sixnines.control.revision import Origin, Revision


def check_words(result: CheckResult) -> str:
    """Such as `provider ollama: answers: connection refused (0.1 s)`."""
    found = f": {result.message}" if result.message and result.status is not CheckStatus.PASSED else ""
    about = f"{result.group} {result.subject}" if result.subject else result.group
    return plain(f"{about}: {result.name}{found} ({result.elapsed_s:.1f} s)")


def ended_words(ended: Ended, *, way_back: str) -> str:
    """How it ended, in a sentence or two; `way_back` says how to undo it."""
    held = f"revision {ended.holds}" if ended.holds else "what was there before"
    took = f"({ended.took_s:.1f} s)"
    reason = plain(ended.reason)
    match ended.ending:
        case Ending.APPLIED if ended.running is None:
            return f"Applied: revision {ended.revision} holds, and the next start serves it {took}."
        case Ending.APPLIED:
            return f"Applied: revision {ended.revision} is served and holds {took}. The way back: {way_back}"
        case Ending.UNCHANGED:
            return f"Nothing to do: {reason}."
        case Ending.CHECKED:
            return f"Nothing speaks against it so far {took}. Nothing was recorded or changed."
        case Ending.REFUSED:
            return f"Refused: {reason}. {held[0].upper()}{held[1:]} holds as before."
        case Ending.ROLLED_BACK if ended.running == ended.revision and ended.revision is not None:
            return f"Not applied, and not taken back: {reason}."
        case Ending.SERVED:
            return f"Revision {ended.running} is served {took}, and not recorded: {reason}."
        case Ending.ROLLED_BACK:
            return f"Rolled back {took}: {reason}. {held[0].upper()}{held[1:]} is served again."


def made_by(revision: Revision) -> str:
    """What made it: `apply`, `rollback to 3`."""
    if revision.origin is Origin.ROLLBACK and revision.of is not None:
        return f"{revision.origin} to {revision.of}"
    return str(revision.origin)
