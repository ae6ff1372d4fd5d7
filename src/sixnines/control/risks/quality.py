"""Risks about what callers get: windows, tiers, capabilities, what becomes of a broken stream, what may leave the host.

Never speaks of what a config did not declare before: nobody could rely on it.
"""

from collections.abc import Iterator

from sixnines.config.diagnostics import DocumentPath
from sixnines.config.model_sections import Model, Route
from sixnines.config.snapshot import StreamFailure
from sixnines.control.risks.interface import Both, Risk, Rule, Side, high, medium, place_of, several, shown
from sixnines.domain.capability import Capability
from sixnines.domain.tier import Tier


def _window(both: Both) -> Iterator[Risk]:
    """What a model's best deployment holds becomes less."""
    found: dict[tuple[int, int], list[str]] = {}
    for name, old, new in _models(both):
        before, after = _largest(old), _largest(new)
        if before is not None and after is not None and after < before:
            found.setdefault((before, after), []).append(name)
    for (before, after), names in found.items():
        path: DocumentPath = ("models", names[0]) if len(names) == 1 else ("models",)
        message = f"the window of {several(names)} shrinks from {before:,} to {after:,} tokens"
        yield medium("window_shrinks", path, message, hint="longer requests go to fallbacks, or to nobody")


def _tier(both: Both) -> Iterator[Risk]:
    for name in both.new.called:
        before = _best(both.old, name) if name in both.old.called else None
        after = _best(both.new, name)
        if before is not None and after is not None and after.step > before.step:
            message = f"drops from {before} to {after}"
            yield medium("tier_drops", place_of(both.new, name), message)


def _capability(both: Both) -> Iterator[Risk]:
    for name, old, new in _models(both):
        could, can = _capabilities(old), _capabilities(new)
        lost = [] if could is None or can is None else [each for each in Capability if each in could - can]
        if lost:
            message = f"no deployment declares {' or '.join(lost)} any more"
            hint = "requests that need it go to fallbacks, or to nobody"
            yield medium("capability_lost", ("models", name), message, hint=hint)


def _contract(both: Both) -> Iterator[Risk]:
    for name, old, new in _models(both):
        if old.stream_failure is not StreamFailure.ERROR and new.stream_failure is StreamFailure.ERROR:
            message = f"a stream that breaks now ends with an error; it was saved by {old.stream_failure}"
            yield medium("stream_failure", ("models", name, "stream_failure"), message)


def _leaves(both: Both) -> Iterator[Risk]:
    """`local_only` is taken back."""
    for name in both.new.called:
        old, new = _entry(both.old, name), _entry(both.new, name)
        if old is None or new is None or not old.local_only or new.local_only:
            continue
        away = [
            each for each in both.new.providers_of(name) if not both.new.is_local(both.new.document.providers[each])
        ]
        if away:
            message = f"data of its requests may leave the host, to {shown(away[0])}: local_only is taken back"
            yield high("local_only", (*place_of(both.new, name), "local_only"), message)


def _further_down(both: Both) -> Iterator[Risk]:
    """A lower bound for the quality of fallbacks is taken away or lowered."""
    for name in both.new.called:
        old, new = _entry(both.old, name), _entry(both.new, name)
        if old is None or new is None or old.max_tier_drop is None:
            continue
        path: DocumentPath = (*place_of(both.new, name), "max_tier_drop")
        if new.max_tier_drop is None:
            yield medium("max_tier_drop", path, "fallbacks may be of any tier now")
        elif new.max_tier_drop > old.max_tier_drop:
            message = f"fallbacks may be {new.max_tier_drop} tiers worse now, not {old.max_tier_drop}"
            yield medium("max_tier_drop", path, message)


def _models(both: Both) -> Iterator[tuple[str, Model, Model]]:
    """The models that are in both."""
    for name, new in both.new.document.models.items():
        old = both.old.document.models.get(name)
        if old is not None and old != new:
            yield name, old, new


def _entry(side: Side, name: str) -> Model | Route | None:
    return side.document.models.get(name) or side.document.routes.get(name)


def _largest(model: Model) -> int | None:
    """The window that the model's best deployment has, if all of them are known."""
    windows = [each.context_window or model.context_window for each in model.deployments]
    known = [each for each in windows if each is not None]
    return max(known) if len(known) == len(windows) else None


def _capabilities(model: Model) -> set[Capability] | None:
    """What some deployment can do, if all of them say."""
    found: set[Capability] = set()
    for each in model.deployments:
        declared = model.capabilities if each.capabilities is None else each.capabilities
        if declared is None:
            return None
        found |= {*declared}
    return found


def _best(side: Side, name: str) -> Tier | None:
    """The tier of a model, or the best one of a route's models."""
    route = side.document.routes.get(name)
    members = [name] if route is None else side.members(route)
    tiers = [tier for each in members if (tier := side.document.models[each].tier) is not None]
    return min(tiers, key=lambda each: each.step) if tiers else None


RULES = (
    Rule("window_shrinks", _window),
    Rule("tier_drops", _tier),
    Rule("capability_lost", _capability),
    Rule("stream_failure", _contract),
    Rule("local_only", _leaves),
    Rule("max_tier_drop", _further_down),
)
