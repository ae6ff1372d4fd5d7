"""Reads the text that Prometheus reads (exposition format, version 0.0.4), strictly. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sixnines.control.verify.verdict import CheckFailed

_LABELS = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)')
_SAMPLE = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)(?: -?\d+)?")
_UNESCAPED = {r"\\": "\\", r"\"": '"', r"\n": "\n"}
_ESCAPE = re.compile(r'\\[\\"n]')
# Calls that say nothing about the provider: the caller left, or another one was quicker.
_NEITHER = frozenset({"cancelled"})
# How requests end of which an answer began: `ok`, or `broken_` and by what.
_BEGAN = ("ok", "broken_")
_GOOD = frozenset({"ok", "caller", "context", "policy"})


@dataclass(frozen=True, slots=True)
class Sample:
    """One line: its name, its labels, its value."""

    name: str
    labels: Mapping[str, str]
    value: float


def read_samples(page: bytes) -> list[Sample]:
    """All lines but comments.

    Raises:
        CheckFailed: one cannot be read.
    """
    try:
        lines = page.decode().splitlines()
    except UnicodeDecodeError:
        raise CheckFailed("the page is not UTF-8") from None
    return [_sample(number, line) for number, line in enumerate(lines, 1) if line and not line.startswith("#")]


def by_model(samples: Iterable[Sample]) -> dict[str, float]:
    """Requests of which an answer began, by model: also those whose stream broke."""
    found: dict[str, float] = {}
    for each in samples:
        if each.name == "sixnines_requests_total" and each.labels.get("outcome", "").startswith(_BEGAN):
            model = each.labels.get("model", "")
            found[model] = found.get(model, 0.0) + each.value
    return found


def calls_in(samples: Iterable[Sample]) -> dict[str, tuple[int, int]]:
    """How calls of each provider ended: good and bad ones."""
    found: dict[str, tuple[int, int]] = {}
    for each in samples:
        outcome = each.labels.get("outcome", "")
        if each.name != "sixnines_attempts_total" or outcome in _NEITHER:
            continue
        provider = each.labels.get("provider", "")
        good, bad = found.get(provider, (0, 0))
        if outcome in _GOOD:
            good += int(each.value)
        else:
            bad += int(each.value)
        found[provider] = (good, bad)
    return found


def _sample(number: int, line: str) -> Sample:
    found = _SAMPLE.fullmatch(line)
    labels = None if found is None else _labels(found[2] or "")
    value = None if found is None else _number(found[3])
    if found is None or labels is None or value is None:
        raise CheckFailed(f"line {number} is no sample: {line[:100]}")
    return Sample(found[1], labels, value)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _labels(text: str) -> dict[str, str] | None:
    found: dict[str, str] = {}
    at = 0
    while at < len(text):
        match = _LABELS.match(text, at)
        if match is None:
            return None
        found[match[1]] = _ESCAPE.sub(lambda each: _UNESCAPED[each[0]], match[2])
        at = match.end()
    return found
