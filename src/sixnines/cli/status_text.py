"""What `sixnines status` prints: one screen, from a picture of the gateway. Pure.

Never wider than it is told, and never a colour where none is wanted: what a colour says, a word says too.
"""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sixnines.client import money
from sixnines.client.picture import Picture, rests_on
from sixnines.client.seen import Available, Provider, Served
from sixnines.client.tally import HOUR_S, FirstContent, edges, first_contents, since
from sixnines.client.verdict import faults, seen, warnings
from sixnines.client.words import NOT_MEASURED, cut, milliseconds, plain, span

NARROWEST = 40
_COLOURS = {
    "healthy": "32", "unknown": "2", "loading": "33", "busy": "33", "rate_limited": "33", "misconfigured": "31",
    "down": "31",
}  # fmt: skip
_MOST_EDGES = 10
_MOST_NAMES = 12


@dataclass(frozen=True, slots=True)
class Look:
    """How it is printed.

    Attributes:
        width: of the screen, in characters.
        colour: whether it may be coloured.
    """

    width: int = 100
    colour: bool = False

    def paint(self, text: str, code: str) -> str:
        """`text` in a colour (ECMA-48, Select Graphic Rendition)."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour and code else text

    def heading(self, text: str, rest: str = "") -> str:
        """The first line of a part."""
        shown = cut(rest, self.width - len(text) - 2)
        return self.paint(text, "1") + (f"  {shown}" if shown else "")

    def wrapped(self, text: str, *, indent: int = 2, mark: str = "") -> Iterator[str]:
        """A text as lines."""
        first = " " * indent + mark
        yield from textwrap.wrap(plain(text), self.width, initial_indent=first, subsequent_indent=" " * len(first))


def status_lines(picture: Picture, look: Look) -> list[str]:
    """The whole screen."""
    parts = (_gateway, _providers, _models, _availability, _spend, _fallbacks, _warnings, _verdict)
    screen: list[str] = []
    for part in parts:
        if lines := list(part(picture, look)):
            screen += [*([""] if screen else []), *lines]
    return screen


def _gateway(picture: Picture, look: Look) -> Iterator[str]:
    state, now = picture.gateway, picture.taken_unix_s
    if state is None:
        yield look.heading("GATEWAY", picture.where)
        yield from look.wrapped("it does not tell its version and revision: its config cannot be changed while it runs")
        return
    yield look.heading("GATEWAY", f"sixnines {plain(state.version)}, up {span(now - state.started_unix_s)}")
    revision = f"revision {state.revision}" if state.revision else "a config that is not recorded"
    in_flight = sum(each.in_flight for each in picture.providers.providers)
    workers = "1 worker" if state.workers == 1 else f"{state.workers} workers"
    yield from look.wrapped(
        f"{revision}, served for {span(now - state.since_unix_s)}; {workers}; {in_flight:,} in flight; "
        f"since the start {state.good:,} calls were good and {state.bad:,} bad"
    )
    yield from look.wrapped(f"{state.config}, reached at {picture.where}")


def _providers(picture: Picture, look: Look) -> Iterator[str]:
    providers = picture.providers.providers
    times = first_contents(picture.requests)
    rows: list[tuple[str, ...]] = [
        ("", "STATE", "SINCE", "IN FLIGHT", "QUEUE", "FIRST TOKEN", "WHY"),
        *(_provider(each, times.get(each.name), picture.taken_unix_s) for each in providers),
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    names = widths[0] = max(len("PROVIDERS"), min(widths[0], look.width // 3))
    before = sum(widths[:-1]) + 2 * (len(widths) - 1)
    for number, row in enumerate(rows):
        words = [
            cut(word, width).rjust(width) if index in (3, 4, 5) else cut(word, width).ljust(width)
            for index, (word, width) in enumerate(zip(row, [names, *widths[1:]], strict=True))
        ]
        words[-1] = cut(row[-1], look.width - before)
        if number == 0:
            yield look.paint(cut("PROVIDERS".ljust(names) + "  " + "  ".join(words[1:]).rstrip(), look.width), "1")
            continue
        line = cut("  ".join(words).rstrip(), look.width)
        start, state = names + 2, row[1]
        end = start + len(state)
        yield line[:start] + look.paint(line[start:end], _COLOURS.get(state, "")) + line[end:]


def _provider(provider: Provider, times: FirstContent | None, now: float) -> tuple[str, ...]:
    shown = seen(provider)
    most = "" if provider.max_in_flight is None else f"/{provider.max_in_flight}"
    first = f"{milliseconds(times.median_ms)} of {times.count}" if times is not None else "-"
    return (
        f"  {provider.name}{' (optional)' if provider.optional else ''}",
        shown.state,
        "-" if shown.since_unix_s is None else span(now - shown.since_unix_s),
        f"{provider.in_flight}{most}",
        str(provider.waiting),
        first,
        shown.why,
    )


def _models(picture: Picture, look: Look) -> Iterator[str]:
    if picture.served is None:
        yield look.heading("MODELS", "this gateway does not tell who is left for them")
        return
    models = picture.served.models
    kinds = [each.kind for each in models]
    said = f"{_count(kinds.count('model'), 'model')} and {_count(kinds.count('route'), 'route')}"
    nobody = [each for each in models if each.state == "nobody"]
    fallback = [each for each in models if each.state == "fallback"]
    yield look.heading("MODELS", said + ("" if nobody or fallback else ": all can be served"))
    yield from _named(nobody, "cannot be served now: ", look)
    yield from _named(fallback, "by fallbacks only: ", look)


def _named(models: Sequence[Served], said: str, look: Look) -> Iterator[str]:
    if models:
        more = f" and {len(models) - _MOST_NAMES} more" if len(models) > _MOST_NAMES else ""
        yield from look.wrapped(said + ", ".join(f"{each.name}" for each in models[:_MOST_NAMES]) + more)


def _availability(picture: Picture, look: Look) -> Iterator[str]:
    found = picture.availability
    if found is None or found.gateway is None:
        why = "" if found is None or found.ledger.fault is None else f": {plain(found.ledger.fault)}"
        yield look.heading("AVAILABILITY", NOT_MEASURED + why)
        return
    yield look.heading("AVAILABILITY", f"of the last {found.window}")
    named = [("gateway", found.gateway), *((each.name, each) for each in (*found.models, *found.routes) if each.bad)]
    width = min(max(len(name) for name, _ in named[: _MOST_NAMES + 1]), look.width // 3)
    for name, each in named[: _MOST_NAMES + 1]:
        yield from look.wrapped(told(each), mark=cut(name, width).ljust(width) + "  ")


def told(available: Available) -> str:
    """What was measured of one thing, as the gateway says it."""
    return available.text if available.good + available.bad else NOT_MEASURED


def _spend(picture: Picture, look: Look) -> Iterator[str]:
    found = picture.spend
    if found is None or found.total is None:
        why = "" if found is None or found.ledger.fault is None else f": {plain(found.ledger.fault)}"
        yield look.heading("SPEND", NOT_MEASURED + why)
        return
    yield look.heading("SPEND", f"of the last {found.window}")
    said = [money.told(found.total), money.missing(found.total)]
    if found.budget is not None:
        said.append(money.budgeted(found.budget))
    for each in filter(None, said):
        yield from look.wrapped(each)


def _fallbacks(picture: Picture, look: Look) -> Iterator[str]:
    found = edges(since(picture.requests, picture.taken_unix_s - HOUR_S))
    yield look.heading("FALLBACKS", rests_on(picture) + ("" if found else ": none"))
    for edge in found[:_MOST_EDGES]:
        yield cut(plain(f"  {edge.source} -> {edge.target}  {edge.kind}  {edge.count:,}"), look.width)
    if len(found) > _MOST_EDGES:
        yield f"  and {len(found) - _MOST_EDGES} more"


def _warnings(picture: Picture, look: Look) -> Iterator[str]:
    found = warnings(picture)
    if found:
        yield look.heading("WARNINGS")
    for each in found:
        yield from look.wrapped(each, mark="- ")


def _verdict(picture: Picture, look: Look) -> Iterator[str]:
    found = faults(picture)
    if not found:
        yield look.paint("All that is required is up.", "32")
        return
    yield look.paint("DOWN", "1;31")
    for each in found:
        yield from look.wrapped(each, mark="- ")


def _count(number: int, name: str) -> str:
    return f"{number:,} {name}{'' if number == 1 else 's'}"


def status_values(picture: Picture) -> Mapping[str, object]:
    """The same for programs."""
    requests = since(picture.requests, picture.taken_unix_s - HOUR_S)
    found = faults(picture)
    return {
        "ok": not found,
        "faults": found,
        "warnings": warnings(picture),
        "where": picture.where,
        "gateway": picture.gateway,
        "providers": picture.providers.providers,
        "models": None if picture.served is None else picture.served.models,
        "availability": picture.availability,
        "spend": picture.spend,
        "fallbacks": {"requests": len(requests), "edges": edges(requests)},
        "first_content": first_contents(picture.requests),
    }
