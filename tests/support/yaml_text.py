"""Generators of config text: nearly YAML, broken YAML, and valid configs."""

import json

from hypothesis import strategies as st

# Pieces that a scanner treats in some special way, and the words of configs.
_PIECES = [
    ":", ": ", ":\n", " :", "-", "- ", "-\n", "? ", "?", ",", ", ", "[", "]", "{", "}", "#", " # c", "\n# c\n",
    "&a ", "*a", "&b", "*b ", "!t ", "!!str ", "|", "|\n", ">-\n", "'", "''", '"', '""', "\\", "\\n", "\\u0041", "\\ud800",
    "\t", "\n\t", " ", "  ", "    ", "\n", "\n ", "\n  ", "\n    ", "\n\n", "\r\n", "\r", "---", "\n---\n", "...", "\n...\n",
    "%", "@", "`", "~", "null", "true", "012", "0x1f", "1.5", ".5", "<<", "\x85", "\u2028", "\ufeff", "\u00a0", "é", "模",
    "version: 1\n", "server:\n", "listen", "providers:", "ollama", "kind", "http://127.0.0.1:8000/v1", "env:KEY", "a b",
    "a", "b", "c", "key", "llama3.1:latest", "a:b", "a#b", "x?", "{a: b}", "[a, b]", "'it''s'", '"q\\"q"', "a: b\n", "  a: b\n",
    "- a\n", "  - a\n", "a:\n", "a:\n- b\n", 'a: "b"\n', "a: 'b'\n", "a: b c\n", "a: b:c\n", "a: b #c\n", "a: b# c\n",
    "k" * 1025, "[" + "k, " * 350 + "]: v\n", "[" * 40,
]  # fmt: skip
nearly_yaml = st.lists(st.sampled_from(_PIECES), max_size=40).map("".join)

NAMES = st.text("abcXYZ019._:/@+-", min_size=1, max_size=8)
_WEIGHTS = st.integers(0, 9)
_UPSTREAM = st.sampled_from(["m", "n", "llama3.1:latest", "org/model", "a model", "模型"])
_KINDS = ["ollama", "vllm", "llamacpp", "llamacpp-python", "openai-compatible", "openai", "anthropic"]


@st.composite
def _deployments(draw, providers):
    pairs = draw(st.lists(st.tuples(st.sampled_from(providers), _UPSTREAM), min_size=1, max_size=4, unique=True))
    return [{"provider": provider, "model": model} for provider, model in pairs]


def _weighted(draw, entries):
    """Give `entries` weights that leave something to choose, and the strategy that reads them."""
    for entry in entries:
        entry["weight"] = draw(_WEIGHTS)
    entries[0]["weight"] = 1
    return {"strategy": "weighted"}


@st.composite
def configs(draw):
    """A config without errors, as plain data. Fallbacks lead to later names only, so they never go round."""
    domains = draw(st.lists(NAMES, max_size=3, unique=True))
    # No slash: with one, two deployments could have the same id.
    providers = draw(st.lists(NAMES.filter(lambda name: "/" not in name), min_size=1, max_size=4, unique=True))
    names = draw(st.lists(NAMES, min_size=1, max_size=8, unique=True))
    cut = draw(st.integers(1, len(names)))
    models, routes = names[:cut], names[cut:]
    document = {
        "version": 1,
        "domains": {name: draw(st.sampled_from([{}, *({"within": other} for other in domains[:index])]))
                    for index, name in enumerate(domains)},
        "providers": {name: draw(_provider(domains)) for name in providers},
        "models": {},
        "routes": {},
    }  # fmt: skip
    for index, name in enumerate(models):
        entries = draw(_deployments(providers))
        model = {"deployments": entries}
        if draw(st.booleans()):
            model |= _weighted(draw, entries)
        later = models[index + 1 :]
        if later and draw(st.booleans()):
            model["fallbacks"] = draw(st.lists(st.sampled_from(later), max_size=3, unique=True))
        if draw(st.booleans()):
            model["context_window"] = draw(st.integers(1, 200_000))
            model["tier"] = draw(st.sampled_from(["premium", "standard", "entry", "local", None]))
            model["timeouts"] = {"first_token": f"{draw(st.integers(1, 90))}s", "total": "2m"}
        document["models"][name] = model
    for name in routes:
        chosen = draw(st.lists(st.sampled_from(models), min_size=1, max_size=4, unique=True))
        if draw(st.booleans()):
            entries = [{"model": each} for each in chosen]
            document["routes"][name] = {"models": entries} | _weighted(draw, entries)
        else:
            document["routes"][name] = {"models": chosen}
    document["patterns"] = [
        {"match": match, "model": draw(st.sampled_from(names))}
        for match in draw(st.lists(st.sampled_from(["gpt-.*", r".*\.gguf$", "x|y"]), max_size=3, unique=True))
    ]
    document["default_model"] = draw(st.sampled_from([None, *names]))
    return document


@st.composite
def _provider(draw, domains):
    kind = draw(st.sampled_from(_KINDS))
    provider = {"kind": kind}
    if kind == "openai-compatible" or draw(st.booleans()):
        provider["base_url"] = draw(
            st.sampled_from(["http://127.0.0.1:9000", "https://a.example/v1", "http://[::1]/x/v1/"])
        )
    if kind in ("openai", "anthropic") or draw(st.booleans()):
        provider["api_key"] = "env:KEY"
    if domains and draw(st.booleans()):
        provider["domain"] = draw(st.sampled_from(domains))
    if draw(st.booleans()):
        provider["optional"] = draw(st.booleans())
        provider["max_in_flight"] = draw(st.integers(1, 64))
    return provider


def block_style(value, indentation=""):
    """`value` as block-style YAML; strings are double-quoted, which YAML reads as JSON."""
    if isinstance(value, dict) and value:
        return "".join(
            f"{indentation}{json.dumps(key, ensure_ascii=False)}:{_below(item, indentation)}"
            for key, item in value.items()
        )
    if isinstance(value, list) and value:
        return "".join(f"{indentation}-{_below(item, indentation)}" for item in value)
    return f"{indentation}{json.dumps(value, ensure_ascii=False)}\n"


def _below(value, indentation):
    if isinstance(value, (dict, list)) and value:
        return "\n" + block_style(value, indentation + "  ")
    return " " + json.dumps(value, ensure_ascii=False) + "\n"


written = st.sampled_from(
    [
        lambda value: json.dumps(value, ensure_ascii=False),
        lambda value: json.dumps(value, ensure_ascii=False, indent=2),
        block_style,
    ]
)
config_texts = st.builds(lambda write, config: write(config), written, configs())


@st.composite
def damaged(draw, texts):
    """A text with a piece cut out, doubled or put in somewhere."""
    text = draw(texts)
    start = draw(st.integers(0, len(text)))
    end = draw(st.integers(start, min(len(text), start + 12)))
    inserted = draw(st.sampled_from([*_PIECES, "", text[start:end] * 2]))
    return text[:start] + inserted + text[end:]
