"""What the benches make of their figures: reads wrk's result, sums up rounds, renders tables. Pure: no I/O, no clock.

Never drops a round: one that does not count is kept, with the reason.
"""

import json
import math
import re
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WRK_MARK = "SIXNINES-WRK "
"""What stands before the result in wrk's output. The table that wrk prints for people is rounded; this is not."""

WRK_SCRIPT = """\
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = %s
function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    "%s{\\"duration_us\\": %%d, \\"requests\\": %%d, \\"bytes\\": %%d, \\"p50_us\\": %%d, \\"p99_us\\": %%d, "
      .. "\\"connect\\": %%d, \\"read\\": %%d, \\"write\\": %%d, \\"status\\": %%d, \\"timeout\\": %%d}\\n",
    summary.duration, summary.requests, summary.bytes, latency:percentile(50), latency:percentile(99),
    errors.connect, errors.read, errors.write, errors.status, errors.timeout))
end
"""
_ERRORS = ("connect", "read", "write", "status", "timeout")


@dataclass(frozen=True, slots=True)
class WrkResult:
    """One run of wrk.

    Attributes:
        seconds: how long it ran.
        requests: answers that came completely.
        received: bytes, also of answers that were still coming at the end.
        p50_us: median latency in microseconds.
        p99_us: 99th percentile.
        errors: those that happened, by their kind; `status` counts answers other than 2xx and 3xx.
    """

    seconds: float
    requests: int
    received: int
    p50_us: int
    p99_us: int
    errors: Mapping[str, int]

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


@dataclass(frozen=True, slots=True)
class Round:
    """One system measured once.

    Attributes:
        system: which.
        rate: requests a second.
        p50_us, p99_us: latencies in microseconds.
        cpu_us: CPU time of the system under test for one request, in microseconds; None where it has none.
        busy: the share of its core that the system under test used, 0 to 1; None where it has none.
        faults: why this round does not count; empty when it does.
    """

    system: str
    rate: float
    p50_us: int
    p99_us: int
    cpu_us: float | None = None
    busy: float | None = None
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """The rounds of one system that count. None where no round did, or there is nothing to compare with.

    Attributes:
        system: which.
        counted: how many rounds count.
        rounds: of how many.
        rate: median requests a second.
        lowest, highest: the spread of that.
        ratio: median of the rounds' rates relative to the baseline's in the same turn.
        p50_us, p99_us: medians of the latencies.
        cpu_us: median of the CPU time for one request.
        busy: median share of the core in use.
    """

    system: str
    counted: int
    rounds: int
    rate: float | None
    lowest: float | None
    highest: float | None
    ratio: float | None
    p50_us: float | None
    p99_us: float | None
    cpu_us: float | None
    busy: float | None


def wrk_script(body: str) -> str:
    """The Lua script that makes wrk send `body` and print its result exactly."""
    return WRK_SCRIPT % (_lua_string(body), WRK_MARK)


def read_wrk(output: str) -> WrkResult:
    """The result in wrk's output.

    Raises:
        ValueError: there is none, as when wrk could not start.
    """
    for line in output.splitlines():
        if line.startswith(WRK_MARK):
            told = json.loads(line[len(WRK_MARK) :])
            return WrkResult(
                seconds=told["duration_us"] / 1e6,
                requests=told["requests"],
                received=told["bytes"],
                p50_us=told["p50_us"],
                p99_us=told["p99_us"],
                errors={name: told[name] for name in _ERRORS if told[name]},
            )
    raise ValueError(f"wrk printed no result: {output.strip() or 'nothing at all'}")


def faults(result: WrkResult, *, answer_size: int, connections: int) -> tuple[str, ...]:
    """What is wrong with the answers of a run.

    Args:
        result: the run.
        answer_size: bytes of one right answer, head and body.
        connections: how many wrk kept open, each with at most one answer under way at the end.
    """
    found = [f"{count} {name} errors" for name, count in result.errors.items()]
    if not result.requests:
        found.append("no answer at all")
    surplus = result.received - result.requests * answer_size
    if not 0 <= surplus <= connections * answer_size:
        found.append(f"{result.received} bytes for {result.requests} answers of {answer_size} bytes")
    return tuple(found)


def summarize(rounds: Sequence[Round], baseline: str) -> list[Summary]:
    """One summary for each system, in the order of their first rounds.

    Args:
        rounds: turn by turn, every system once a turn.
        baseline: the system that ratios are relative to.
    """
    systems = list(dict.fromkeys(each.system for each in rounds))
    base = [each for each in rounds if each.system == baseline]
    return [_summary([each for each in rounds if each.system == system], base) for system in systems]


def _summary(rounds: Sequence[Round], base: Sequence[Round]) -> Summary:
    good = [each for each in rounds if not each.faults]
    pairs = [(ours, theirs) for ours, theirs in zip(rounds, base, strict=False) if not (ours.faults or theirs.faults)]
    rates = [each.rate for each in good]
    return Summary(
        system=rounds[0].system,
        counted=len(good),
        rounds=len(rounds),
        rate=_median(rates),
        lowest=min(rates, default=None),
        highest=max(rates, default=None),
        ratio=_median([ours.rate / theirs.rate for ours, theirs in pairs]),
        p50_us=_median([each.p50_us for each in good]),
        p99_us=_median([each.p99_us for each in good]),
        cpu_us=_median([each.cpu_us for each in good if each.cpu_us is not None]),
        busy=_median([each.busy for each in good if each.busy is not None]),
    )


def _median(values: Sequence[float]) -> float | None:
    return statistics.median(values) if values else None


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest of `values` that at least `share` (0 to 1) of them do not exceed (the nearest-rank method).

    Raises:
        ValueError: there are no values.
    """
    if not values:
        raise ValueError("no values")
    return sorted(values)[max(math.ceil(share * len(values)) - 1, 0)]


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table: the first column to the left, figures to the right."""
    lines = [header, ["---", *("---:" for _ in header[1:])], *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def overhead_table(summaries: Sequence[Summary], baseline: str) -> str:
    """The figures of `bench/overhead.py` for one number of connections."""
    header = ("system", "requests/s", "spread", f"of {baseline}", "p50", "p99", "CPU/request", "rounds")
    rows = [
        (
            each.system,
            _number(each.rate),
            "-" if each.lowest is None else f"{_number(each.lowest)} to {_number(each.highest)}",
            "-" if each.ratio is None else f"{each.ratio:.2f}",
            _milliseconds(each.p50_us),
            _milliseconds(each.p99_us),
            "-" if each.cpu_us is None else f"{each.cpu_us:.0f} us",
            f"{each.counted} of {each.rounds}",
        )
        for each in summaries
    ]
    return table(header, rows)


def _number(value: float | None) -> str:
    return "not measured" if value is None else f"{value:,.0f}"


def _milliseconds(microseconds: float | None) -> str:
    return "not measured" if microseconds is None else f"{microseconds / 1000:.2f} ms"


def replace_block(document: str, name: str, text: str) -> str:
    """`document` with `text` between `<!-- bench:NAME -->` and `<!-- /bench:NAME -->`.

    Raises:
        ValueError: it does not have this pair exactly once.
    """
    start, end = f"<!-- bench:{name} -->", f"<!-- /bench:{name} -->"
    pattern = re.compile(re.escape(start) + ".*?" + re.escape(end), re.DOTALL)
    if len(pattern.findall(document)) != 1:
        raise ValueError(f"expected {start} and {end} once, in this order")
    return pattern.sub(lambda _: f"{start}\n{text.strip()}\n{end}", document)


def _lua_string(text: str) -> str:
    """`text` as a Lua literal: decimal escapes (Lua 5.1 manual, section 2.1) for whatever is not plain."""
    plain = (chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\{byte:03d}" for byte in text.encode())
    return f'"{"".join(plain)}"'
