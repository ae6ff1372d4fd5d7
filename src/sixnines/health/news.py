"""What workers tell each other about a provider, so that it is probed once for all of them. Values only."""

import msgspec

from sixnines.providers.interface import ProbeState


class News(msgspec.Struct, frozen=True):
    """One worker's news of one provider.

    Attributes:
        provider: its name.
        state: what a probe has found; None while it is being asked.
        reason: why, in a few words.
        resident: the models that it holds in memory, where it tells.
    """

    provider: str
    state: ProbeState | None = None
    reason: str = ""
    resident: frozenset[str] | None = None
