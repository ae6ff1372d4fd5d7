"""What happens in one change: told to whoever watches as it happens, and kept for the record. Decides nothing."""

from collections.abc import Callable

import msgspec

from sixnines.clock import Clock
from sixnines.config.diagnostics import Diagnostic
from sixnines.control.events import (
    Began,
    Checked,
    CheckResult,
    Compared,
    Diagnosed,
    Ended,
    Ending,
    Event,
    Evidence,
    Step,
    Warned,
    Watched,
)

_encode = msgspec.json.Encoder().encode


class Chronicle:
    """The course of one change.

    Args:
        tell: who watches.
        clock: for the times since the beginning.
        offline: no gateway is running.

    Attributes:
        restart: keys of which the change takes effect at the next start only.
    """

    def __init__(self, tell: Callable[[Event], None], clock: Clock, *, offline: bool) -> None:
        self.restart: tuple[str, ...] = ()
        self._tell = tell
        self._clock = clock
        self._began_s = clock.monotonic_s()
        self._offline = offline
        self._steps: list[Began] = []
        self._checks: list[Checked] = []
        self._warnings: list[str] = []
        self._diagnostics: tuple[Diagnostic, ...] = ()
        self._compared = Compared(changes=(), risks=())
        self._watched: Watched | None = None

    def begin(self, step: Step, message: str) -> None:
        """A step begins."""
        self._steps.append(Began(step=step, message=message, after_s=self._since()))
        self._tell(self._steps[-1])

    def check(self, step: Step, result: CheckResult) -> None:
        """A check has ended."""
        self._checks.append(Checked(step=step, result=result))
        self._tell(self._checks[-1])

    def diagnose(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        """What the checks of the config say, if they say something."""
        if diagnostics:
            self._diagnostics = diagnostics
            self._tell(Diagnosed(diagnostics=diagnostics))

    def compare(self, compared: Compared) -> None:
        """What is different."""
        self._compared = compared
        self._tell(compared)

    def warn(self, message: str) -> None:
        """Something that the operator should know."""
        self._warnings.append(message)
        self._tell(Warned(message=message))

    def watch(self, watched: Watched) -> None:
        """How requests end so far."""
        self._watched = watched
        self._tell(watched)

    def end(
        self, ending: Ending, *, revision: int | None, holds: int | None, running: int | None, reason: str = ""
    ) -> Ended:
        """The change has ended; what was told."""
        ended = Ended(
            ending=ending, revision=revision, holds=holds, running=running, reason=reason, restart=self.restart,
            took_s=self._since(),
        )  # fmt: skip
        self._tell(ended)
        return ended

    def evidence(self) -> msgspec.Raw:
        """All of it so far, for the record."""
        return msgspec.Raw(
            _encode(
                Evidence(
                    steps=tuple(self._steps),
                    checks=tuple(self._checks),
                    warnings=tuple(self._warnings),
                    diagnostics=self._diagnostics,
                    changes=self._compared.changes,
                    risks=self._compared.risks,
                    watched=self._watched,
                    restart=self.restart,
                    offline=self._offline,
                )
            )
        )

    def _since(self) -> float:
        return self._clock.monotonic_s() - self._began_s
