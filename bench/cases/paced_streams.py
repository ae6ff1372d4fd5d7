"""Many streams open at once, each at the pace of an engine: what a gateway adds to the first token and to each gap.

50 chunks a second is what a good engine gives one caller. 5,000 such streams are 250,000 chunks a second, which the one
core that engine and generator share here cannot write and read, with or without a gateway: that case is made all the
same and marked, and beside it stands one at a pace that this core can hold.
"""

from collections.abc import Sequence

from loads.paced import Paced
from report import Column
from stages import Contestant, Stage, Wish
from standins.start import Engine
from systems.interface import System
from systems.registry import DIRECT, NGINX, OURS

from cases import columns
from cases.interface import Case

_PACES = {100: (50.0,), 1000: (50.0,), 5000: (50.0, 5.0)}
_WHO = (DIRECT, NGINX)
"""Who is measured beside sixnines."""

_COLUMNS = (
    Column("first token, p50", "first_50_ms", columns.milliseconds),
    Column("added", "first_50_ms", columns.signed_milliseconds, of="added"),
    Column("gap, p99", "gap_99_ms", columns.milliseconds),
    Column("added", "gap_99_ms", columns.signed_milliseconds, of="added"),
    Column("chunks lost", "lost", columns.number),
    Column("open at once", "most_open", columns.number),
    Column("memory of a stream", "kb", lambda value: f"{value:.1f} KB"),
    columns.CPU_CHUNK,
    columns.CORE,
    Column("load's core", "load_busy", columns.percent),
)


def _case(streams: int, pace: float, *, usual: bool) -> Case:
    def line_up(systems: Sequence[System]) -> list[Contestant]:
        chosen = [each for each in systems if each.key in _WHO or each.key.startswith(OURS)]
        return [Contestant(each.label, each, Wish(streams=streams)) for each in chosen]

    notes = "Times are from when a stream was due, which did not wait for those before it. "
    notes += f"Gaps: while all are open; {1000 / pace:.0f} ms would be right."
    notes += " The other gateways are left out: each of these rounds takes half a minute."
    return Case(
        name=f"paced-{streams}" if usual else f"paced-{streams}-slow",
        title=f"{streams:,} streams open at once, {pace:.0f} chunks a second each",
        stage=Stage(f"paced-{streams}-{pace:.0f}", (Engine("engine", "stream", pace=pace),), line_up),
        load=Paced(streams, pace),
        columns=_COLUMNS,
        baseline=DIRECT,
        notes=notes,
    )


CASES = tuple(_case(streams, pace, usual=at == 0) for streams, paces in _PACES.items() for at, pace in enumerate(paces))
