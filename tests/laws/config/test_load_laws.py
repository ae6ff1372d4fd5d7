"""Whatever a file holds, reading it gives a snapshot or says why not, points into the file, and shows no secret."""

import itertools
import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sixnines.config.chains import flatten
from sixnines.config.checks import CHECKS
from sixnines.config.diagnostics import Severity
from sixnines.config.load import read_config, read_sources, read_text
from sixnines.config.report import render_github, render_json
from sixnines.config.sources import SourceFile
from support.catalog import CATALOG
from support.yaml_text import block_style, config_texts, configs, damaged, nearly_yaml, written

relaxed = settings(deadline=None)
ENVIRONMENT = {"KEY": "k"}
ANY_TEXT = st.one_of(st.text(), nearly_yaml, damaged(config_texts), damaged(damaged(config_texts)))


def read(text):
    return read_text(text, "x.yaml", ENVIRONMENT, CATALOG)


@given(ANY_TEXT)
@settings(max_examples=500, deadline=None)
def test_any_text_gives_a_snapshot_or_an_error_and_every_place_is_in_the_file(text):
    loaded = read(text)
    errors = [each for each in loaded.diagnostics if each.severity is Severity.ERROR]
    assert (loaded.snapshot is None) == bool(errors)
    for each in loaded.diagnostics:
        lines = loaded.lines[each.file]
        assert 1 <= each.line <= len(lines)
        assert 1 <= each.column <= len(lines[each.line - 1]) + 1
    assert loaded.report(colour=True).endswith("\n")


@given(st.binary(max_size=200) | nearly_yaml.map(lambda text: text.encode("utf-8", "surrogatepass")))
@relaxed
def test_any_bytes_give_a_snapshot_or_an_error(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(content)
    loaded = read_config(path, ENVIRONMENT, CATALOG)
    assert loaded.snapshot is not None or loaded.diagnostics


@given(configs(), written)
@relaxed
def test_a_config_without_errors_compiles_to_all_that_it_declares(config, write):
    loaded = read(write(config))
    assert loaded.snapshot is not None, loaded.report()
    snapshot = loaded.snapshot
    assert list(snapshot.providers) == list(config["providers"])
    assert list(snapshot.routes) == list(config["routes"])
    assert list(snapshot.models) == list(config["models"])
    for name, model in config["models"].items():
        pairs = [(each["provider"], each["model"]) for each in model["deployments"]]
        spec = snapshot.models[name]
        assert [(each.provider.name, each.upstream_model) for each in spec.deployments] == pairs
        assert snapshot.resolve(name) is spec


@given(configs())
@relaxed
def test_how_a_config_is_written_does_not_change_what_it_means(config):
    texts = [json.dumps(config), json.dumps(config, indent=2), block_style(config)]
    documents = [read(text).document for text in texts]
    assert documents[0] == documents[1] == documents[2]


@given(configs(), st.lists(st.integers(0, 3), min_size=1, max_size=20).map(itertools.cycle))
@relaxed
def test_how_a_config_is_cut_into_files_does_not_change_what_it_means(config, cuts):
    whole = read(json.dumps(config))
    files = {f"{number}.yaml": {} for number in range(3)} | {
        "first.yaml": {"include": ["0.yaml", "?.yml", "[12].yaml"]}
    }
    for key, value in config.items():
        if isinstance(value, dict) and key in ("domains", "providers", "models", "routes"):
            for name, entry in value.items():
                list(files.values())[next(cuts)].setdefault(key, {})[name] = entry
        else:
            files["first.yaml" if key != "patterns" else list(files)[next(cuts)]][key] = value
    sources = [
        SourceFile(path, json.dumps(files[path]).encode()) for path in ("first.yaml", "2.yaml", "1.yaml", "0.yaml")
    ]
    cut = read_sources(sources, "first.yaml", ENVIRONMENT, CATALOG, directory=Path())
    assert cut.snapshot is not None, cut.report()
    assert msgspec.structs.replace(cut.document, include=()) == whole.document
    assert [each.path for each in cut.sources] == ["first.yaml", "0.yaml", "1.yaml", "2.yaml"]


@pytest.mark.parametrize("check", CHECKS, ids=lambda each: each.name)
@given(config=configs())
@settings(max_examples=25, deadline=None)
def test_no_check_calls_a_good_config_wrong(check, config):
    from sixnines.config.checks.interface import subject_of

    document = read(json.dumps(config)).document
    assert [each for each in check.run(subject_of(document, CATALOG)) if each.severity is Severity.ERROR] == []


@given(st.dictionaries(st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdefx"), max_size=4), max_size=6))
def test_a_chain_is_every_reachable_name_once_depth_first_and_never_its_own_start(graph):
    for start in graph:
        visited = []

        def visit(name, start=start, visited=visited):
            for follower in graph[name]:
                if follower in graph and follower != start and follower not in visited:
                    visited.append(follower)
                    visit(follower)

        visit(start)
        assert list(flatten(start, graph)) == visited


# Keys that hold secrets, keys that somebody meant to hold one, and ways to write a value below a key.
_KEYS = ["api_key", "api_keys", "admin_key", "apikey", "api_kee", "token", "password", "x-api-key", '"api key"', "'k'"]
_WAYS = ["{key}: {value}", "{key}: '{value}'", '{key}: "{value}"', "{key}: [{value}, {value}]", "{key}:\n  - {value}",
         "{key}:\n- {value}", "{key}:\n    {value}", "{key}: >-\n  {value}", "{key}: |\n  {value}\n  {value}",
         "{key}: [\n    {value},\n    {value}]", "{key}: # was {value}", "# {key}: {value}", "x: {{{key}: {value}, kind: 7}}",
         '{key}: "{value}\n  {value}"', "{key}: env:{value}!", "listen: 7  # {value}", "{key} : {value}"]  # fmt: skip


@st.composite
def secret_lines(draw, literal):
    text = draw(st.sampled_from(_WAYS)).format(key=draw(st.sampled_from(_KEYS)), value=literal)
    indentation = draw(st.sampled_from(["", "  ", "    "]))
    return "".join(f"{indentation}{line}\n" for line in text.splitlines())


@given(
    st.text("qwzj0987-", min_size=6, max_size=40).map(lambda text: f"Zz{text}"),
    st.data(),
)
@settings(max_examples=400, deadline=None)
def test_a_secret_behind_any_key_is_never_shown(literal, data):
    front = data.draw(st.sampled_from(["", "version: 1\n", "server:\n", "version: 1\nproviders:\n  a:\n    kind: 3\n"]))
    lines = "".join(data.draw(st.lists(secret_lines(literal), min_size=1, max_size=3)))
    behind = data.draw(st.sampled_from(["", "  kind: @x\n", "\t\n", "wrong: [\n", "models: {a: {}}\n", "  - ]\n", '"']))
    loaded = read(front + lines + behind)
    shown = loaded.report() + render_json(loaded.diagnostics) + render_github(loaded.diagnostics) + repr(loaded)
    assert literal not in shown
