"""What a rule about risks is: a pure function from two configs to notes. Related rules share a file.

A rule never speaks of what is so in both configs (`config.checks` does), and never of a change that harms nobody.
"""

import enum
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import msgspec

from sixnines.config.chains import flatten
from sixnines.config.checks.interface import Subject, address_of, candidates, route_model, subject_of
from sixnines.config.diagnostics import DocumentPath, quoted, spell
from sixnines.config.document import Document, Provider
from sixnines.config.model_sections import Deployment, Model, Route
from sixnines.config.urls import is_loopback
from sixnines.domain.kind import Catalog

_NAMED = 3  # names in a note; with more of them the number says enough


class Level(enum.StrEnum):
    """How bad it can be, worst first."""

    HIGH = "high"  # callers get errors, data or the gateway is opened to others, or one fault now takes all away
    MEDIUM = "medium"  # answers get worse or slower, or less stands behind them


class Risk(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a change can do to callers, to data, to who is there when something fails.

    Attributes:
        level: how bad it can be.
        rule: the name of the rule that found it.
        path: what it is about, such as `models.chat`.
        message: one sentence, lower case, without a full stop.
        hint: what to do about it, or "".
    """

    level: Level
    rule: str
    path: str
    message: str
    hint: str = ""


class Side:
    """One of the two configs, with what rules ask of it."""

    def __init__(self, document: Document, catalog: Catalog) -> None:
        self.document = document
        self.catalog = catalog

    @cached_property
    def subject(self) -> Subject:
        """The document as checks see it."""
        return subject_of(self.document, self.catalog)

    @cached_property
    def aliases(self) -> Mapping[str, str]:
        """Further names, and the models or routes that they mean."""
        sections: tuple[Mapping[str, Model | Route], ...] = (self.document.models, self.document.routes)
        return {alias: name for section in sections for name, each in section.items() for alias in each.aliases}

    @cached_property
    def called(self) -> Mapping[str, Sequence[Deployment]]:
        """Each model and route, and all deployments that a request for it may reach, each once, in order."""
        found: dict[str, Sequence[Deployment]] = {}
        for name in self.document.models:
            found[name] = _once(candidates(self.subject, name))
        for name, route in self.document.routes.items():
            reached = [each for member in self.members(route) for each in found[member]]
            found[name] = _once(reached)
        return found

    @cached_property
    def _enclosing(self) -> Mapping[str, Sequence[str]]:
        return {name: () if each.within is None else (each.within,) for name, each in self.document.domains.items()}

    @cached_property
    def domains(self) -> Mapping[str, Sequence[str]]:
        """Each provider, and the failure domains that it lies in, innermost first."""
        return {
            name: () if each.domain is None else (each.domain, *flatten(each.domain, self._enclosing))
            for name, each in self.document.providers.items()
        }

    def members(self, route: Route) -> list[str]:
        """The names of its models."""
        return [route_model(entry).model for entry in route.models]

    def providers_of(self, name: str) -> list[str]:
        """The providers that may answer for a model or route, each once, in order."""
        return list(dict.fromkeys(each.provider for each in self.called[name]))

    def is_local(self, provider: Provider) -> bool:
        """Does what is sent there stay on the host?"""
        address = address_of(self.subject, provider)
        return bool(provider.local) if provider.local is not None or address is None else is_loopback(address.host)

    def is_paid(self, deployment: Deployment, model: Model) -> bool:
        """Does an answer from there cost money, by its kind or by the price that is given for it?"""
        info = self.catalog.kinds.get(self.document.providers[deployment.provider].kind)
        price = deployment.price or model.price
        if price is not None:
            return price.input > 0 or price.output > 0
        return info is not None and info.paid


@dataclass(frozen=True, slots=True)
class Both:
    """The config that holds and the one that is to hold, neither with errors."""

    old: Side
    new: Side


Find = Callable[[Both], Iterator[Risk]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes:
        name: as notes bear it, such as `last_outside_domain`.
        find: yields what it has found; `Both.old` and `Both.new` are different.
    """

    name: str
    find: Find


def high(rule: str, path: DocumentPath, message: str, *, hint: str = "") -> Risk:
    """A note of level high."""
    return Risk(level=Level.HIGH, rule=rule, path=spell(path), message=message, hint=hint)


def medium(rule: str, path: DocumentPath, message: str, *, hint: str = "") -> Risk:
    """A note of level medium."""
    return Risk(level=Level.MEDIUM, rule=rule, path=spell(path), message=message, hint=hint)


def several(names: Sequence[str]) -> str:
    """Such as `chat, "llama3.1:latest" and 3 more`."""
    named = [spell((name,)) for name in names[:_NAMED]]
    rest = len(names) - _NAMED
    if rest > 0:
        return f"{', '.join(named)} and {rest:,} more"
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"


def verb(names: Sequence[str], one: str, many: str) -> str:
    """The form of a verb for so many names."""
    return one if len(names) == 1 else many


def place_of(side: Side, name: str) -> DocumentPath:
    """Where a model or route stands."""
    return ("models", name) if name in side.document.models else ("routes", name)


def shown(name: str) -> str:
    """A name within a sentence."""
    return spell((name,)) if name else quoted(name)


def _once(deployments: Sequence[Deployment]) -> list[Deployment]:
    """Each deployment once, the first time that it is named."""
    return list({(each.provider, each.model): each for each in reversed(deployments)}.values())[::-1]
