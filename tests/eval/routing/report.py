"""The evaluation as text that is Markdown too. Never rounds up: it is what a reader decides by."""

from collections.abc import Sequence

from eval.routing.confusion import Confusion, confusion
from eval.routing.judges import by_length, by_score
from eval.routing.prompts import Prompt
from sixnines.domain.complexity import Complexity


def report(prompts: Sequence[Prompt]) -> str:
    """Both halves by the score, then by length alone, then kind by kind."""
    halves = {
        "tuning half": [each for each in prompts if each.tuning],
        "held-out half": [each for each in prompts if not each.tuning],
    }
    length, lower, upper = by_length(halves["tuning half"])
    judges = {
        "By the score": by_score,
        f"By length alone, standard from {lower} tokens, complex from {upper} (best for the tuning half)": length,
    }
    sections = [
        _section(f"{title}, {name}", confusion(half, judge))
        for title, judge in judges.items()
        for name, half in halves.items()
    ]
    return "\n".join([*sections, _kinds(halves)])


def _section(title: str, found: Confusion) -> str:
    rows = [
        (
            f"is {label}",
            *(str(found.counts[label, each]) for each in Complexity),
            _percent(found.recall(label)),
        )
        for label in Complexity
    ]
    rows.append(("precision", *(_percent(found.precision(each)) for each in Complexity), ""))
    summary = (
        f"{title}: {found.right} of {found.total} right, {_percent(found.accuracy)}; "
        f"{found.far_off} simple for complex or the reverse."
    )
    return f"{summary}\n\n{_table(('', *(f'taken for {each}' for each in Complexity), 'recall'), rows)}"


def _kinds(halves: dict[str, list[Prompt]]) -> str:
    """Right and all, kind by kind."""
    kinds = sorted({each.kind for half in halves.values() for each in half})
    rows = []
    for kind in kinds:
        found = [confusion([each for each in half if each.kind == kind], by_score) for half in halves.values()]
        rows.append((kind.replace("_", " "), *(f"{each.right} of {each.total}" for each in found)))
    return f"Kind by kind, by the score:\n\n{_table(('prompts', *halves), rows)}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Aligned, so that it reads in a terminal as well."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = [head, ["-" * max(width, 3) for width in widths], *rows]
    return "".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |\n"
        for line in lines
    )


def _percent(share: float | None) -> str:
    """One decimal, cut and not rounded."""
    return "-" if share is None else f"{int(share * 1000) / 10:.1f} %"
