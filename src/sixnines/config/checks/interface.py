"""What a check is: a pure function from a document to findings. One file a check, one line in `checks.CHECKS`.

A check never does I/O and never relies on another: it passes over names that do not exist and leaves them to
`references`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from sixnines.config.chains import flatten
from sixnines.config.diagnostics import DocumentPath, Finding
from sixnines.config.document import Document, Provider
from sixnines.config.model_sections import Deployment, RouteModel
from sixnines.config.urls import BaseUrl, parse_base_url
from sixnines.domain.kind import Catalog


@dataclass(frozen=True, slots=True)
class Subject:
    """What is checked.

    Attributes:
        document: the usable parts of the config.
        catalog: what is built in.
        unusable: what stands in the file and not in `document`; a problem has been reported for each.
        declared: the names in each section, unusable ones too.
        chains: for each model all that it falls back to, in order.
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
    chains = {name: flatten(name, fallbacks) for name in fallbacks}
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
