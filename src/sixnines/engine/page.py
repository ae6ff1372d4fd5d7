"""Where whole answers of one kind are counted, all in one place. Pure.

Never looked up by name where it can be helped: a candidate keeps the page of its last answer (`Books.page`).
"""

from sixnines.accounting.spending import Line
from sixnines.domain.availability import Series
from sixnines.domain.operation import Operation
from sixnines.telemetry.counting import Answers


class Page:
    """Whole answers to one name, by one model, provider and operation: where each thing that is counted of them is.

    A gateway with thousands of models has none of this in the caches of its processor, and none of the tables in which
    it would have to be looked up by name: a candidate leads to its page, and that to all of it.

    Attributes:
        name, operation: what was asked for.
        series: whose outcomes they are.
        provider: whose answers.
        answers: counts requests and how long they took.
        line: counts tokens and their cost.
        good: good outcomes since `reliability.tally` was last emptied.
    """

    __slots__ = (
        "_lines",
        "_lines_without",
        "_model",
        "answers",
        "good",
        "line",
        "name",
        "operation",
        "provider",
        "series",
    )

    def __init__(self, series: Series, model: str, operation: Operation, *, answers: Answers, line: Line) -> None:
        self.name = series.name
        self.operation = operation
        self.series = series
        self.provider = answers.provider
        self.answers = answers
        self.line = line
        self.good = 0
        self._model = model
        self._lines = self._lines_without = b""

    def lines(self, *, exposed: bool) -> bytes:
        """The lines of an answer's head that say who gave it at the first attempt; `exposed` if the provider is told.

        Names hold no line breaks (`TextFormat.NAME`).
        """
        found = self._lines if exposed else self._lines_without
        if not found:
            found = b"x-sixnines-model: %b\r\nx-sixnines-attempts: 1\r\n" % self._model.encode()
            if exposed:
                found = self._lines = b"%bx-sixnines-provider: %b\r\n" % (found, self.provider.encode())
            else:
                self._lines_without = found
        return found
