"""A provider that is run as a service is one of this machine, and every key of the section has an effect."""

import re
from collections.abc import Iterator

from sixnines.config.checks.interface import Check, Subject, address_of
from sixnines.config.diagnostics import CREDENTIAL, DocumentPath, Finding, error, quoted
from sixnines.config.document import Provider
from sixnines.config.service_section import Service
from sixnines.config.urls import is_loopback

_ALL = ("binary", "model", "hf_repo", "alias", "context", "parallel", "gpu_layers", "args")
# What each kind's own command line, or its variables, can say.
KEYS = {
    "llamacpp": frozenset(_ALL),
    "llamacpp-python": frozenset({"binary", "model", "alias", "context", "gpu_layers", "args"}),
    "vllm": frozenset({"binary", "model", "alias", "context", "parallel", "args"}),
    "ollama": frozenset({"binary", "context", "parallel"}),
}
# The words that `sixnines service` itself understands where the name of a provider may stand.
_TAKEN_NAMES = frozenset({"gateway", "all"})
_OPTIONS_OF_ADDRESS = ("--port", "--host")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SECRET_NAME = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL", re.IGNORECASE)
_REFERENCE = re.compile(r"(?:env|file):.+")


def _run(subject: Subject) -> Iterator[Finding]:
    ports: dict[int, str] = {}
    for name, provider in subject.document.providers.items():
        if provider.service is None:
            continue
        path = ("providers", name, "service")
        if provider.kind not in KEYS:
            if provider.kind in subject.catalog.kinds:
                hint = f"remove it; the kinds of engines that can be are {', '.join(KEYS)}"
                yield error(path, f"a provider of kind {provider.kind} is not run on this machine", hint=hint)
            continue
        if name in _TAKEN_NAMES:
            hint = "rename the provider"
            yield error(path, f"{quoted(name)} has a meaning of its own for `sixnines service`", hint=hint)
        yield from _address(subject, name, provider, ports)
        yield from _keys(provider.service, provider.kind, path)
        yield from _model(provider.service, provider.kind, subject.unusable, path)
        yield from _words(provider.service, path)
        yield from _variables(provider.service, provider.kind, path)


def _address(subject: Subject, name: str, provider: Provider, ports: dict[int, str]) -> Iterator[Finding]:
    """It is started where `base_url` says, and nothing else is."""
    url = address_of(subject, provider)
    if url is None:
        return
    path = ("providers", name, "base_url" if provider.base_url is not None else "service")
    if not is_loopback(url.host):
        hint = "a service listens on loopback, where the gateway reaches it"
        yield error(path, "this is not an address of this machine alone, and the provider has a `service`", hint=hint)
    elif url.scheme != "http" or url.path:
        yield error(path, "an engine speaks plain http at its root, and the provider has a `service`")
    elif ports.setdefault(url.port, name) != name:
        hint = "give one of them another port"
        yield error(path, f"the service of {quoted(ports[url.port])} has port {url.port} already", hint=hint)


def _keys(service: Service, kind: str, path: DocumentPath) -> Iterator[Finding]:
    """No key without an effect."""
    for key in _ALL:
        if getattr(service, key) in (None, ()):
            continue
        here = (*path, key)
        if service.command:
            if f"{{{key}}}" not in "".join(service.command) or key not in {"model", "alias"}:
                yield error(here, "has no effect next to `command`", hint="remove it, or write it into `command`")
        elif key not in KEYS[kind]:
            yield error(here, f"has no effect: {_because(key, kind)}", hint="remove it")


def _because(key: str, kind: str) -> str:
    match kind, key:
        case "ollama", "model" | "alias" | "hf_repo":
            return "Ollama loads whatever model it is asked for"
        case "llamacpp-python", "parallel":
            return "llama-cpp-python serves one request at a time"
        case _:
            return f"an engine of kind {kind} cannot be told so when it is started"


def _model(service: Service, kind: str, unusable: frozenset[DocumentPath], path: DocumentPath) -> Iterator[Finding]:
    """The engine has one model to serve, and knows which."""
    if service.model is not None and service.hf_repo is not None:
        yield error((*path, "hf_repo"), "has no effect next to `model`", hint="remove one of the two")
    for word in ("model", "alias"):
        stands = any(f"{{{word}}}" in each for each in service.command)
        if stands and getattr(service, word) is None and (*path, word) not in unusable:
            yield error((*path, "command"), f"{{{word}}} stands for the key `{word}`, which is missing")
    if service.command or kind == "ollama" or {(*path, "model"), (*path, "hf_repo")} & unusable:
        return
    if service.model is None and service.hf_repo is None:
        either = "`model` or `hf_repo`" if kind == "llamacpp" else "`model`"
        yield error(path, f"{either} is missing: an engine of kind {kind} serves the model it is started with")


def _words(service: Service, path: DocumentPath) -> Iterator[Finding]:
    """Words of a command line are for everybody on the machine to read, and do not contradict `base_url`."""
    for key in ("args", "command"):
        words: tuple[str, ...] = getattr(service, key)
        for index, word in enumerate(words):
            here = (*path, key, index)
            if CREDENTIAL.search(word):
                hint = "put it into `environment` as env:NAME or file:PATH"
                yield error(here, "looks like a secret, and everybody on the machine can read a command", hint=hint)
            elif key == "args" and word.partition("=")[0] in _OPTIONS_OF_ADDRESS:
                yield error(here, f"{word.partition('=')[0]} is what `base_url` says", hint="remove it here")


def _variables(service: Service, kind: str, path: DocumentPath) -> Iterator[Finding]:
    """Variables have names, and secrets stay references."""
    for name, value in service.environment.items():
        here = (*path, "environment", name)
        if not _VARIABLE.fullmatch(name):
            yield error(here, "the name of a variable holds letters, digits and _ only")
        elif kind == "ollama" and name == "OLLAMA_HOST" and not service.command:
            yield error(here, "OLLAMA_HOST is what `base_url` says", hint="remove it here")
        elif not _REFERENCE.fullmatch(value) and (_SECRET_NAME.search(name) or CREDENTIAL.search(value)):
            hint = "name it as env:NAME or file:PATH"
            yield error(here, "looks like a secret, and a secret is never written here", hint=hint)


CHECK = Check("services", _run)
