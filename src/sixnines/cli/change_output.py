"""Shows a change as it happens, and tells by its end how the command ends."""

import enum
import sys
from collections.abc import Iterable

import msgspec

from sixnines.cli.change_text import event_lines, passed_line
from sixnines.control.events import Checked, CheckStatus, Ended, Ending, Event
from sixnines.errors import GatewayUnreachable

FINE, SOMETHING_WRONG = 0, 1

_encode = msgspec.json.Encoder().encode


class Format(enum.StrEnum):
    """How it is shown."""

    TEXT = "text"
    JSON = "json"


class Shown:
    """What is shown.

    Args:
        form: for people, or a JSON object a line.

    Attributes:
        events: all that were told so far.
    """

    def __init__(self, form: Format) -> None:
        self.events: list[Event] = []
        self._form = form
        self._passed = 0

    def tell(self, event: Event) -> None:
        """Show one event, at once: whoever watches wants to know where it has come to."""
        self.events.append(event)
        if self._form is Format.JSON:
            sys.stdout.write(_encode(event).decode() + "\n")
        else:
            sys.stdout.writelines(f"{line}\n" for line in self._lines(event))
        sys.stdout.flush()

    def all(self, events: Iterable[Event]) -> int:
        """Show what a gateway tells to its end; the exit status.

        Raises:
            GatewayUnreachable: it never said how it ended.
        """
        ended: Ended | None = None
        for event in events:
            self.tell(event)
            ended = event if isinstance(event, Ended) else ended
        if ended is None:
            raise GatewayUnreachable(
                "the gateway never said how the change ended; `sixnines history` says what became of it"
            )
        return status_of(ended)

    def _lines(self, event: Event) -> list[str]:
        """What is shown of an event; checks that have passed are counted, and told when their step is over."""
        if isinstance(event, Checked):
            self._passed += event.result.status is CheckStatus.PASSED
            return event_lines(event)
        passed, self._passed = self._passed, 0
        return [passed_line(passed), *event_lines(event)] if passed else event_lines(event)


def status_of(ended: Ended) -> int:
    """The exit status of the command."""
    fine = ended.ending in (Ending.APPLIED, Ending.UNCHANGED, Ending.CHECKED)
    return FINE if fine else SOMETHING_WRONG
