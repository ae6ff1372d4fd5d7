"""The sources of a config in which the engine of one provider has another model. Pure.

Never changes a character beside the model's name, and refuses where callers would ask for a model that is gone.
"""

import contextlib
from collections.abc import Sequence

from sixnines.config.diagnostics import DocumentPath, spell
from sixnines.config.document import Document
from sixnines.config.service_section import Service
from sixnines.config.sources import SourceFile
from sixnines.config.splice import CannotSplice, replace_texts
from sixnines.services.trouble import ServiceError

SWITCHABLE = ("llamacpp", "llamacpp-python", "vllm")
"""Kinds whose engine serves the one model that it is started with."""


def service_to_switch(document: Document, name: str) -> Service:
    """The section `service` of a provider whose model can be changed.

    Raises:
        ServiceError: it has none; says why and what there is.
    """
    provider = document.providers.get(name)
    able = [
        each
        for each, found in document.providers.items()
        if found.kind in SWITCHABLE and found.service is not None and _key(found.service) is not None
    ]
    if provider is not None and name in able and provider.service is not None:
        return provider.service
    if provider is None:
        why = f"there is no provider {name}"
    elif provider.service is None:
        why = f"the provider {name} has no section `service`: somebody else runs its engine"
    elif provider.kind not in SWITCHABLE:
        why = f"an engine of kind {provider.kind} loads whatever model it is asked for"
    else:
        why = f"the section `service` of {name} names no model"
    raise ServiceError(f"{why}; models can be changed for: {', '.join(able) or 'none'}")


def with_model(sources: Sequence[SourceFile], document: Document, name: str, model: str) -> list[SourceFile]:
    """The sources with another model for the engine of `name`.

    Raises:
        ServiceError: a value stands in the file in a way that cannot be replaced.
    """
    remaining = _edits(document, name, model)
    changed: list[SourceFile] = []
    for source in sources:
        text = source.content.decode()
        for path in tuple(remaining):
            with contextlib.suppress(CannotSplice):
                text = replace_texts(text, {path: remaining[path]})
                del remaining[path]
        changed.append(SourceFile(source.path, text.encode()))
    if remaining:
        where = spell(next(iter(remaining)))
        raise ServiceError(
            f"{where} does not stand in the config as text on its own; change it by hand, and restart {name}"
        )
    return changed


def _key(service: Service) -> str | None:
    """Which key names what is served."""
    if service.model is not None:
        return "model"
    return "hf_repo" if service.hf_repo is not None else None


def _edits(document: Document, name: str, model: str) -> dict[DocumentPath, str]:
    """What must be written where."""
    provider = document.providers[name]
    service = service_to_switch(document, name)
    edits: dict[DocumentPath, str] = {("providers", name, "service", _key(service) or "model"): model}
    if provider.kind == "vllm" and service.alias is None and not service.command:
        # Without an alias vLLM answers to the name of its model and to no other.
        for public, found in document.models.items():
            for index, deployment in enumerate(found.deployments):
                if deployment.provider == name and deployment.model == service.model:
                    edits["models", public, "deployments", index, "model"] = model
    return edits
