"""Risks about limits: what is lowered so far that requests which were served will not be.

Never speaks of a limit that is lowered a little, or raised.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sixnines.config.diagnostics import DocumentPath
from sixnines.config.document import DefaultTimeouts, Document, Queue
from sixnines.config.model_sections import ProviderTimeouts
from sixnines.config.quantities import render_duration, render_size
from sixnines.control.risks.interface import Both, Risk, Rule, medium

# Half of what was enough may still be: who sets limits leaves room. Less is another order of things.
_SHARPLY = 0.5


@dataclass(frozen=True, slots=True)
class _Limit:
    """One limit as it stands in a document.

    Attributes:
        value: what holds there, inherited or not.
        own: it is set there.
        shown: how a file writes it.
        of: what gets fewer or shorter.
    """

    value: float
    own: bool
    shown: str
    of: str


def _lowered(both: Both) -> Iterator[Risk]:
    before, after = _limits(both.old.document), _limits(both.new.document)
    for path, limit in after.items():
        was = before.get(path)
        if was is None or limit.value >= was.value * _SHARPLY:
            continue
        if limit.own or was.own:  # else the default has been lowered, and is spoken of
            yield medium("limit_lowered", path, f"{limit.of}: {limit.shown}, and so far {was.shown}")


def _no_probes(both: Both) -> Iterator[Risk]:
    if both.old.document.defaults.health.active and not both.new.document.defaults.health.active:
        message = "providers are not probed any more: the first request after a fault finds it"
        yield medium("no_probes", ("defaults", "health", "active"), message)


def _limits(document: Document) -> dict[DocumentPath, _Limit]:
    """Every limit that holds, by its place."""
    server, defaults = document.server, document.defaults
    found: dict[DocumentPath, _Limit] = {
        ("server", "max_body"): _Limit(
            server.max_body, own=True, shown=render_size(server.max_body), of="the largest request"
        ),
        ("defaults", "attempts"): _count(defaults.attempts, own=True, of="attempts of a request"),
    }
    found[("server", "drain")] = _time(server.drain_s, own=True, of="the time that requests get at shutdown")
    for key, value in _waits(defaults.timeouts).items():
        found["defaults", "timeouts", key] = _time(value, own=True, of=_WAITS[key])
    for name, provider in document.providers.items():
        if provider.max_in_flight is not None:
            queue = provider.queue or Queue()
            found["providers", name, "max_in_flight"] = _count(provider.max_in_flight, own=True, of="requests at once")
            found["providers", name, "queue", "size"] = _count(queue.size, own=True, of="requests that may wait")
        found |= _inherited(("providers", name, "timeouts"), provider.timeouts, defaults.timeouts)
    for name, model in document.models.items():
        own = model.attempts is not None
        found["models", name, "attempts"] = _count(model.attempts or defaults.attempts, own=own, of="attempts")
        found |= _inherited(("models", name, "timeouts"), model.timeouts, defaults.timeouts)
    return found


_WAITS: Mapping[str, str] = {
    "connect": "the wait for a connection",
    "first_token": "the wait for the first content",
    "idle": "the wait for the next content",
    "loading": "the wait for an engine that loads its model",
    "total": "the time for a whole request",
}


def _waits(timeouts: DefaultTimeouts | ProviderTimeouts) -> dict[str, float]:
    """Those that are set, by their key."""
    values: dict[str, float | None] = {key: getattr(timeouts, f"{key}_s", None) for key in _WAITS}
    return {key: value for key, value in values.items() if value is not None}


def _inherited(path: DocumentPath, own: ProviderTimeouts, defaults: DefaultTimeouts) -> dict[DocumentPath, _Limit]:
    """A provider's or model's time limits, with what comes from the defaults."""
    said, waits = _waits(own), _waits(defaults)
    known = {key for key in _WAITS if hasattr(own, f"{key}_s")}
    return {
        (*path, key): _time(said.get(key, waits[key]), own=key in said, of=_WAITS[key])
        for key in _WAITS
        if key in known
    }


def _time(value: float, *, own: bool, of: str) -> _Limit:
    return _Limit(value, own, render_duration(value), of)


def _count(value: int, *, own: bool, of: str) -> _Limit:
    return _Limit(value, own, f"{value:,}", of)


RULES = (
    Rule("limit_lowered", _lowered),
    Rule("no_probes", _no_probes),
)
