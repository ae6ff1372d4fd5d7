"""One of our configs to LiteLLM's, with a report of every key.

Never writes a secret and never hides what LiteLLM cannot do: it is told, and stands in the comment at the top.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sixnines.adapters.ledger import Entry
from sixnines.adapters.litellm.deployments import Writing, written_models
from sixnines.adapters.litellm.limits import tell_rest, written_router
from sixnines.adapters.part import Part
from sixnines.adapters.reading import read_parts
from sixnines.adapters.yaml_text import Plain, render_yaml
from sixnines.config.diagnostics import quoted
from sixnines.config.document import Document
from sixnines.domain.kind import Catalog

_ANY_NUMBER = 10**9  # of values: the config has been read already, so they are no more than a config may have
MASTER_KEY = "LITELLM_MASTER_KEY"
"""LiteLLM does not start without a master key (`proxy/auth/master_key_boot_check.py`)."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What came of a config.

    Attributes:
        text: LiteLLM's config.
        entries: what became of each key of ours.
        variables: the environment variables that LiteLLM has to be given, and the reference that each stands for.
    """

    text: str
    entries: tuple[Entry, ...]
    variables: Mapping[str, str]


def export_litellm(document: Document, sources: Mapping[str, str], catalog: Catalog) -> Exported:
    """Translate.

    Args:
        document: a config without errors.
        sources: the text of its files, by the name that the report gives them.
        catalog: what is built in.
    """
    read = [read_parts(text, name, _ANY_NUMBER) for name, text in sources.items()]
    roots = [root for root in read if isinstance(root, Part)]
    writing = Writing(document, catalog, roots)
    data: dict[str, Plain] = {"model_list": written_models(writing)}
    data["router_settings"] = written_router(writing)
    data["litellm_settings"] = {"telemetry": False}
    data["general_settings"] = _general(writing)
    tell_rest(writing)
    name = next(iter(sources), "a config")
    head = [
        f"From {quoted(name)}, by `sixnines export litellm`. What LiteLLM cannot express is in its report.",
        f"Start it where sixnines listened: litellm --config FILE {_address(document.server.listen)}",
    ]
    if not document.server.api_keys:
        head.append(f"LiteLLM does not start without a key of its callers: {MASTER_KEY}, which begins with sk-")
    files = {name: reference for name, reference in writing.variables.items() if not reference.startswith("env:")}
    head += [f"{name} has to hold what is in {reference.removeprefix('file:')}" for name, reference in files.items()]
    entries = tuple(entry for root in roots for entry in root.ledger.entries())
    return Exported(render_yaml(data, head=head), entries, dict(writing.variables))


def _general(writing: Writing) -> dict[str, Plain]:
    server = writing.document.server
    data: dict[str, Plain] = {}
    if server.api_keys:
        data["master_key"] = writing.variable(server.api_keys[0])
        reason = "LiteLLM's master key is for callers and its administrator alike, and begins with sk-"
        writing.approximated(("server", "api_keys", 0), reason, "general_settings.master_key")
        for index in range(1, len(server.api_keys)):
            writing.dropped(("server", "api_keys", index), "more keys need LiteLLM's database")
    else:
        data["master_key"] = writing.variable(f"env:{MASTER_KEY}")
    if server.admin_key is not None:
        writing.dropped(("server", "admin_key"), "LiteLLM's master key is its administrator's")
    writing.approximated(("server", "listen"), "LiteLLM takes it from --host and --port")
    return data


def _address(listen: str) -> str:
    host, _, port = listen.rpartition(":")
    return f"--host {host.strip('[]')} --port {port}"
