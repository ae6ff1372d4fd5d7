"""What the tables of `sixnines top` hold, from a picture of the gateway. Pure; never more rows than fit a memory.

A row is a key, by which it is found again, and its cells. A cell is `Text` where it has a colour.
"""

from collections.abc import Iterator
from datetime import datetime

from rich.text import Text

from sixnines.client import money
from sixnines.client.picture import Picture
from sixnines.client.seen import Available, Request
from sixnines.client.tally import HOUR_S, FirstContent, answered_by, edges, first_contents, since, tokens
from sixnines.client.verdict import faults, seen, warnings
from sixnines.client.words import NOT_MEASURED, dollars, milliseconds, percent, plain, span, sparkline

MOST_REQUESTS = 200
_BARS = 12
_STYLES = {
    "healthy": "green", "unknown": "dim", "down": "bold red", "misconfigured": "bold red", "ok": "green",
    "failed": "bold red", "broken": "bold red", "bug": "bold red", "refused": "yellow", "client_gone": "dim",
}  # fmt: skip

Row = tuple[str, tuple[str | Text, ...]]

PROVIDERS = ("Provider", "State", "Since", "In flight", "Queue", "First token", "", "Share", "Why")
FALLBACKS = ("Fallback of the last hour", "Why", "Times")
AVAILABILITY = ("Availability", "Measured")
REQUESTS = ("Arrived", "Asked for", "Answered by", "Outcome", "Tries", "First token", "Total", "Tokens", "Cost", "Id")


def provider_rows(picture: Picture) -> Iterator[Row]:
    """The providers, in the order of the config."""
    times, parts = first_contents(picture.requests, _BARS), answered_by(picture.requests)
    targets = {each.provider: each.target for name in picture.shares for each in name.providers if each.target}
    for each in picture.providers.providers:
        target = targets.get(each.name)
        shown = seen(each)
        share = "-" if not parts else percent(parts.get(each.name, 0.0))
        yield (
            each.name,
            (
                f"{each.name}{' (optional)' if each.optional else ''}",
                Text(shown.state, _STYLES.get(shown.state, "yellow")),
                "-" if shown.since_unix_s is None else span(picture.taken_unix_s - shown.since_unix_s),
                str(each.in_flight) if each.max_in_flight is None else f"{each.in_flight}/{each.max_in_flight}",
                str(each.waiting),
                *_first_content(times.get(each.name)),
                share if target is None else f"{share} of {percent(target)}",
                shown.why,
            ),
        )


def fallback_rows(picture: Picture) -> Iterator[Row]:
    """Who took over from whom, the most frequent first."""
    for edge in edges(since(picture.requests, picture.taken_unix_s - HOUR_S)):
        yield (
            f"{edge.source}>{edge.target}>{edge.kind}",
            (f"{edge.source} -> {edge.target}", edge.kind, str(edge.count)),
        )


def availability_rows(picture: Picture, window: str) -> Iterator[Row]:
    """The gateway, its models and routes, its providers."""
    found = picture.availability
    if found is None or found.gateway is None:
        fault = None if found is None else found.ledger.fault
        yield "gateway", (f"gateway, {window}", NOT_MEASURED if fault is None else f"{NOT_MEASURED}: {plain(fault)}")
        return
    yield "gateway", (f"gateway, {found.window}", _told(found.gateway))
    for kind, section in (("model", found.models), ("route", found.routes), ("provider", found.providers)):
        for each in section:
            yield f"{kind} {each.name}", (f"{kind} {each.name}", _told(each))


def request_rows(requests: tuple[Request, ...], wanted: str = "") -> Iterator[Row]:
    """The last requests, the one that ended last first; only those in which `wanted` occurs."""
    found = [each for each in requests if matches(each, wanted)]
    for each in found[:MOST_REQUESTS]:
        yield (
            each.id,
            (
                _clock(each.arrived_at),
                plain(each.asked_model or "-"),
                each.provider or "-",
                Text(
                    each.outcome if each.kind is None else f"{each.outcome}: {each.kind}", _STYLES.get(each.outcome, "")
                ),
                str(len(each.attempts)),
                milliseconds(each.first_content_ms),
                milliseconds(each.total_ms),
                _tokens(each),
                dollars(each.cost_micros),
                each.id,
            ),
        )


def matches(request: Request, wanted: str) -> bool:
    """Every word of `wanted` occurs in what the request asked for, who was tried, how it ended, or its id."""
    kinds = " ".join(f"{each.provider} {each.kind}" for each in request.attempts)
    about = (
        f"{request.id} {request.asked_model} {request.model} {request.outcome} {request.kind} {request.error} {kinds}"
    )
    return all(word in about.lower() for word in wanted.lower().split())


def head_lines(picture: Picture) -> list[Text]:
    """What is said above the tables: the gateway, what is down, what to look at, and what it costs."""
    state, now = picture.gateway, picture.taken_unix_s
    if state is None:
        first = picture.where
    else:
        workers = "1 worker" if state.workers == 1 else f"{state.workers} workers"
        in_flight = sum(each.in_flight for each in picture.providers.providers)
        first = (
            f"sixnines {state.version}  revision {state.revision}  up {span(now - state.started_unix_s)}  {workers}  "
            f"{in_flight:,} in flight  {state.good:,} good, {state.bad:,} bad  {picture.where}"
        )
    down = [Text(f"DOWN  {plain(each)}", "bold red") for each in faults(picture)]
    look_at = [Text(f"NOTE  {plain(each)}", "yellow") for each in warnings(picture)]
    return [Text(plain(first), "bold"), Text(_spend(picture), "dim"), *down[:3], *look_at[:3]]


def _spend(picture: Picture) -> str:
    found = picture.spend
    if found is None or found.total is None:
        return f"Spend {NOT_MEASURED}; {tokens(picture.requests):,} tokens in the last {_count(picture.requests)}"
    said = [f"Spend of the last {found.window}: {money.told(found.total)}", money.missing(found.total)]
    if found.budget is not None:
        said.append(money.budgeted(found.budget))
    return plain("; ".join(filter(None, said)))


def _count(requests: tuple[Request, ...]) -> str:
    return "request" if len(requests) == 1 else f"{len(requests):,} requests"


def _first_content(times: FirstContent | None) -> tuple[str, str]:
    return ("-", "") if times is None else (milliseconds(times.median_ms), sparkline(times.latest_ms))


def _told(available: Available) -> str:
    return plain(available.text) if available.good + available.bad else NOT_MEASURED


def _tokens(request: Request) -> str:
    used = request.usage
    return "-" if used is None else f"{used.prompt_tokens or 0} + {used.completion_tokens or 0}"


def _clock(text: str) -> str:
    try:
        return datetime.fromisoformat(text).strftime("%H:%M:%S")
    except ValueError:
        return "-"
