"""Counts tokens and their cost as answers end: whole numbers in dictionaries, taken to the ledger each second. Pure.

On the path of every request: one look-up and some additions. Holds only names of the config. Never reads a clock.
"""

from sixnines.dialects.neutral import Usage
from sixnines.domain.price import Price
from sixnines.domain.spend import Account, Spent

Key = tuple[str, str, str]
"""Route (or ""), model, provider: plain text, because a tuple of it is hashed in no time."""

# No window holds as many. What is beyond it is no count, and would stay in every sum for good.
MOST_TOKENS = 1_000_000_000


class Spending:
    """Counts since the process began, and those of them that were not taken yet."""

    __slots__ = ("_fresh", "_taken", "_unpriced")

    def __init__(self) -> None:
        self._fresh: dict[Key, Spent] = {}
        self._taken: dict[Key, Spent] = {}
        self._unpriced: set[Key] = set()

    def note(self, key: Key, price: Price | None, usage: Usage | None, *, complete: bool) -> int | None:
        """A provider has answered, or begun to.

        Args:
            key: whose it is.
            price: None where none is known.
            usage: what the provider said of tokens, if it did.
            complete: the answer has come to its end, so that nothing is missing in `usage`.

        Returns:
            Its cost in pico-dollars as far as it is known; None where nothing is.
        """
        spent = self._fresh.get(key)
        if spent is None:
            spent = self._fresh[key] = Spent()
        spent.answers += 1
        prompt = answer = cached = 0
        counted = False
        if usage is not None:
            prompt, answer, cached = usage.prompt_tokens or 0, usage.completion_tokens or 0, usage.cached_tokens or 0
            if not 0 <= cached <= prompt:
                cached = 0
            if not (0 <= prompt <= MOST_TOKENS and 0 <= answer <= MOST_TOKENS):
                prompt = answer = cached = 0  # no count at all
            else:
                counted = usage.prompt_tokens is not None
                spent.prompt_tokens += prompt
                spent.completion_tokens += answer
                spent.cached_tokens += cached
        if price is None:
            spent.unpriced_tokens += prompt + answer
            self._unpriced.add(key)
            if not (complete and counted):
                spent.uncounted += 1
            return None
        if not (complete and counted) and not price.is_free:
            spent.uncounted += 1
            if not (prompt or answer):
                return None
        picos = price.picos(prompt, cached, answer)
        spent.picos += picos
        return picos

    def take(self) -> dict[Account, Spent]:
        """What was counted since this was last called. Whoever calls it keeps it; `totals` goes on counting it."""
        fresh, self._fresh = self._fresh, {}
        for key, spent in fresh.items():
            taken = self._taken.get(key)
            if taken is None:
                taken = self._taken[key] = Spent()
            taken.add(spent)
        return {Account(*key): spent for key, spent in fresh.items()}

    def has_cost(self, account: Account) -> bool:
        """What it costs is known, at least in part."""
        key = (account.route, account.model, account.provider)
        if key not in self._unpriced:
            return True
        return any(counted[key].picos for counted in (self._taken, self._fresh) if key in counted)

    def totals(self) -> dict[Account, Spent]:
        """All that was counted since the process began."""
        found: dict[Account, Spent] = {}
        for counted in (self._taken, self._fresh):
            for key, spent in counted.items():
                found.setdefault(Account(*key), Spent()).add(spent)
        return found
