"""Counts tokens and their cost as answers end: whole numbers, of which the ledger is told the differences. Pure.

On the path of every request: some additions to a line that whoever asks keeps. Holds only names of the config. Never
reads a clock.
"""

from operator import sub
from typing import Final

from sixnines.dialects.neutral import Usage
from sixnines.domain.price import FREE, Price
from sixnines.domain.spend import Account, Spent

Key = tuple[str, str, str]
"""Route (or ""), model, provider: plain text, because a tuple of it is hashed in no time."""

# No window holds as many. What is beyond it is no count, and would stay in every sum for good.
MOST_TOKENS: Final = 1_000_000_000
_NOTHING: Final = (0,) * 7


class Line:
    """All of one account since the process began.

    A plain class: an attribute of a Struct that may change takes several times as long to set.

    Attributes:
        account: whose it is.
        priced: a price was known of all that was counted.
    """

    __slots__ = (
        "_told", "account", "answers", "cached", "completion", "fresh", "picos", "priced", "prompt", "uncounted",
        "unpriced",
    )  # fmt: skip

    def __init__(self, account: Account) -> None:
        self.account = account
        self.answers = self.uncounted = self.prompt = self.cached = self.completion = self.unpriced = self.picos = 0
        self.priced = True
        self.fresh = False
        self._told: tuple[int, ...] = _NOTHING

    def spent(self) -> Spent:
        """All of it."""
        return Spent(*self._sums())

    def take(self) -> Spent:
        """What has come since this was last called."""
        sums, told = self._sums(), self._told
        self._told = sums
        self.fresh = False
        return Spent(*sums) if told is _NOTHING else Spent(*map(sub, sums, told))

    def _sums(self) -> tuple[int, ...]:
        """In the order of `Spent`."""
        return (
            self.answers, self.uncounted, self.prompt, self.cached, self.completion, self.unpriced, self.picos
        )  # fmt: skip


class Spending:
    """Counts since the process began, and knows which of them were not taken yet."""

    __slots__ = ("_fresh", "_lines")

    def __init__(self) -> None:
        self._lines: dict[Key, Line] = {}
        self._fresh: list[Line] = []

    def line(self, key: Key) -> Line:
        """Where it is counted what an account spends, made when first asked for."""
        found = self._lines.get(key)
        if found is None:
            found = self._lines[key] = Line(Account(*key))
        return found

    def note(self, line: Line, price: Price | None, usage: Usage | None) -> int | None:
        """A provider has given a complete answer.

        Args:
            line: of its account.
            price: `FREE` of a provider that is local; None where none is known.
            usage: what the provider said of tokens, if it did.

        Returns:
            Its cost in pico-dollars as far as it is known; None where nothing is.
        """
        if not line.fresh:
            line.fresh = True
            self._fresh.append(line)
        line.answers += 1
        prompt = None if usage is None else usage.prompt_tokens
        if usage is None or prompt is None:
            return _note_less(line, price, usage)
        answer = usage.completion_tokens or 0
        if not (0 <= prompt <= MOST_TOKENS and 0 <= answer <= MOST_TOKENS):
            return _note_less(line, price, None)
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
            line.priced = False
            return None
        picos = price.picos(prompt, cached, answer)
        line.picos += picos
        return picos

    def note_part(self, line: Line, price: Price | None, usage: Usage | None) -> int | None:
        """The same of an answer that broke off: what was said of its tokens is the least that it took."""
        picos = self.note(line, price, usage)
        if usage is not None and usage.prompt_tokens is not None and not _is_free(price):
            line.uncounted += 1
        return picos

    def take(self) -> list[tuple[Account, Spent]]:
        """What was counted since this was last called. Whoever calls it keeps it; `totals` goes on counting it."""
        fresh, self._fresh = self._fresh, []
        return [(line.account, line.take()) for line in fresh]

    def has_cost(self, account: Account) -> bool:
        """What it costs is known, at least in part."""
        line = self._lines.get((account.route, account.model, account.provider))
        return line is None or line.priced or bool(line.picos)

    def totals(self) -> dict[Account, Spent]:
        """All that was counted since the process began."""
        return {line.account: line.spent() for line in self._lines.values() if line.answers}


def _note_less(line: Line, price: Price | None, usage: Usage | None) -> int | None:
    """Not all tokens were counted: at the most those of the answer, as far as it has come."""
    answer = 0 if usage is None else usage.completion_tokens or 0
    answer = answer if 0 <= answer <= MOST_TOKENS else 0
    line.completion += answer
    if price is None:
        line.unpriced += answer
        line.priced = False
    if _is_free(price):
        return 0
    line.uncounted += 1
    if price is None or not answer:
        return None
    picos = price.picos(0, 0, answer)
    line.picos += picos
    return picos


def _is_free(price: Price | None) -> bool:
    return price is not None and price.is_free
