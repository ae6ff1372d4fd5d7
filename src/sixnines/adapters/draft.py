"""A config in the making: what an import has found so far, before it is written down.

Never written as it is: `settle.py` first makes it one that `sixnines check` takes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from sixnines.adapters.part import Part
from sixnines.adapters.yaml_text import Plain
from sixnines.config.text_formats import MAX_NAME

_NAME_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:/@+-")
ORDERED = "ordered"


@dataclass(slots=True)
class DraftProvider:
    """One provider.

    Attributes:
        kind: of it.
        base_url: where it is, or None for the kind's own address.
        api_key: a reference, or None.
        keys: what else it has, as in the config.
        notes: comments above it.
    """

    kind: str
    base_url: str | None = None
    api_key: str | None = None
    keys: dict[str, Plain] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class DraftDeployment:
    """One deployment.

    Attributes:
        provider: its provider's name.
        model: the provider's name of the model.
        weight: its share, in any unit; None where nobody said.
        keys: what else it has.
    """

    provider: str
    model: str
    weight: Decimal | None = None
    keys: dict[str, Plain] = field(default_factory=dict)


@dataclass(slots=True)
class Follower:
    """What comes after a model.

    Attributes:
        model: the name of a model.
        part: where it stands, to tell what became of it; None if nobody wrote it.
    """

    model: str
    part: Part | None = None


@dataclass(slots=True)
class DraftModel:
    """One model.

    Attributes:
        deployments: who serves it.
        strategy: how they are put in order.
        followers: its fallbacks.
        aliases: other names.
        keys: what else it has.
        notes: comments above it.
    """

    deployments: list[DraftDeployment] = field(default_factory=list)
    strategy: str = ORDERED
    followers: list[Follower] = field(default_factory=list)
    aliases: list[str] = field(default_factory=list)
    keys: dict[str, Plain] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class DraftRoute:
    """One route; its models are names, or mappings as in the config."""

    models: list[Plain] = field(default_factory=list)
    keys: dict[str, Plain] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Draft:
    """A config in the making.

    Attributes:
        server, defaults: as in the config.
        domains: by name.
        providers, models, routes: by name.
        patterns: expressions and what they mean.
        default_model: or None.
        notes: what the operator should know and no single place shows: the head of the file.
        remarks: comments above sections and keys of them, by path.
    """

    server: dict[str, Plain] = field(default_factory=dict)
    defaults: dict[str, Plain] = field(default_factory=dict)
    domains: dict[str, Plain] = field(default_factory=dict)
    providers: dict[str, DraftProvider] = field(default_factory=dict)
    models: dict[str, DraftModel] = field(default_factory=dict)
    routes: dict[str, DraftRoute] = field(default_factory=dict)
    patterns: list[tuple[str, str]] = field(default_factory=list)
    default_model: str | None = None
    notes: list[str] = field(default_factory=list)
    remarks: dict[tuple[str | int, ...], list[str]] = field(default_factory=dict)

    def taken(self) -> Iterator[str]:
        """Every name that a caller can ask for."""
        yield from self.models
        yield from self.routes
        for model in self.models.values():
            yield from model.aliases

    def remark(self, path: tuple[str | int, ...], line: str) -> None:
        """Put a comment above what stands at `path`."""
        self.remarks.setdefault(path, []).append(line)


def usable_name(text: str) -> str:
    """`text` with what no name may hold replaced; the same text if it is a name."""
    kept = "".join(character if character in _NAME_CHARACTERS else "-" for character in text[:MAX_NAME])
    return kept or "unnamed"


def free_name(wanted: str, taken: Iterator[str] | set[str]) -> str:
    """`wanted`, or it with a number if somebody has it already."""
    known = taken if isinstance(taken, set) else {*taken}
    if wanted not in known:
        return wanted
    short = wanted[: MAX_NAME - 6]
    return next(name for number in range(2, len(known) + 3) if (name := f"{short}-{number}") not in known)
