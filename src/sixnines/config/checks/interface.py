"""What a check is: a pure function from a document to findings. One file a check, one line in `checks.CHECKS`.

A check never does I/O and never relies on another: it passes over names that do not exist and leaves them to
`references`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from sixnines.config.chains import MOST_FOLLOWERS, Graph, flatten
from sixnines.config.diagnostics import DocumentPath, Finding
from sixnines.config.document import Document, Provider
from sixnines.config.model_sections import Deployment, Model, Require, RouteModel
from sixnines.config.urls import BaseUrl, is_loopback, parse_base_url
from sixnines.domain.kind import Catalog

MOST_DOMAINS = 32
"""So many domains may lie around one: a rack in a room in a building in a region is 4."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is checked.

    Attributes:
        document: the usable parts of the config.
        catalog: what is built in.
        unusable: what stands in the file and not in `document`; a problem has been reported for each.
        declared: the names in each section, unusable ones too.
        chains: for each model all that it falls back to, in order; of more than `MOST_FOLLOWERS` one more than that.
    """

    document: Document
    catalog: Catalog
    unusable: frozenset[DocumentPath]
    declared: Mapping[str, frozenset[str]]
    chains: Mapping[str, tuple[str, ...]]


def subject_of(document: Document, catalog: Catalog, unusable: frozenset[DocumentPath] = frozenset()) -> Subject:
    """A document ready to be checked; `unusable` comes from the decoder, if the document does."""
    declared = {
        "domains": {*document.domains},
        "providers": {*document.providers},
        "models": {*document.models},
        "routes": {*document.routes},
    }
    for path in unusable:
        match path:
            case (str(section), str(name)) if section in declared:
                declared[section].add(name)
    fallbacks = {name: model.fallbacks for name, model in document.models.items()}
    chains = {name: flatten(name, fallbacks, most=MOST_FOLLOWERS + 1) for name in fallbacks}
    return Subject(document, catalog, unusable, {key: frozenset(names) for key, names in declared.items()}, chains)


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


def enclosing_domains(document: Document) -> Graph:
    """For each domain the one that it lies in."""
    return {name: () if each.within is None else (each.within,) for name, each in document.domains.items()}


def is_local(subject: Subject, deployment: Deployment) -> bool:
    """Does what is sent there stay on this host? Yes where nobody knows the provider: another check speaks of it."""
    provider = subject.document.providers.get(deployment.provider)
    if provider is None:
        return True
    address = address_of(subject, provider)
    return bool(provider.local) if provider.local is not None or address is None else is_loopback(address.host)


def meets(require: Require, model: Model, deployment: Deployment) -> bool:
    """Does a deployment of `model` declare all that is required?"""
    needed = {name for name in ("tools", "vision", "json_schema") if getattr(require, name)}
    declared = model.capabilities if deployment.capabilities is None else deployment.capabilities
    window = deployment.context_window or model.context_window or 0
    return needed <= {*(declared or ())} and window >= (require.context or 0)


def are_two_programs(subject: Subject, one: Provider, other: Provider) -> bool:
    """Are they two engines that cannot be one? A kind that has an address of its own on this machine is one program."""
    kinds = subject.catalog.kinds
    infos = [kinds.get(each.kind) for each in (one, other)]
    addresses = [None if info is None else info.default_base_url for info in infos]
    programs = [each is not None and is_loopback(parse_base_url(each).host) for each in addresses]
    return all(programs) and one.kind != other.kind
