"""From a config to its services: the gateway, and each provider that has the section `service`. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from sixnines.config.document import Document, Provider, secret_references
from sixnines.config.secret import ReferenceKind, parse_reference
from sixnines.config.service_section import Service
from sixnines.config.urls import BaseUrl, parse_base_url, parse_listen
from sixnines.domain.kind import Catalog
from sixnines.services.engines import ENGINES, Place, model_of, start_variables, start_words
from sixnines.services.plan import GATEWAY, ServicePlan

_REFERENCE_MARKS = tuple(f"{kind}:" for kind in ReferenceKind)
# A gateway drains, ends its streams and saves what it has learned.
_GATEWAY_ENDS_S = 10.0


@dataclass(frozen=True, slots=True)
class Frame:
    """What a plan needs beside the config.

    Attributes:
        config: the config file; absolute.
        python: the interpreter that runs sixnines; absolute.
        state_home: where the gateway keeps what it learns; absolute.
        variables: those that say where its files are (XDG), for a gateway that somebody else's shell starts.
        probe_paths: by provider kind, a GET there tells whether an engine is ready.
        catalog: what is built in.
    """

    config: PurePath
    python: str
    state_home: PurePath
    variables: Mapping[str, str]
    probe_paths: Mapping[str, str]
    catalog: Catalog


def plan_all(document: Document, frame: Frame, *, workers: str | None = None) -> dict[str, ServicePlan]:
    """Every service of a config by name, the engines first: the gateway finds them there when it starts."""
    plans = {
        name: plan_provider(document, name, frame)
        for name, provider in document.providers.items()
        if provider.service is not None
    }
    return {**plans, GATEWAY: plan_gateway(document, frame, workers=workers)}


def plan_gateway(document: Document, frame: Frame, *, workers: str | None = None) -> ServicePlan:
    """The gateway. `workers` is what `serve` takes under that name."""
    listen = parse_listen(document.server.listen)
    words = [frame.python, "-P", "-m", "sixnines", "serve", "--config", str(frame.config)]
    log = document.server.decision_log
    writable = [str(frame.state_home)]
    if log is not None:
        writable.append(str((frame.config.parent / log.path).parent))
    return ServicePlan(
        name=GATEWAY,
        kind=GATEWAY,
        command=(*words, *(() if workers is None else ("--workers", workers))),
        environment=dict(frame.variables),
        directory=str(frame.config.parent),
        host=listen.host,
        port=listen.port,
        ready_path="/health/ready",
        ready_within_s=60.0,
        stop_within_s=document.server.drain_s + _GATEWAY_ENDS_S,
        writable=tuple(writable),
    )


def plan_provider(document: Document, name: str, frame: Frame) -> ServicePlan:
    """The engine of a provider. The checks of the config found nothing wrong with its section `service`."""
    provider = document.providers[name]
    service = provider.service or Service()
    engine = ENGINES[provider.kind]
    url = _address(provider, frame)
    folder = frame.config.parent
    place = Place(folder, url.host, url.port)
    plain, secrets = _sorted_variables(service.environment, folder)
    if provider.api_key is not None and engine.key_variable is not None and not service.command:
        secrets.setdefault(engine.key_variable, _absolute(provider.api_key, folder))
    return ServicePlan(
        name=name,
        kind=provider.kind,
        command=start_words(engine, service, place),
        environment={**start_variables(engine, service, place), **plain},
        secrets=secrets,
        hidden=tuple(sorted(_variables_of_secrets(document) - {*plain, *secrets})),
        directory=str(folder if service.directory is None else folder / service.directory),
        host=url.host,
        port=url.port,
        ready_path=frame.probe_paths[provider.kind],
        model=model_of(engine, service, place) or service.hf_repo,
        restart=service.restart,
        ready_within_s=service.ready_within_s,
        writable=tuple(str(folder / each) for each in service.writable),
    )


def secrets_by_variable(plans: Sequence[ServicePlan]) -> set[str]:
    """The variables that references of these services read."""
    references = [parse_reference(each) for plan in plans for each in plan.secrets.values()]
    return {each.target for each in references if each.kind is ReferenceKind.ENV}


def _address(provider: Provider, frame: Frame) -> BaseUrl:
    return parse_base_url(provider.base_url or frame.catalog.kinds[provider.kind].default_base_url or "")


def _sorted_variables(variables: Mapping[str, str], folder: PurePath) -> tuple[dict[str, str], dict[str, str]]:
    """Those that are values, and those that are references."""
    plain = {name: value for name, value in variables.items() if not value.startswith(_REFERENCE_MARKS)}
    return plain, {name: _absolute(value, folder) for name, value in variables.items() if name not in plain}


def _absolute(text: str, folder: PurePath) -> str:
    """A reference that means the same wherever it is resolved."""
    reference = parse_reference(text)
    return f"file:{folder / reference.target}" if reference.kind is ReferenceKind.FILE else text


def _variables_of_secrets(document: Document) -> set[str]:
    """The variables that hold secrets, whosever they are."""
    written = [text for _, text in secret_references(document)]
    for provider in document.providers.values():
        if provider.service is not None:
            written += _sorted_variables(provider.service.environment, PurePath("/"))[1].values()
    references = [parse_reference(text) for text in written]
    return {each.target for each in references if each.kind is ReferenceKind.ENV}
