"""The JSON Schema: valid itself, complete, up to date, and right about the examples."""

import json

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from sixnines.config.load import read_text
from sixnines.config.reference import render_reference
from sixnines.config.schema import json_schema, render_schema
from sixnines.registry import CATALOG
from support.checkout import ROOT

EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))
SCHEMA = json_schema(CATALOG)
VALIDATOR = Draft202012Validator(SCHEMA)


def plain(text):
    return YAML(typ="safe", pure=True).load(text)


def test_the_schema_is_a_schema():
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    ("path", "render"),
    [("schema/sixnines-v1.schema.json", render_schema), ("docs/reference/config.md", render_reference)],
    ids=["schema", "reference"],
)
def test_what_is_generated_is_up_to_date(path, render):
    assert (ROOT / path).read_text() == render(CATALOG), "run: python tools/write_config_docs.py"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_an_example_is_valid(example):
    assert [error.message for error in VALIDATOR.iter_errors(plain(example.read_text()))] == []


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_an_example_names_the_schema_for_editors(example):
    first = example.read_text().splitlines()[0]
    assert first == "# yaml-language-server: $schema=../schema/sixnines-v1.schema.json"
    assert (example.parent / first.partition("=")[2]).is_file()


@pytest.mark.parametrize(
    "text",
    [
        "version: 1\nsever: {}",
        "version: 1\nserver: {litsen: x}",
        "version: 2",
        "{}",
        "version: 1\nserver: {drain: 30}",
        "version: 1\nserver: {api_keys: [sk-123]}",
        "version: 1\nproviders: {a: {kind: olama}}",
        "version: 1\nproviders: {'a b': {kind: ollama}}",
        "version: 1\nmodels: {a: {deployments: []}}",
        "version: 1\nmodels: {a: {deployments: [{provider: p, model: m}], stream_failure: continu}}",
        "version: 1\nroutes: {a: {models: [{model: b, wieght: 1}]}}",
    ],
)
def test_the_schema_refuses(text):
    assert not VALIDATOR.is_valid(plain(text))


def test_every_default_in_the_schema_is_what_a_config_without_the_key_means():
    written = {}
    for section, schema in (("server", SCHEMA["$defs"]["Server"]), ("defaults", SCHEMA["$defs"]["Defaults"])):
        written[section] = {key: value["default"] for key, value in schema["properties"].items() if "default" in value}
    sections = {"DefaultTimeouts": "timeouts", "Breaker": "breaker", "Retries": "retries", "Health": "health"}
    for section, key in sections.items():
        properties = SCHEMA["$defs"][section]["properties"]
        written["defaults"][key] = {name: value["default"] for name, value in properties.items() if "default" in value}
    text = json.dumps({"version": 1} | written)
    with_defaults = read_text(text, "x", {}, CATALOG).document
    assert with_defaults is not None
    assert with_defaults == read_text("version: 1", "x", {}, CATALOG).document


def test_every_key_is_described_in_the_schema_and_in_the_reference():
    reference = render_reference(CATALOG)
    sections = [SCHEMA, *SCHEMA["$defs"].values()]
    keys = {key: value for section in sections for key, value in section["properties"].items()}
    assert len(keys) > 40
    assert [key for key, value in keys.items() if not value["description"].strip()] == []
    assert [key for key in keys if f"| `{key}` |" not in reference] == []
