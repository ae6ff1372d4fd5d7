"""An explanation for people: what the name means, who is asked in which order, who is not, and how it was decided."""

from collections.abc import Iterator, Mapping

from sixnines.cli.columns import columns
from sixnines.config.snapshot import How
from sixnines.domain.attempt import Passed
from sixnines.server.explained import Asked, Behind, Decided, Explanation, Resolved

_HOW = {
    How.EXACT: "by its name",
    How.ROUTE: "by its name",
    How.ALIAS: "by an alias",
    How.PATTERN: "by the pattern",
    How.DEFAULT: "by default_model",
}
_HELD_BACK = {Passed.BUSY: "after those with room", Passed.RESTING: "last resort"}
_MICROS = 1_000_000


def render(told: Explanation) -> str:
    """Some lines of text."""
    return "\n".join([*_head(told), *_order(told), *_left_out(told), *_decisions(told)]) + "\n"


def _head(told: Explanation) -> Iterator[str]:
    yield f"{told.model}: {_meaning(told.resolved)}"
    rows = [("request", f"{told.operation}, {_features(told.features)}")]
    if told.wishes:
        rows.append(("headers", _features(told.wishes)))
    if told.assumed:
        rows.append(("assumed", ", ".join(f"{name} {' and '.join(each)}" for name, each in told.assumed.items())))
    yield from columns(rows, indent=0)


def _meaning(resolved: Resolved) -> str:
    how = _HOW[resolved.how] + (f" {resolved.pattern}" if resolved.pattern else "")
    return f"the {resolved.kind} {resolved.name}, {how}"


def _features(features: Mapping[str, object]) -> str:
    """Those that say something, in words."""
    said = {name.replace("_", " "): value for name, value in features.items() if value not in (0, False, None, [])}
    return ", ".join(_feature(name, value) for name, value in said.items())


def _feature(name: str, value: object) -> str:
    shown = " ".join(map(str, value)) if isinstance(value, list) else str(value)
    return name if value is True else f"{name} {shown}"


def _order(told: Explanation) -> Iterator[str]:
    yield ""
    if told.refusal is not None:
        refusal = told.refusal
        yield f"nobody is asked: {refusal.status} {refusal.code or ''}".rstrip()
        yield f"  {refusal.message}"
        return
    yield "asked, in this order"
    rows: list[tuple[str, ...]] = [("", "deployment", "first", "model", "", "")]
    rows += [(f"{number}.", *_row(each)) for number, each in enumerate(told.candidates, 1)]
    yield from columns(rows, right=(0, 2))


def _row(asked: Asked) -> tuple[str, ...]:
    share = "" if asked.behind is not None and not asked.share else _share(asked.share)
    return asked.deployment, share, asked.model, _facts(asked), _behind(asked.behind)


def _facts(asked: Asked) -> str:
    """What is declared and known of a candidate, as far as it is."""
    facts: list[str] = [] if asked.tier is None else [asked.tier.value]
    if asked.context_window is not None:
        facts.append(f"window {asked.context_window:,}")
    if asked.cost_micros is not None:
        facts.append(f"${asked.cost_micros / _MICROS:.6f}" if asked.cost_micros else "free")
    if asked.in_flight:
        facts.append(f"{asked.in_flight} in flight")
    if asked.warm is not None:
        facts.append("warm" if asked.warm else "cold")
    return ", ".join(facts)


def _behind(behind: Behind | None) -> str:
    if behind is None:
        return ""
    time = "" if behind.for_s is None else f" for {behind.for_s:.1f} s"
    return f"{_HELD_BACK[behind.how]} ({behind.reason}{time})"


def _share(share: float | None) -> str:
    return "depends" if share is None else f"{share * 100:.3g} %"


def _left_out(told: Explanation) -> Iterator[str]:
    if told.left_out:
        yield ""
        yield "not asked"
        yield from columns([(each.deployment, each.reason) for each in told.left_out])


def _decisions(told: Explanation) -> Iterator[str]:
    # Where there was one to choose, only a route's choice says something: that the others are out.
    decided = [each for each in told.decisions if each.kind == "route" or len(each.options) > 1]
    if decided and told.candidates:
        yield ""
        yield "decided"
        for each in decided:
            yield f"  {each.kind} {each.name}, {each.strategy}: {_options(each)}"


def _options(decided: Decided) -> str:
    names = [each.name for each in decided.options]
    if any(each.share is None for each in decided.options):
        return f"{', '.join(names)} (shares depend on what else goes on)"
    return ", ".join(f"{each.name} {_share(each.share)}" for each in decided.options)
