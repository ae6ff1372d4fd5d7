"""LiteLLM's config to one of ours, with a report of every key.

Never copies a secret and never lets a key go without a word. What comes out is what `sixnines check` takes.
"""

from collections.abc import Mapping

from sixnines.adapters.document_text import render_draft
from sixnines.adapters.draft import Draft
from sixnines.adapters.imported import Imported
from sixnines.adapters.ledger import leaves
from sixnines.adapters.litellm.entries import read_entries
from sixnines.adapters.litellm.fallbacks import KEYS, Edge, add_aliases, add_edges, read_edges, spoken_of
from sixnines.adapters.litellm.groups import add_groups, add_stars
from sixnines.adapters.litellm.providers import Providers
from sixnines.adapters.litellm.reasons import TOP
from sixnines.adapters.litellm.references import References, variable_of
from sixnines.adapters.litellm.settings import read_general, read_settings, read_strategy
from sixnines.adapters.part import Part
from sixnines.adapters.reading import read_parts
from sixnines.adapters.settle import settle
from sixnines.config.diagnostics import Diagnostic, quoted
from sixnines.config.nodes import Mapping as MappingNode
from sixnines.config.nodes import Scalar
from sixnines.config.scalars import describe_kind
from sixnines.domain.kind import Catalog


def import_litellm(text: str, file: str, catalog: Catalog) -> Imported:
    """Translate.

    Args:
        text: LiteLLM's config.
        file: what to call it.
        catalog: what is built in.
    """
    root = read_parts(text, file)
    if not isinstance(root, Part):
        return Imported(None, (), root)
    problems = _misshapen(root)
    if problems:
        return Imported(None, (), tuple(problems))
    references = References(frozenset(_variables(root)))
    draft = _drafted(root, references, problems)
    if problems:
        return Imported(None, (), tuple(problems))
    settle(draft, catalog)
    head = _head(file, references)
    return Imported(
        render_draft(draft, head),
        tuple(root.ledger.entries()),
        (),
        tuple(references.variables),
        tuple(references.written),
    )


def _drafted(root: Part, references: References, problems: list[Diagnostic]) -> Draft:
    router, litellm, models = root.get("router_settings"), root.get("litellm_settings"), root.get("model_list")
    draft = Draft()
    read_general(draft, root.get("general_settings"), references)
    strategy = read_strategy(router)
    read_settings(draft, router, litellm)
    providers = Providers(references)
    listed = read_entries(models, providers, _credentials(root), problems) if models else []
    named = providers.named()
    draft.providers = dict(named.values())
    names = add_groups(draft, listed, {identity: name for identity, (name, _) in named.items()}, strategy)
    sections = [section for section in (router, litellm) if section is not None]
    aliases = _first(sections, "model_group_alias")
    known = {alias for alias, _ in aliases.entries()} if aliases else set()
    spoken = dict.fromkeys(name for section in sections for name in spoken_of(section) if name not in known)
    add_stars(draft, names, [*spoken], strategy)
    for section in sections[1:]:
        _shadowed(sections[0], section)
    add_aliases(draft, names, aliases)
    add_edges(draft, names, _edges(sections), _first(sections, "default_fallbacks"))
    for key, part in root.entries():
        if key in TOP:
            part.dropped(TOP[key])
    return draft


def _edges(sections: list[Part]) -> list[Edge]:
    """The fallbacks that count: those of `router_settings`, kind by kind, else those of `litellm_settings`."""
    edges: list[Edge] = []
    for index, section in enumerate(sections):
        said = {kind for kind in KEYS if any(earlier.get(kind) is not None for earlier in sections[:index])}
        edges += read_edges(section, [kind for kind in KEYS if kind not in said])
    return edges


def _shadowed(first: Part, second: Part) -> None:
    for key in (*KEYS, "default_fallbacks", "model_group_alias"):
        part = second.get(key)
        if part is not None and first.get(key) is not None:
            part.dropped(f"router_settings.{key} counts")


def _first(sections: list[Part], key: str) -> Part | None:
    return next((part for section in sections if (part := section.get(key)) is not None), None)


def _misshapen(root: Part) -> list[Diagnostic]:
    """What LiteLLM itself could not start with."""
    if not isinstance(root.node, MappingNode):
        return [
            root.problem(f"expected LiteLLM's config, got {describe_kind(root.node)}", "it begins with model_list:")
        ]
    problems = []
    models = root.get("model_list")
    if models is None:
        problems.append(root.problem('the key "model_list" is missing', "is this LiteLLM's config?"))
    elif not models.is_list and not models.is_null:
        problems.append(models.problem(f"expected a list, got {describe_kind(models.node)}"))
    for key in ("router_settings", "litellm_settings", "general_settings"):
        section = root.get(key)
        if section is not None and not section.is_mapping and not section.is_null:
            problems.append(section.problem(f"expected a mapping, got {describe_kind(section.node)}"))
    return problems


def _variables(root: Part) -> set[str]:
    """The environment variables that the file names."""
    found = set()
    for _, node in leaves(root.node):
        name = variable_of(node.text) if isinstance(node, Scalar) else None
        if name is not None:
            found.add(name)
    return found


def _credentials(root: Part) -> Mapping[str, Part]:
    """`credential_list`: what deployments can name instead of a key of their own."""
    found = {}
    listed = root.get("credential_list")
    for entry in listed.items() if listed else ():
        name, values = entry.get("credential_name"), entry.get("credential_values")
        text = name.text() if name else None
        if name is not None and text is not None and values is not None:
            found[text] = values
            name.translated("providers, api_key")
    return found


def _head(file: str, references: References) -> list[str]:
    lines = [
        f"From LiteLLM's config {quoted(file)}, by `sixnines import litellm`.",
        "What became of each of its keys is in its report.",
    ]
    if references.variables:
        lines.append(f"It reads the environment variables {', '.join(references.variables)}.")
    return lines
