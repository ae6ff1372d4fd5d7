"""Risks about providers: where requests go, by which credential, what they cost, whether an outage is told.

Never speaks of a provider that nothing sends to, before or after.
"""

from collections.abc import Iterator

from sixnines.config.checks.interface import address_of
from sixnines.config.diagnostics import DocumentPath
from sixnines.config.document import Provider
from sixnines.config.urls import BaseUrl, is_loopback
from sixnines.control.risks.interface import Both, Risk, Rule, Side, high, medium, place_of, several, shown, verb


def _elsewhere(both: Both) -> Iterator[Risk]:
    """Requests go to another address."""
    for name, old, new in _used(both):
        before, after = address_of(both.old.subject, old), address_of(both.new.subject, new)
        if before is None or after is None or before == after or _leaves_host(both, old, new):
            continue
        if _loses_encryption(before, after):
            continue
        path: DocumentPath = ("providers", name, "base_url")
        message = f"its requests go to {_spelled(after)}, not to {_spelled(before)}"
        yield medium(
            "other_address", path, message, hint="whoever is there gets the prompts, and the key if one is set"
        )


def _away(both: Both) -> Iterator[Risk]:
    """What was sent to it stayed on the host, and does not any more."""
    for name, old, new in _used(both):
        if not _leaves_host(both, old, new):
            continue
        after = address_of(both.new.subject, new)
        where = f", to {_spelled(after)}" if after is not None and not is_loopback(after.host) else ""
        key = "base_url" if old.local == new.local else "local"
        message = f"what is sent there leaves the host now{where}"
        hint = "what is local_only is no longer sent there"
        yield high("leaves_host", ("providers", name, key), message, hint=hint)


def _plain_text(both: Both) -> Iterator[Risk]:
    """Prompts and the key went encrypted, and do not any more."""
    for name, old, new in _used(both):
        before, after = address_of(both.old.subject, old), address_of(both.new.subject, new)
        if before is not None and after is not None and _loses_encryption(before, after):
            message = f"its requests go to {_spelled(after)}, not to {_spelled(before)}: no longer encrypted"
            hint = "anybody on the way can read prompts, answers and the key"
            yield high("plain_text", ("providers", name, "base_url"), message, hint=hint)


def _unverified(both: Both) -> Iterator[Risk]:
    for name, old, new in _used(both):
        if _skips(new) and not _skips(old):
            message = "any certificate is taken for its own now"
            hint = "name its roots with ca_file"
            yield high("unverified", ("providers", name, "tls", "insecure_skip_verify"), message, hint=hint)


def _no_credential(both: Both) -> Iterator[Risk]:
    for name, old, new in _used(both):
        if old.api_key is not None and new.api_key is None:
            yield high("no_credential", ("providers", name, "api_key"), "its requests carry no credential any more")


def _other_kind(both: Both) -> Iterator[Risk]:
    for name, old, new in _used(both):
        if old.kind != new.kind:
            message = f"is spoken to as {new.kind}, not as {old.kind}"
            hint = "its failures are told apart by the rules of another kind"
            yield medium("other_kind", ("providers", name, "kind"), message, hint=hint)


def _required(both: Both) -> Iterator[Risk]:
    for name, old, new in _used(both):
        if old.optional and not new.optional:
            yield medium("required", ("providers", name, "optional"), "its being down counts as a fault now")


def _optional(both: Both) -> Iterator[Risk]:
    for name, old, new in _used(both):
        if new.optional and not old.optional:
            message = "its being down counts as no fault any more: nobody is told"
            yield medium("optional", ("providers", name, "optional"), message)


def _paid(both: Both) -> Iterator[Risk]:
    """Answers cost money where they did not."""
    found: dict[str, list[str]] = {}
    for name in both.new.called:
        if name in both.old.called and not _costing(both.old, name):
            for provider in _costing(both.new, name)[:1]:
                found.setdefault(provider, []).append(name)
    for provider, names in found.items():
        path: DocumentPath = place_of(both.new, names[0]) if len(names) == 1 else ("providers", provider)
        message = f"answers for {several(names)} may cost money now, at {shown(provider)}"
        yield medium("paid", path, f"{message}; so far {verb(names, 'it was', 'they were')} free")


def _used(both: Both) -> Iterator[tuple[str, Provider, Provider]]:
    """The providers that are in both, different, and sent to."""
    sent_to = {each.provider for model in both.new.document.models.values() for each in model.deployments}
    for name, new in both.new.document.providers.items():
        old = both.old.document.providers.get(name)
        if old is not None and old != new and name in sent_to:
            yield name, old, new


def _leaves_host(both: Both, old: Provider, new: Provider) -> bool:
    return both.old.is_local(old) and not both.new.is_local(new)


def _loses_encryption(before: BaseUrl, after: BaseUrl) -> bool:
    """What stays on this machine needs none."""
    return before.scheme == "https" and after.scheme == "http" and not is_loopback(after.host)


def _skips(provider: Provider) -> bool:
    return provider.tls is not None and provider.tls.insecure_skip_verify


def _costing(side: Side, name: str) -> list[str]:
    """The providers whose answers for a name cost money."""
    route = side.document.routes.get(name)
    members = [name] if route is None else side.members(route)
    models = dict.fromkeys(each for member in members for each in (member, *side.subject.chains[member]))
    return [
        deployment.provider
        for each in models
        for deployment in side.document.models[each].deployments
        if side.is_paid(deployment, side.document.models[each])
    ]


def _spelled(address: BaseUrl) -> str:
    host = f"[{address.host}]" if ":" in address.host else address.host
    return f"{address.scheme}://{host}:{address.port}{address.path}"


RULES = (
    Rule("other_address", _elsewhere),
    Rule("leaves_host", _away),
    Rule("plain_text", _plain_text),
    Rule("unverified", _unverified),
    Rule("no_credential", _no_credential),
    Rule("other_kind", _other_kind),
    Rule("required", _required),
    Rule("optional", _optional),
    Rule("paid", _paid),
)
