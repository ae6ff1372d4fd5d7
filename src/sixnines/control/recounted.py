"""The evidence of a change again, from the events that were told of it. Pure."""

from collections.abc import Iterable

from sixnines.control.events import Began, Checked, Compared, Diagnosed, Ended, Event, Evidence, Warned, Watched


def evidence_of(events: Iterable[Event]) -> Evidence:
    """What is recorded of a change of which these events were told: for who has watched it and has no store at hand."""
    told = list(events)
    compared = [each for each in told if isinstance(each, Compared)]
    watched = [each for each in told if isinstance(each, Watched)]
    ended = [each for each in told if isinstance(each, Ended)]
    return Evidence(
        steps=tuple(each for each in told if isinstance(each, Began)),
        checks=tuple(each for each in told if isinstance(each, Checked)),
        warnings=tuple(each.message for each in told if isinstance(each, Warned)),
        diagnostics=tuple(each for one in told if isinstance(one, Diagnosed) for each in one.diagnostics),
        changes=compared[-1].changes if compared else (),
        risks=compared[-1].risks if compared else (),
        watched=watched[-1] if watched else None,
        restart=ended[-1].restart if ended else (),
    )
