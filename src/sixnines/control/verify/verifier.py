"""Verifies a running gateway: the checks of the registry over one config. The one way in, for commands and for changes.

Never asks anybody who costs money unless it is told how much may be spent.
"""

import random
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from sixnines.clock import Clock
from sixnines.config.load import Loaded
from sixnines.control.events import CheckResult, CheckStatus
from sixnines.control.verify.asking import Doors, HttpPort
from sixnines.control.verify.cost import Budget
from sixnines.control.verify.interface import Group
from sixnines.control.verify.port import Lookup
from sixnines.control.verify.registry import GROUPS
from sixnines.control.verify.run import Pacing, run
from sixnines.control.verify.scene import Options, Scene

_OPTIONS, _PACING = Options(), Pacing()


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How thorough a verification is.

    Attributes:
        groups: of checks.
        max_cost_micros: what it may cost, in millionths of a dollar.
        options: how much is measured.
        pacing: how long it may take.
    """

    groups: Sequence[Group] = GROUPS
    max_cost_micros: float = 0.0
    options: Options = _OPTIONS
    pacing: Pacing = _PACING


IN_A_CHANGE = Terms(
    options=Options(samples=3, answer_s=60.0),
    pacing=Pacing(check_s=120.0, total_s=300.0, late=CheckStatus.WARNING),
)
"""While a change is under way somebody waits, and others may not change anything. That a config is large is no reason
to take it back.
"""


class GatewayVerifier:
    """Implements `interface.Verifier`.

    Args:
        doors: how the gateway is reached, at the time at which it is asked.
        lookup: the providers themselves; None where they cannot be asked from here.
        clock: the time.
        rng: makes prompts unlike each other.
        terms: how thorough it is.
    """

    def __init__(
        self, doors: Callable[[], Doors], lookup: Lookup | None, clock: Clock, rng: random.Random,
        *, terms: Terms = IN_A_CHANGE,
    ) -> None:  # fmt: skip
        self._doors = doors
        self._lookup = lookup
        self._clock = clock
        self._rng = rng
        self._terms = terms

    def __call__(self, loaded: Loaded, revision: int) -> AsyncIterator[CheckResult]:
        """See `interface.Verifier`."""
        del revision
        return self._verify(loaded)

    async def _verify(self, loaded: Loaded) -> AsyncGenerator[CheckResult, None]:
        snapshot, document = loaded.snapshot, loaded.document
        if snapshot is None or document is None:
            raise ValueError("a config with errors cannot be served, nor verified")
        terms = self._terms
        async with HttpPort(self._doors(), self._clock) as port:
            scene = Scene(
                snapshot, document, port, self._lookup, Budget(terms.max_cost_micros), self._clock, self._rng,
                terms.options,
            )  # fmt: skip
            async with aclosing(run(scene, terms.groups, terms.pacing)) as results:
                async for result in results:
                    yield result
