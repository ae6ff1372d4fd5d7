"""Results of a verification as lines for people: as they come, and what they come to."""

from collections.abc import Sequence

from sixnines.control.events import CheckResult, CheckStatus
from sixnines.control.record import count
from sixnines.control.verify.cost import dollars

_MARKS = {
    CheckStatus.PASSED: "ok",
    CheckStatus.FAILED: "FAILED",
    CheckStatus.WARNING: "warning",
    CheckStatus.SKIPPED: "skipped",
}
_WIDEST = max(map(len, _MARKS.values()))


class Lines:
    """Writes one line for each result, and a heading where a group begins."""

    def __init__(self) -> None:
        self._group = ""

    def line(self, result: CheckResult) -> str:
        """The line, with its end."""
        heading = ""
        if result.group != self._group:
            heading, self._group = f"{result.group}\n", result.group
        title = f"{result.subject}: {result.name}" if result.subject else result.name
        seen = f" - {_plain(result.message)}" if result.message else ""
        by = f" [{result.served_by}]" if result.served_by and result.served_by != result.subject else ""
        return f"{heading}  {_MARKS[result.status]:<{_WIDEST}}  {title}{by}{seen}\n"


def summary(results: Sequence[CheckResult], *, seconds: float, max_cost_micros: float) -> str:
    """What it came to, and what it cost; the failures once more, so that nobody has to look for them."""
    failures = [each for each in results if each.status is CheckStatus.FAILED]
    lines = ["\n"]
    if failures:
        again = Lines()
        lines += [again.line(each) for each in failures] + ["\n"]
    spent = sum(each.cost_micros for each in results)
    lines.append(f"{count(results)} in {seconds:.1f} s; spent {dollars(spent)} of at most {dollars(max_cost_micros)}\n")
    return "".join(lines)


def _plain(text: str) -> str:
    return "".join(each if each.isprintable() else " " for each in text)
