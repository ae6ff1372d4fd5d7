"""`context`: the smallest window that holds the request.

What is needed is the prompt as estimated from its text and the answer as limited by the caller's `max_tokens`, or 500
tokens. Of the choices whose window holds it, the smallest leads and the larger ones follow; those whose window is not
declared come after them, and those that are too small by the estimate come last, the largest first, since an estimate
may be wrong. Equals take turns.
"""

from collections.abc import Sequence

from sixnines.domain.strategy import StrategyInfo
from sixnines.routing.interface import Option, Scene, Site
from sixnines.routing.turns import Rank, Turns, best_shares


class Context:
    """Leads where the request just fits."""

    info = StrategyInfo("context", declares=("context_window",))

    def ordering(self, site: Site) -> "_Context":
        """Goes by the windows there."""
        return _Context(site.options)


class _Context:
    __slots__ = ("_alike", "_turns", "_windows")

    def __init__(self, options: Sequence[Option]) -> None:
        self._windows = [each.window for each in options]
        self._alike = [1] * len(options)
        self._turns = Turns(len(options))

    def order(self, eligible: Sequence[int], scene: Scene) -> list[int]:
        """The smallest that holds it first."""
        return self._turns.best_first(eligible, self._ranks(eligible, scene), self._alike, leads=scene.leads)

    def shares(self, eligible: Sequence[int], scene: Scene) -> list[float]:
        """The smallest that holds it has everything; equals alike."""
        return best_shares(eligible, self._ranks(eligible, scene), self._alike)

    def _ranks(self, eligible: Sequence[int], scene: Scene) -> dict[int, Rank]:
        needed = scene.ask.prompt_tokens + scene.ask.answer_tokens
        found: dict[int, Rank] = {}
        for index in eligible:
            window = self._windows[index]
            if window is None:
                found[index] = (1, 0)
            else:
                found[index] = (0, window) if window >= needed else (2, -window)
        return found
