"""What looks like two is two: no two providers, and no two deployments of a model, are the same thing upstream."""

from collections.abc import Iterator

from sixnines.config.checks.interface import Check, Subject, address_of, are_two_programs
from sixnines.config.diagnostics import Finding, quoted, warning
from sixnines.config.document import Provider
from sixnines.config.urls import is_loopback

_Upstream = tuple[str, int, str, str | None]


def _run(subject: Subject) -> Iterator[Finding]:
    upstreams = {name: _upstream(subject, each) for name, each in subject.document.providers.items()}
    yield from _providers(subject, upstreams)
    for name, model in subject.document.models.items():
        first: dict[tuple[_Upstream | None, str], str] = {}
        for index, each in enumerate(model.deployments):
            upstream = upstreams[each.provider]
            other = first.setdefault((upstream, each.model), each.provider)
            if upstream is not None and other != each.provider:
                message = (
                    f"the same model at the same address as the deployment at {quoted(other)}: who fails, fails twice"
                )
                yield warning(("models", name, "deployments", index), message, hint="remove one of them")


def _providers(subject: Subject, upstreams: dict[str, _Upstream | None]) -> Iterator[Finding]:
    providers = subject.document.providers
    first: dict[_Upstream, str] = {}
    for name, upstream in upstreams.items():
        if upstream is None:
            continue
        other = first.setdefault(upstream, name)
        if other == name or _are_told_apart(subject, providers[name], providers[other]):
            continue
        path = ("providers", name, "base_url")
        message = f"the same address and api_key as {quoted(other)}: falling over between them helps nobody"
        hint = "use one of them, or put both into the same domain to say that they fail together"
        yield warning(path, message, hint=hint)


def _are_told_apart(subject: Subject, one: Provider, other: Provider) -> bool:
    """Nothing is hidden: they are said to fail together, or another check says that they cannot both be there."""
    return (one.domain is not None and one.domain == other.domain) or are_two_programs(subject, one, other)


def _upstream(subject: Subject, provider: Provider) -> _Upstream | None:
    """Where it is and who asks: two keys at one address are two accounts."""
    url = address_of(subject, provider)
    if url is None:
        return None
    return "localhost" if is_loopback(url.host) else url.host, url.port, url.path, provider.api_key


CHECK = Check("duplicate_upstreams", _run, advisory=True)
