"""Every provider is of a kind that exists, and has what its kind needs."""

from collections.abc import Iterator

from sixnines.config.checks.interface import Check, Subject
from sixnines.config.diagnostics import Finding, error, nearest, quoted


def _run(subject: Subject) -> Iterator[Finding]:
    kinds = subject.catalog.kinds
    for name, provider in subject.document.providers.items():
        info = kinds.get(provider.kind)
        if info is None:
            hint = nearest(provider.kind, kinds) or f"there are {', '.join(kinds)}"
            yield error(("providers", name, "kind"), f"unknown kind {quoted(provider.kind)}", hint=hint)
            continue
        path = ("providers", name)
        if info.default_base_url is None and provider.base_url is None and (*path, "base_url") not in subject.unusable:
            yield error(path, f'the key "base_url" is missing: {info.name} has no address of its own')
        if info.needs_key and provider.api_key is None and (*path, "api_key") not in subject.unusable:
            yield error(path, f'the key "api_key" is missing: {info.name} answers nobody without one')


CHECK = Check("kinds", _run)
