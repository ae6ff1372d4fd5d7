"""Models, routes and patterns of ours as LiteLLM's `model_list`.

Never leaves a key to what LiteLLM would send by itself.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from sixnines.adapters.litellm.kinds import ANTHROPIC, OLLAMA, OPENAI, VLLM
from sixnines.adapters.part import Part
from sixnines.adapters.shares import whole_shares
from sixnines.adapters.yaml_text import Plain
from sixnines.config.checks.interface import route_model
from sixnines.config.diagnostics import DocumentPath
from sixnines.config.document import Document, Provider
from sixnines.config.model_sections import Deployment, Model, Route
from sixnines.config.secret import ReferenceKind, parse_reference
from sixnines.config.urls import parse_base_url
from sixnines.domain.capability import Capability
from sixnines.domain.kind import Catalog

_PREFIXES = {OPENAI: "openai", ANTHROPIC: "anthropic", OLLAMA: "ollama_chat", VLLM: "hosted_vllm"}
# Without a key LiteLLM would send OpenAI's to any server that speaks OpenAI's API.
_NO_KEY = "not-needed"
_NO_KEY_KINDS = frozenset({OLLAMA, ANTHROPIC})
_CAPABILITIES = {
    Capability.TOOLS: "supports_function_calling",
    Capability.VISION: "supports_vision",
    Capability.JSON_SCHEMA: "supports_response_schema",
}
_MILLION = 1_000_000
# What of a regular expression means the same as a star: literal characters, escaped ones, and `.*`.
_PIECE = re.compile(r"\.\*|\\[^A-Za-z0-9]|[A-Za-z0-9_:/@-]")


@dataclass(slots=True)
class Writing:
    """An export under way.

    Attributes:
        document: the config.
        catalog: what is built in.
        roots: its files.
        variables: the environment variables that LiteLLM reads, and what each stands for.
    """

    document: Document
    catalog: Catalog
    roots: Sequence[Part]
    variables: dict[str, str] = field(default_factory=dict)

    def part(self, path: DocumentPath) -> Part | None:
        """Where the config says what is at `path`, if it does."""
        return next((part for root in self.roots if (part := root.at(path)) is not None), None)

    def translated(self, path: DocumentPath, to: str, reason: str = "") -> None:
        """It means the same there."""
        part = self.part(path)
        if part is not None:
            part.translated(to, reason)

    def approximated(self, path: DocumentPath, reason: str, to: str = "") -> None:
        """Something of it is kept."""
        part = self.part(path)
        if part is not None:
            part.approximated(reason, to)

    def dropped(self, path: DocumentPath, reason: str) -> None:
        """Nothing of it is kept."""
        part = self.part(path)
        if part is not None:
            part.dropped(reason)

    def variable(self, reference: str) -> str:
        """`os.environ/NAME` for a reference of ours; the content of a file has to be put into a variable."""
        parsed = parse_reference(reference)
        if parsed.kind is ReferenceKind.ENV:
            name = parsed.target
        else:
            name = re.sub(r"[^A-Z0-9]+", "_", parsed.target.upper()).strip("_") or "KEY"
            name = f"KEY_{name}" if name[0].isdigit() else name
            taken = {each for each, stands in self.variables.items() if stands != reference}
            name = next(
                each for number in range(1, 9999) if (each := name if number == 1 else f"{name}_{number}") not in taken
            )
        self.variables[name] = reference
        return f"os.environ/{name}"


def written_models(writing: Writing) -> list[Plain]:
    """`model_list`."""
    document = writing.document
    entries: list[Plain] = []
    for name, model in document.models.items():
        entries += _group(writing, name, model, told=True)
    for name, route in document.routes.items():
        entries += route_entries(writing, name, route, told=True)
    for index, pattern in enumerate(document.patterns):
        star = as_star(pattern.match)
        path: DocumentPath = ("patterns", index)
        if star is None:
            writing.dropped(path, "LiteLLM knows stars, no regular expressions")
            continue
        entries += _meant(writing, star, pattern.model)
        writing.approximated(path, "LiteLLM does not fall back behind a name with a star", "model_list")
    if document.default_model is not None:
        entries += _meant(writing, "*", document.default_model)
        writing.approximated(("default_model",), "LiteLLM does not fall back behind a star", "model_list")
    return entries


def _meant(writing: Writing, name: str, target: str) -> list[Plain]:
    """The deployments of a model or route under another name."""
    document = writing.document
    if target in document.models:
        return _group(writing, name, document.models[target], told=False)
    return route_entries(writing, name, document.routes[target], told=False)


def _group(writing: Writing, name: str, model: Model, *, told: bool) -> list[Plain]:
    shares = _shares(writing, model)
    alone = len(model.deployments) == 1
    entries: list[Plain] = []
    for index, deployment in enumerate(model.deployments):
        choice: dict[str, Plain] = {}
        if model.strategy == "ordered" and not alone:
            choice["order"] = index + 1
        elif shares[index] is not None:
            choice["weight"] = shares[index]
        entries.append(_entry(writing, name, model, deployment, choice=choice))
        if told:
            _tell_deployment(writing, ("models", name, "deployments", index))
    return entries


def _shares(writing: Writing, model: Model) -> list[int | None]:
    if not writing.catalog.strategies[model.strategy].weighs or all(each.weight is None for each in model.deployments):
        return [None] * len(model.deployments)
    return [1 if each.weight is None else each.weight for each in model.deployments]


def route_entries(writing: Writing, name: str, route: Route, *, told: bool) -> list[Plain]:
    """A route as a group: all of its models where it spreads the load, else the first one; the others are behind it."""
    models = writing.document.models
    entries = [route_model(each) for each in route.models]
    info = writing.catalog.strategies[route.strategy]
    if not info.spreads or route.strategy == "ordered":
        if told:
            reason = "a group of the first one; the others are its fallbacks"
            writing.approximated(("routes", name), reason, "model_list, router_settings.fallbacks")
        return _group(writing, name, models[entries[0].model], told=False)
    shares: list[Decimal | None] = []
    chosen: list[tuple[Model, Deployment]] = []
    for each in entries:
        model = models[each.model]
        inner = [Decimal(1 if share is None else share) for share in _shares(writing, model)]
        whole = sum(inner) or Decimal(1)
        for deployment, share in zip(model.deployments, inner, strict=True):
            shares.append(Decimal(1 if each.weight is None else each.weight) * share / whole)
            chosen.append((model, deployment))
    weights = whole_shares(shares)
    if told:
        writing.approximated(("routes", name), "a group of the deployments of all of its models", "model_list")
    return [
        _entry(writing, name, model, deployment, choice={} if weight is None else {"weight": weight})
        for (model, deployment), weight in zip(chosen, weights, strict=True)
    ]


def _entry(
    writing: Writing, name: str, model: Model, deployment: Deployment, *, choice: Mapping[str, Plain]
) -> dict[str, Plain]:
    provider = writing.document.providers[deployment.provider]
    params: dict[str, Plain] = {"model": f"{_PREFIXES.get(provider.kind, 'openai')}/{deployment.model}"}
    params |= dict(_where(writing, provider))
    params |= choice
    params |= dict(_waits(writing, model, provider))
    price = deployment.price or model.price
    if price is not None:
        params["input_cost_per_token"] = _for_one(price.input)
        params["output_cost_per_token"] = _for_one(price.output)
        if price.cached_input is not None:
            params["cache_read_input_token_cost"] = _for_one(price.cached_input)
    if provider.max_in_flight is not None:
        params["max_parallel_requests"] = provider.max_in_flight
    entry: dict[str, Plain] = {"model_name": name, "litellm_params": params}
    info = dict(_info(model, deployment))
    return entry | {"model_info": info} if info else entry


def _where(writing: Writing, provider: Provider) -> Iterator[tuple[str, Plain]]:
    kind = writing.catalog.kinds[provider.kind]
    written = provider.base_url or kind.default_base_url
    if written is not None and (provider.base_url is not None or provider.kind not in {OPENAI, ANTHROPIC}):
        url = parse_base_url(written)
        host = f"[{url.host}]" if ":" in url.host else url.host
        usual = 443 if url.scheme == "https" else 80
        port = "" if url.port == usual else f":{url.port}"
        ends = "" if provider.kind in {OLLAMA, ANTHROPIC} else "/v1"
        yield "api_base", f"{url.scheme}://{host}{port}{url.path}{ends}"
    if provider.api_key is not None:
        yield "api_key", writing.variable(provider.api_key)
    elif provider.kind not in _NO_KEY_KINDS:
        yield "api_key", _NO_KEY


def _waits(writing: Writing, model: Model, provider: Provider) -> Iterator[tuple[str, Plain]]:
    """Only what differs from the defaults, which the router has."""
    defaults = writing.document.defaults.timeouts
    total = model.timeouts.total_s
    first = model.timeouts.first_token_s or provider.timeouts.first_token_s
    if total is not None and total != defaults.total_s:
        yield "timeout", plain_number(total)
    if first is not None and first != defaults.first_token_s:
        yield "stream_timeout", plain_number(first)


def _info(model: Model, deployment: Deployment) -> Iterator[tuple[str, Plain]]:
    window = deployment.context_window or model.context_window
    if window is not None:
        yield "max_input_tokens", window
    capabilities = model.capabilities if deployment.capabilities is None else deployment.capabilities
    if capabilities is not None:
        for capability, key in _CAPABILITIES.items():
            yield key, capability in capabilities


def _tell_deployment(writing: Writing, path: DocumentPath) -> None:
    writing.approximated((*path, "context_window"), "the longest prompt; here it was prompt and answer", "model_info")
    writing.translated((*path, "price"), "litellm_params", "for one token")
    writing.translated((*path, "capabilities"), "model_info")
    writing.translated(path, "model_list")


def _for_one(dollars: float) -> Plain:
    return float(Decimal(repr(dollars)) / _MILLION)


def plain_number(number: float) -> int | float:
    """Without a fraction where there is none."""
    return int(number) if number == int(number) else number


def as_star(expression: str) -> str | None:
    """A regular expression as a name with stars, if that means the same; at least one star."""
    text = expression.removeprefix("^").removesuffix("$")
    pieces, position = [], 0
    while position < len(text):
        found = _PIECE.match(text, position)
        if found is None:
            return None
        piece = found.group()
        pieces.append("*" if piece == ".*" else piece.removeprefix("\\"))
        position = found.end()
    star = "".join(pieces)
    return star if "*" in pieces and star.count("*") == pieces.count("*") else None
