"""The report as one HTML file that needs nothing else: no script, no font, no picture from anywhere. Pure.

Never lets text of a server into the page unescaped.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from typing import Final

from sixnines.load import wording
from sixnines.load.chart import Line, lines, stack
from sixnines.load.report import Report
from sixnines.load.tally import UNTOLD

_STYLE: Final = """
:root{color-scheme:light dark;--ink:#1f2328;--soft:#59636e;--page:#fff;--box:#f6f8fa;--edge:#d1d9e0;
--bad:#b42318;--good:#1a7f37}
:root{--c0:#0969da;--c1:#bc4c00;--c2:#1a7f37;--c3:#8250df;
--c4:#bf3989;--c5:#1b7c83;--c6:#9a6700;--c7:#6e7781;--c8:#a40e26;--c9:#4d2d00}
@media(prefers-color-scheme:dark){:root{
--ink:#e6edf3;--soft:#9198a1;--page:#0d1117;--box:#151b23;--edge:#3d444d;--bad:#ff7b72;--good:#3fb950;
--c0:#4493f8;--c1:#f0883e;--c2:#3fb950;--c3:#ab7df8;
--c4:#db61a2;--c5:#39c5cf;--c6:#d29922;--c7:#9198a1;--c8:#ff7b72;--c9:#c69026}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:60rem;padding:1rem;font:16px/1.5 system-ui,sans-serif;
color:var(--ink);background:var(--page)}
h1{font-size:1.5rem;margin:.5rem 0}h2{font-size:1.15rem;margin:2rem 0 .5rem}
p{margin:.4rem 0}.soft,figcaption{color:var(--soft)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:.6rem;margin:1rem 0;padding:0}
.tiles div{background:var(--box);border:1px solid var(--edge);border-radius:.4rem;padding:.6rem .8rem}
.tiles dt{color:var(--soft);font-size:.85rem}.tiles dd{margin:0;font-size:1.25rem;overflow-wrap:anywhere}
.mark{border-left:.3rem solid var(--bad);background:var(--box);padding:.5rem .8rem}
.bad{color:var(--bad)}.good{color:var(--good)}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:.3rem .6rem;text-align:right;border-bottom:1px solid var(--edge);white-space:nowrap}
th:first-child,td:first-child,.text{text-align:left}td.text{min-width:14rem;white-space:normal;overflow-wrap:anywhere}
figure{margin:1rem 0}svg{width:100%;height:auto;display:block}
svg text{fill:var(--soft);font:12px system-ui,sans-serif}@media(max-width:40rem){svg text{font-size:20px}}
.grid{stroke:var(--edge);fill:none}
.line{fill:none;stroke:var(--c);stroke-width:2;stroke-linejoin:round;stroke-linecap:round}.dashed{stroke-dasharray:5 5}
.fill{fill:var(--c)}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:.2rem 1rem;padding:0;margin:.2rem 0;font-size:.9rem}
.key{display:inline-block;width:.8rem;height:.8rem;background:var(--c);border-radius:.15rem;margin-right:.35rem}
""" + "".join(f".c{at}{{--c:var(--c{at})}}" for at in range(10))

_COLOURS: Final = 10
_HOW: Final = (
    "From when each request was due, not from when it could be sent: a wait that the load caused counts. A percentile "
    "needs at least one value beyond it; else it is not measured."
)


def render(report: Report) -> str:
    """The page."""
    asked = report.setting
    began = datetime.fromtimestamp(asked.began_at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    title = f"Load on {asked.model} at {asked.url}"
    marks = "".join(f'<p class="mark">{escape(remark)}</p>' for remark in report.effort.remarks)
    body = [
        f"<h1>{escape(title)}</h1>",
        f'<p class="soft">{escape(began)}. {escape(wording.setting(asked))}.</p>',
        f"<p>{escape(wording.verdict(report))}</p>",
        marks,
        _tiles(report),
        "<h2>How long it took</h2>",
        f'<p class="soft">{_HOW}</p>',
        _table(wording.HEADS, [wording.row(each) for each in report.spreads]),
        *_drift(report),
        *_over_time(report),
        *_who(report),
        *_faults(report),
        "<h2>The generator</h2>",
        f"<p>{escape(_sentence(wording.effort(report)))}</p>",
        f'<p class="soft">Made by sixnines {escape(asked.version)} bench.</p>',
    ]
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>\n<body><main>\n{chr(10).join(body)}\n</main></body></html>\n"
    )


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."


def _tiles(report: Report) -> str:
    total = report.spreads[2]
    rate = wording.UNMEASURED if report.good_rps is None else f"{report.good_rps:,.1f}/s"
    shown = (
        ("success", wording.success(report), "bad" if report.bad else "good"),
        ("good answers", rate, ""),
        ("time to first token, P50", wording.time(report.spreads[0].p50_s), ""),
        ("total, P50", wording.time(total.p50_s), ""),
        ("total, P99", wording.time(total.p99_s), ""),
    )
    tiles = "".join(
        f'<div><dt>{escape(name)}</dt><dd class="{colour}">{escape(value)}</dd></div>' for name, value, colour in shown
    )
    return f'<dl class="tiles">{tiles}</dl>'


def _drift(report: Report) -> list[str]:
    rows = wording.drift(report)
    if not rows:
        return []
    return ["<h2>First against last</h2>", "<p>Total times of good answers while the rate was level.</p>",
            _table(wording.HEADS, rows)]  # fmt: skip


def _over_time(report: Report) -> list[str]:
    series = report.series
    if not series:
        return []
    slot_s = series[0].end_s - series[0].start_s
    widths = [max(point.end_s - point.start_s, 1e-9) for point in series]
    rates = [
        Line("planned", [point.planned_rps for point in series], "c7", dashed=True),
        Line("due", [point.due / width for point, width in zip(series, widths, strict=True)], "c0"),
        Line("answered well", [point.good / width for point, width in zip(series, widths, strict=True)], "c2"),
        Line("bad", [point.bad / width for point, width in zip(series, widths, strict=True)], "c8"),
    ]
    times = [
        Line("P50", [point.p50_s for point in series], "c0"),
        Line("P95", [point.p95_s for point in series], "c1"),
        Line("most", [point.max_s for point in series], "c3"),
    ]
    return [
        "<h2>Over time</h2>",
        lines("Requests per second, by when they were due", rates, slot_s, lambda value: f"{value:g}"),
        lines("Total time of good answers", times, slot_s, _axis_time),
    ]


def _axis_time(seconds: float) -> str:
    return f"{seconds:g} s" if seconds >= 1 or not seconds else f"{seconds * 1000:g} ms"


def _who(report: Report) -> list[str]:
    if not report.providers:
        return []
    told = [
        Line(name, [float(point.providers.get(name, 0)) for point in report.series], f"c{at % _COLOURS}")
        for at, name in enumerate(report.providers)
    ]
    slot_s = report.series[0].end_s - report.series[0].start_s
    note = ""
    if UNTOLD in report.providers:
        note = '<p class="soft">Only sixnines says who answered (x-sixnines-provider); other endpoints do not tell.</p>'
    return [
        "<h2>Who answered</h2>",
        note,
        stack("Good answers by provider", told, slot_s, lambda value: f"{value:g}"),
        _table(("provider", "good answers", "share"), wording.answered(report)),
    ]


def _faults(report: Report) -> list[str]:
    if not report.faults:
        return ["<h2>What went wrong</h2>", "<p>Nothing: every answer was whole and well formed.</p>"]
    rows = "".join(
        f'<tr><td>{escape(each.kind)}</td><td>{each.count:,}</td><td class="text">{escape(each.example)}</td></tr>'
        for each in report.faults
    )
    head = '<tr><th>kind</th><th>count</th><th class="text">said the first time</th></tr>'
    return ["<h2>What went wrong</h2>", f'<div class="wide" tabindex="0"><table>{head}{rows}</table></div>']


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(each)}</th>" for each in heads)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="wide" tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
