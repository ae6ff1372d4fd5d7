"""Every pattern is a valid regular expression that no model name can keep busy."""

import re
import warnings
from collections.abc import Iterator

from sixnines.config.checks.interface import Check, Subject
from sixnines.config.diagnostics import Finding, error
from sixnines.config.regex_cost import MOST_WAYS, ways_to_match

_LONGEST = 200  # characters; also keeps `re` from running out of stack on nested brackets


def _run(subject: Subject) -> Iterator[Finding]:
    for index, pattern in enumerate(subject.document.patterns):
        path = ("patterns", index, "match")
        if len(pattern.match) > _LONGEST:
            yield error(path, f"longer than {_LONGEST} characters", hint="write several patterns")
            continue
        reason = _reason_against(pattern.match)
        if reason is not None:
            yield error(path, f"not a regular expression: {reason}")
        elif ways_to_match(pattern.match) > MOST_WAYS:
            message = "too many ways to match: a long model name could keep the gateway busy for seconds"
            yield error(path, message, hint="use fewer * and +, and none inside a repeated group")


def _reason_against(expression: str) -> str | None:
    """Why Python does not take `expression`, or will not for long; None if it does."""
    try:
        with warnings.catch_warnings(action="error"):
            re.compile(expression)
    except re.error as broken:
        return broken.msg
    except OverflowError:
        return "a repetition number is too large"
    except Warning as warned:
        return str(warned).partition(" at position")[0].lower()
    return None


CHECK = Check("patterns", _run)
