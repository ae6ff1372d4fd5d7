"""Traffic targets: whose turn it is, so that the shares that providers serve follow their targets. Pure.

Never chooses a provider that may not be asked now: health, limits and constraints have come first.

Turns are given as `turns.Turns` gives them, by weights that are corrected with every request:

    weight = target + behind / 50, but at least target / 2 and at most target * 2
    behind = sum over the requests so far of (target - 1 if the provider served it, else target) * 0.999 ^ age

What a provider is behind (or ahead of) its target is made up over the next fifty requests, never by more than doubling
or halving its turns, and forgotten over the next thousand. The other providers together have what is left of 1.

* A request under way counts for whom it was sent to, and is put right when somebody else answers it, or nobody: a
  hundred requests at once do not all go to whoever is behind.
* While a provider is out (down, resting, saturated) its target is 0, and when that leaves nobody for the rest, those
  who are left have it in proportion: an outage leaves nothing to be made up, to neither side. What a provider can never
  serve (a prompt too long for it, data that may not leave the host) does count: it has more of the others.

Stable, however late answers come. Let `a` be the part of the requests led by a provider that it also serves, and `d`
how many requests later that is known. Then, per request,

    behind' = target - weight(n) + (1 - a) * weight(n - d) - behind / 1000

Only one term is late, and its gain, at most (1 - a) / 50, is less than that of the prompt ones, 1 / 50 + 1 / 1000:
there is no oscillation for any `d`, and one resting point. There the share is `target * (1 - a) / (1 + 20 * a)` short,
where `d` is small beside 1000; a word that comes later corrects less.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

from sixnines.config.snapshot import Targets
from sixnines.routing.measured import KEPT, Measured
from sixnines.routing.turns import Turns, proportions

_MADE_UP_WITHIN = 50
_MOST = 2.0
# Ten targets of 0.1 leave nothing, whatever their sum as binary fractions.
_ROUNDING = 1e-9


class Steering:
    """Gives the turns of one name.

    Args:
        targets: providers, and the shares that they are to serve.
        measured: what is known of the name; is kept up.
    """

    __slots__ = ("_behind", "_left", "_names", "_others", "_turns", "measured", "targets")

    def __init__(self, targets: Targets, measured: Measured) -> None:
        self.targets = targets
        self.measured = measured
        self._names = {name: index for index, (name, _) in enumerate(targets)}
        self._behind = [0.0] * len(targets)
        self._others = len(targets)  # all other providers take turns as one
        left = 1.0 - sum(target for _, target in targets)
        self._left = 0.0 if left < _ROUNDING else left
        self._turns = Turns(len(targets) + 1)

    def elect(self, fit: AbstractSet[str], out: AbstractSet[str]) -> "Turn":
        """Whose turn the next request is.

        Args:
            fit: the providers that may be asked now.
            out: those that could serve it and may not be asked now.
        """
        eligible = [index for name, index in self._names.items() if name in fit]
        if not fit <= self._names.keys():
            eligible.append(self._others)
        weights = self._weights(eligible)
        chosen = self._turns.order(eligible, weights, leads=True)[0] if eligible else None
        return Turn(self, chosen, self._aims(eligible, out), [(index, weights[index]) for index in eligible])

    def weights(self) -> dict[str, float]:
        """The corrected weight of each provider that has a target."""
        weights = self._weights(range(len(self.targets)))
        return {name: weights[index] for name, index in self._names.items()}

    def has_target(self, provider: str) -> bool:
        """Whether it takes turns by itself."""
        return provider in self._names

    def party(self, provider: str) -> int:
        """Who takes the turns of `provider`: itself, or all others together."""
        return self._names.get(provider, self._others)

    def name(self, party: int) -> str | None:
        """The provider that a party is; None for all others together."""
        return None if party == self._others else self.targets[party][0]

    def sent(self, provider: str, aims: Mapping[int, float]) -> None:
        """A request goes to `provider`."""
        self.measured.sent(provider)
        behind = self._behind
        for index in range(len(behind)):
            behind[index] *= KEPT
        self._count(aims, provider, 1.0)

    def served(self, turn: "Turn", server: str | None) -> None:
        """A request that had been sent was answered by `server`, or by nobody."""
        weight = self.measured.weight(turn.at)
        self.measured.correct(turn.provider, server, turn.at)
        self._count(turn.aims, turn.provider, -weight)
        if server is not None:
            self._count(turn.aims, server, weight)

    def _count(self, aims: Mapping[int, float], provider: str, weight: float) -> None:
        served = self.party(provider)
        for index, aim in aims.items():
            self._behind[index] += weight * (aim - (index == served))

    def _weights(self, eligible: Iterable[int]) -> list[float]:
        weights = [
            min(target * _MOST, max(target / _MOST, target + behind / _MADE_UP_WITHIN))
            for (_, target), behind in zip(self.targets, self._behind, strict=True)
        ]
        taken = sum(weights[index] for index in eligible if index != self._others)
        weights.append(max(self._left / _MOST, 1.0 - taken) if self._left else 0.0)
        return weights

    def _aims(self, eligible: Collection[int], out: AbstractSet[str]) -> dict[int, float]:
        """The target of each provider for this request; those for which it does not count are left out."""
        if not eligible:
            return {}
        aims = {index: self.targets[index][1] for name, index in self._names.items() if name not in out}
        if out and self._others not in eligible:
            whole = sum(aims[index] for index in eligible)
            aims |= {index: aims[index] / whole for index in eligible}
        return aims


class Turn:
    """The turn that one request takes: elected, then `lead`, then `settle`.

    Attributes:
        aims: the targets that count for it, by party.
        provider: whom it was sent to.
        at: which request of its name it is.
    """

    __slots__ = ("_party", "_settled", "_steering", "_weights", "aims", "at", "provider")

    def __init__(
        self, steering: Steering, party: int | None, aims: Mapping[int, float], weights: Sequence[tuple[int, float]]
    ) -> None:
        self._steering = steering
        self._party = party
        self._settled = True
        self._weights = weights
        self.aims = aims
        self.provider = ""
        self.at = 0

    @property
    def open(self) -> bool:
        """Somebody has it: whoever leads must be one whom it `admits`."""
        return self._party is not None

    @property
    def expected(self) -> dict[str | None, float]:
        """How often each provider with a target that may be asked is to lead as things are; None: all others."""
        if not self._weights:
            return {}
        shares = proportions([weight for _, weight in self._weights])
        return {self._steering.name(party): share for (party, _), share in zip(self._weights, shares, strict=True)}

    @property
    def part(self) -> str:
        """The name of whoever has it: the provider, or "" for all others together."""
        return "" if self._party is None else self._steering.name(self._party) or ""

    def admits(self, provider: str) -> bool:
        """Whether this provider may have it."""
        return self._steering.party(provider) == self._party

    def lead(self, provider: str) -> None:
        """The request is sent to this provider."""
        self.provider = provider
        self._settled = False
        self._steering.sent(provider, self.aims)
        self.at = self._steering.measured.at

    def settle(self, server: str | None) -> None:
        """It was answered by this provider, or by nobody. Only the first word counts."""
        if self._settled:
            return
        self._settled = True
        if server != self.provider:
            self._steering.served(self, server)


class Traffic:
    """The steering of every name that has targets. Outlives a config change."""

    def __init__(self) -> None:
        self._steerings: dict[str, Steering] = {}

    def of(self, name: str, targets: Targets) -> Steering:
        """The steering of `name`. With other targets than before it begins anew; what was measured stays."""
        found = self._steerings.get(name)
        if found is None or found.targets != targets:
            found = Steering(targets, Measured() if found is None else found.measured)
            self._steerings[name] = found
        return found
