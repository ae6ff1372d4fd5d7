"""What a check is: a pure function from a document to findings. One file a check, one line in `checks.CHECKS`.

A check never does I/O and never relies on another: it passes over names that do not exist and leaves them to
`references`.
"""

from collections.abc import Callable, Iterator
from collections.abc import Mapping as MappingABC
from dataclasses import dataclass

from sixnines.config.chains import flatten
from sixnines.config.diagnostics import Finding
from sixnines.config.document import Deployment, Document, Provider, RouteModel
from sixnines.config.nodes import Mapping, Node
from sixnines.config.urls import BaseUrl, parse_base_url
from sixnines.domain.kind import Catalog


@dataclass(frozen=True, slots=True)
class Subject:
    """What is checked.

    Attributes:
        document: the usable parts of the config.
        catalog: what is built in.
        declared: the names in each section, also of entries that are not usable and therefore not in `document`.
        chains: for each model all that it falls back to, in order.
    """

    document: Document
    catalog: Catalog
    declared: MappingABC[str, frozenset[str]]
    chains: MappingABC[str, tuple[str, ...]]


def subject_of(document: Document, catalog: Catalog, root: Node | None = None) -> Subject:
    """A document ready to be checked; `root` is the tree it was read from, if it was."""
    sections = {
        "domains": frozenset(document.domains),
        "providers": frozenset(document.providers),
        "models": frozenset(document.models),
        "routes": frozenset(document.routes),
    }
    declared = {section: names | _names(root, section) for section, names in sections.items()}
    fallbacks = {name: model.fallbacks for name, model in document.models.items()}
    return Subject(document, catalog, declared, {name: flatten(name, fallbacks) for name in fallbacks})


def _names(root: Node | None, section: str) -> frozenset[str]:
    entry = root.entries.get(section) if isinstance(root, Mapping) else None
    return frozenset(entry.value.entries) if entry and isinstance(entry.value, Mapping) else frozenset()


Run = Callable[[Subject], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Check:
    """One check.

    Attributes:
        name: for people who read the registry.
        run: yields what is wrong.
        advisory: yields warnings about the config as a whole, which say nothing while it has errors; left out then.
    """

    name: str
    run: Run
    advisory: bool = False


def route_model(entry: str | RouteModel) -> RouteModel:
    """The long form of an entry of a route."""
    return RouteModel(model=entry) if isinstance(entry, str) else entry


def address_of(subject: Subject, provider: Provider) -> BaseUrl | None:
    """Where `provider` is: its own base_url or its kind's; None if neither says."""
    info = subject.catalog.kinds.get(provider.kind)
    written = provider.base_url or (info.default_base_url if info else None)
    return None if written is None else parse_base_url(written)


def candidates(subject: Subject, name: str) -> list[Deployment]:
    """All deployments that a request for the model `name` may reach."""
    models = subject.document.models
    return [deployment for each in (name, *subject.chains[name]) for deployment in models[each].deployments]
