"""The JSON Schema takes whatever `sixnines check` takes, and both refuse what is misspelt."""

import copy
import json

from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from sixnines.config.decode import decode
from sixnines.config.document import Document
from sixnines.config.load import read_text
from sixnines.config.schema import json_schema
from sixnines.config.shapes import section_of
from sixnines.config.yaml_tree import parse_yaml
from support.catalog import CATALOG
from support.yaml_text import configs

VALIDATOR = Draft202012Validator(json_schema(CATALOG))
relaxed = settings(max_examples=200, deadline=None)
_VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-1, 10**7), st.floats(-1, 10, allow_nan=False), st.just([]), st.just({}),
    st.sampled_from(["", "chat", "env:KEY", "file:x", "30s", "1.5s", "0ms", "25h", "32MiB", "1B", "127.0.0.1:0", "[::1]:4000",
                     "http://a/v1@x", "HTTPS://a:8443", "https://chat.example.org", "*", "a b", "ollama", "weighted", "error",
                     "buffer", "continue", "local", "minimal", "x" * 201, "Ünder", "two\nlines"]),
)  # fmt: skip
_SECTIONS = {
    "server": ["listen", "api_keys", "admin_key", "max_body", "drain", "expose", "cors"],
    "defaults": ["timeouts", "attempts", "breaker"],
}


def places(value, path=()):
    """Every path in plain data."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*path, key))


def put(data, path, value):
    data = copy.deepcopy(data)
    target = data
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    return data


@st.composite
def altered(draw):
    """A valid config with one value replaced or added."""
    data = draw(configs())
    section = draw(st.sampled_from([*_SECTIONS, None]))
    if section is not None:
        return data | {section: {draw(st.sampled_from(_SECTIONS[section])): draw(_VALUES)}}
    path = draw(st.sampled_from([path for path in places(data) if path]))
    return put(data, path, draw(_VALUES))


@given(altered())
@relaxed
def test_the_schema_takes_what_the_decoder_takes(data):
    tree = parse_yaml(json.dumps(data), "x")
    if not decode(tree.root, "x", section_of(Document)).problems:
        document = read_text(json.dumps(data), "x", {"KEY": "k"}, CATALOG)
        # Kinds and strategies are choices in the schema and references to `check`.
        if not any(
            "unknown kind" in each.message or "unknown strategy" in each.message for each in document.diagnostics
        ):
            assert [error.message for error in VALIDATOR.iter_errors(data)] == []


@given(configs(), st.data())
@relaxed
def test_both_refuse_a_misspelt_key(config, data):
    named = ("domains", "providers", "models", "routes")
    paths = [
        path
        for path in places(config)
        if path and isinstance(path[-1], str) and not (len(path) == 2 and path[0] in named)
    ]
    path = data.draw(st.sampled_from(paths))
    target = config
    for key in path[:-1]:
        target = target[key]
    target[f"{path[-1]}x"] = target.pop(path[-1])
    assert not VALIDATOR.is_valid(config)
    loaded = read_text(json.dumps(config), "x", {"KEY": "k"}, CATALOG)
    assert [
        each for each in loaded.diagnostics if each.message == "unknown key" and f'"{path[-1]}"' in (each.hint or "")
    ]
