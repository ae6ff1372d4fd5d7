"""Counts tokens and their cost as answers end: whole numbers in dictionaries, taken to the ledger soon after. Pure.

On the path of every request: one look-up and some additions. Holds only names of the config. Never reads a clock.
"""

from typing import Final

from sixnines.dialects.neutral import Usage
from sixnines.domain.price import FREE, Price
from sixnines.domain.spend import Account, Spent

Key = tuple[str, str, str]
"""Route (or ""), model, provider: plain text, because a tuple of it is hashed in no time."""

# No window holds as many. What is beyond it is no count, and would stay in every sum for good.
MOST_TOKENS: Final = 1_000_000_000


class _Line:
    """As `Spent`. A plain class: an attribute of a Struct that may change takes several times as long to set."""

    __slots__ = ("answers", "cached", "completion", "picos", "prompt", "uncounted", "unpriced")

    def __init__(self) -> None:
        self.answers = self.uncounted = self.prompt = self.cached = self.completion = self.unpriced = self.picos = 0

    def spent(self) -> Spent:
        """The same as a value."""
        return Spent(
            self.answers, self.uncounted, self.prompt, self.cached, self.completion, self.unpriced, self.picos
        )  # fmt: skip


class Spending:
    """Counts since the process began, and those of them that were not taken yet."""

    __slots__ = ("_fresh", "_taken", "_unpriced")

    def __init__(self) -> None:
        self._fresh: dict[Key, _Line] = {}
        self._taken: dict[Key, Spent] = {}
        self._unpriced: set[Key] = set()

    def note(self, key: Key, price: Price | None, usage: Usage | None) -> int | None:
        """A provider has given a complete answer.

        Args:
            key: whose it is.
            price: `FREE` of a provider that is local; None where none is known.
            usage: what the provider said of tokens, if it did.

        Returns:
            Its cost in pico-dollars as far as it is known; None where nothing is.
        """
        line = self._fresh.get(key)
        if line is None:
            line = self._fresh[key] = _Line()
        line.answers += 1
        prompt = None if usage is None else usage.prompt_tokens
        if usage is None or prompt is None:
            return self._note_less(line, key, price, usage)
        answer = usage.completion_tokens or 0
        if not (0 <= prompt <= MOST_TOKENS and 0 <= answer <= MOST_TOKENS):
            return self._note_less(line, key, price, None)
        line.prompt += prompt
        line.completion += answer
        cached = usage.cached_tokens or 0
        if cached:
            cached = cached if 0 < cached <= prompt else 0
            line.cached += cached
        if price is FREE:
            return 0
        if price is None:
            line.unpriced += prompt + answer
            self._unpriced.add(key)
            return None
        picos = price.picos(prompt, cached, answer)
        line.picos += picos
        return picos

    def note_part(self, key: Key, price: Price | None, usage: Usage | None) -> int | None:
        """The same of an answer that broke off: what was said of its tokens is the least that it took."""
        picos = self.note(key, price, usage)
        if usage is not None and usage.prompt_tokens is not None and not _is_free(price):
            self._fresh[key].uncounted += 1
        return picos

    def _note_less(self, line: _Line, key: Key, price: Price | None, usage: Usage | None) -> int | None:
        """Not all tokens were counted: at the most those of the answer, as far as it has come."""
        answer = 0 if usage is None else usage.completion_tokens or 0
        answer = answer if 0 <= answer <= MOST_TOKENS else 0
        line.completion += answer
        if price is None:
            line.unpriced += answer
            self._unpriced.add(key)
        if _is_free(price):
            return 0
        line.uncounted += 1
        if price is None or not answer:
            return None
        picos = price.picos(0, 0, answer)
        line.picos += picos
        return picos

    def take(self) -> dict[Account, Spent]:
        """What was counted since this was last called. Whoever calls it keeps it; `totals` goes on counting it."""
        fresh, self._fresh = self._fresh, {}
        found: dict[Account, Spent] = {}
        for key, line in fresh.items():
            spent = found[Account(*key)] = line.spent()
            taken = self._taken.get(key)
            if taken is None:
                self._taken[key] = line.spent()
            else:
                taken.add(spent)
        return found

    def has_cost(self, account: Account) -> bool:
        """What it costs is known, at least in part."""
        key = (account.route, account.model, account.provider)
        if key not in self._unpriced:
            return True
        taken, fresh = self._taken.get(key), self._fresh.get(key)
        return bool((taken is not None and taken.picos) or (fresh is not None and fresh.picos))

    def totals(self) -> dict[Account, Spent]:
        """All that was counted since the process began."""
        found: dict[Account, Spent] = {}
        for key, spent in self._taken.items():
            found.setdefault(Account(*key), Spent()).add(spent)
        for key, line in self._fresh.items():
            found.setdefault(Account(*key), Spent()).add(line.spent())
        return found


def _is_free(price: Price | None) -> bool:
    return price is not None and price.is_free
