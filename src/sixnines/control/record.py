"""The deployment record: what a change was and what was found out about it, as one page of Markdown. Pure.

Never says what is not in the evidence: numbers that were not measured are called that, and there is no sentence beside
what checks, revisions and counters say.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sixnines.control.events import CheckResult, CheckStatus, Evidence
from sixnines.control.interval import wilson
from sixnines.control.plan_text import Line, lines_of
from sixnines.control.revision import Outcome, Revision

_NOT_MEASURED = "not measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What a page is made of.

    Attributes:
        config: the config file, as the operator names it.
        digest: of the config.
        gateway: where it was verified, or "" if it was not.
        made_unix_s: when.
        version: of sixnines.
        revision: what was applied; None for a verification alone.
        outcome: what became of it; None where that is not known.
        evidence: what was found out.
        providers: in the order of the config.
        max_cost_micros: what verification might have cost, in millionths of a dollar.
        rollback: the command that takes it back, or "" if there is nothing to go back to.
    """

    config: str
    digest: str
    gateway: str
    made_unix_s: float
    version: str
    evidence: Evidence
    providers: Sequence[str]
    revision: Revision | None = None
    outcome: Outcome | None = None
    max_cost_micros: float = 0
    rollback: str = ""


def render(record: Record) -> str:
    """The page."""
    checks = [each.result for each in record.evidence.checks]
    parts = [
        _head(record, checks),
        *_compared(record),
        _listed("Warnings", [*record.evidence.warnings, *_diagnosed(record.evidence)], "none"),
        _steps(record.evidence),
        _providers(record.providers, checks),
        _checks(checks),
        _rollback(record),
    ]
    return "\n".join(each for each in parts if each)


def _head(record: Record, checks: Sequence[CheckResult]) -> str:
    revision, outcome = record.revision, record.outcome
    rows: list[tuple[str, str]] = []
    if revision is not None:
        rows += [
            ("revision", str(revision.number)),
            ("parent", "none" if revision.parent is None else str(revision.parent)),
            ("origin", revision.origin if revision.of is None else f"{revision.origin} of revision {revision.of}"),
            ("author", revision.author),
            ("note", revision.note or "none"),
            ("recorded", _moment(revision.created_unix_s)),
        ]
        rows += [("file", f"{each.path}, {each.size:,} bytes, sha256 {each.sha256}") for each in revision.sources]
    if outcome is not None:
        rows.append(("outcome", f"{outcome.fate}{f': {outcome.reason}' if outcome.reason else ''}"))
    if record.evidence.watched is not None:
        rows.append(("watched", record.evidence.watched.verdict))
    if record.evidence.restart:
        rows.append(("takes a restart", ", ".join(record.evidence.restart)))
    spent = sum(each.cost_micros for each in checks)
    rows += [
        ("config", f"{record.config}, sha256 {record.digest}"),
        ("gateway", record.gateway or "not asked"),
        ("checks", count(checks) if checks else "none made"),
        ("spent", f"{_dollars(spent)} of at most {_dollars(record.max_cost_micros)}"),
        ("written", f"{_moment(record.made_unix_s)}, sixnines {record.version}"),
    ]
    title = f"Deployment record: revision {revision.number}" if revision is not None else "Verification record"
    return f"# {title}\n\n{_table(('', ''), rows)}"


def count(results: Iterable[CheckResult]) -> str:
    """Such as `31 passed, 2 failed, 1 skipped`; what did not occur is left out, but for `passed`."""
    numbers = dict.fromkeys(CheckStatus, 0)
    for each in results:
        numbers[each.status] += 1
    return ", ".join(f"{number} {status}" for status, number in numbers.items() if number or status == "passed")


def _compared(record: Record) -> Iterator[str]:
    """What the change was, as a plan tells it; nothing for a verification, which changes nothing."""
    if record.revision is None:
        return
    changes, risks = record.evidence.changes, record.evidence.risks
    lines = [_change_line(each) for change in changes for each in lines_of(change)]
    yield f"## Changes\n\n{''.join(lines) or 'none'}" + ("" if lines else "\n")
    yield _listed("Risks", [f"{each.level}: {each.path}: {each.message}" for each in risks], "none found")


def _change_line(line: Line) -> str:
    sign = "" if line.action is None else f"{line.action}: "
    return f"{'  ' * line.depth}* {sign}{_cell(line.text)}\n"


def _listed(title: str, lines: Sequence[str], nothing: str) -> str:
    shown = [f"* {_cell(each)}" for each in lines] or [nothing]
    return f"## {title}\n\n" + "\n".join(shown) + "\n"


def _diagnosed(evidence: Evidence) -> Iterator[str]:
    for each in evidence.diagnostics:
        yield f"{each.file}:{each.line}:{each.column}: {each.severity}: {each.message}"


def _steps(evidence: Evidence) -> str:
    if not evidence.steps:
        return ""
    rows = [(each.step.value, f"{each.after_s:.3f}", each.message) for each in evidence.steps]
    return f"## Steps\n\n{_table(('step', 'after s', 'what'), rows)}"


def _providers(names: Sequence[str], checks: Sequence[CheckResult]) -> str:
    rows = [_provider(name, [each for each in checks if name in (each.subject, each.served_by)]) for name in names]
    heads = (
        "provider",
        "checks answered",
        "first content ms P50 / P95",
        "tokens/s P50 / P95",
        "samples",
        "calls answered",
    )
    return f"## Providers\n\n{_table(heads, rows)}" if rows else ""


def _provider(name: str, checks: Sequence[CheckResult]) -> tuple[str, ...]:
    measured: dict[str, float] = {}
    for each in checks:
        if each.subject == name:
            measured |= each.measured
    answered = sum(each.served_by == name and each.status is CheckStatus.PASSED for each in checks)
    return (
        name,
        str(answered),
        _pair(measured, "ttfb_p50_s", "ttfb_p95_s", scale=1000),
        _pair(measured, "tokens_per_s_p50", "tokens_per_s_p95"),
        f"{measured['samples']:.0f}" if "samples" in measured else _NOT_MEASURED,
        _availability(measured),
    )


def _pair(measured: dict[str, float], first: str, second: str, *, scale: float = 1) -> str:
    if first not in measured or second not in measured:
        return _NOT_MEASURED
    return f"{measured[first] * scale:.1f} / {measured[second] * scale:.1f}"


def _availability(measured: dict[str, float]) -> str:
    """Of the calls since the gateway was started, with the 95 % interval."""
    good, bad = int(measured.get("calls_good", 0)), int(measured.get("calls_bad", 0))
    if not good + bad:
        return _NOT_MEASURED
    low, high = wilson(good, good + bad)
    share = 100 * good / (good + bad)
    return f"{good:,} of {good + bad:,}: {share:.2f} % (95 % interval {100 * low:.2f} to {100 * high:.2f} %)"


def _checks(checks: Sequence[CheckResult]) -> str:
    if not checks:
        return ""
    rows = [(each.group, each.subject, each.name, each.status.value, *_seen(each)) for each in checks]
    heads = ("group", "of", "check", "result", "answered by", "ms", "seen")
    return f"## Checks\n\n{_table(heads, rows)}"


def _seen(result: CheckResult) -> tuple[str, str, str]:
    return result.served_by or "", f"{result.elapsed_s * 1000:.0f}", result.message


def _rollback(record: Record) -> str:
    if record.revision is None:
        return ""
    return f"## Rollback\n\n{f'    {record.rollback}' if record.rollback else 'nothing to go back to'}\n"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(map(_cell, each))} |\n" for each in lines)


def _cell(text: str) -> str:
    """Text as it is, in one line, and with nothing in it that Markdown or HTML would take for its own."""
    plain = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    for sign, safe in (("\\", "\\\\"), ("|", "\\|"), ("<", "&lt;"), ("*", "\\*"), ("`", "\\`"), ("[", "\\[")):
        plain = plain.replace(sign, safe)
    return plain


def _moment(unix_s: float) -> str:
    return datetime.fromtimestamp(unix_s, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _dollars(micros: float) -> str:
    return f"${micros / 1_000_000:.5f}"
