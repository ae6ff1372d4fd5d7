"""What a caller asks of routing beside the model's name, by request headers. Values only."""

import msgspec

from sixnines.domain.tier import Quality


class Wishes(msgspec.Struct, frozen=True, gc=False):
    """The headers of one request that have a say in who serves it.

    Attributes:
        session: `x-sixnines-session`: requests of one session go to one deployment, where the strategy is `sticky`.
        quality: `x-sixnines-quality`: how good the answer has to be.
        local_only: `x-sixnines-local-only`: the data may not leave the host.
        deny: `x-sixnines-deny`: providers that must not be asked.
        pin: `x-sixnines-provider`: the one provider that may be asked, once, without any fallback.
        candidate: `x-sixnines-candidate`: the one deployment that may be asked; `pin` is its provider then.
    """

    session: str = ""
    quality: Quality | None = None
    local_only: bool = False
    deny: frozenset[str] = frozenset()
    pin: str | None = None
    candidate: str | None = None


NO_WISHES = Wishes()
