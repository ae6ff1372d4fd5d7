"""`sixnines check` as a person, an editor and a pipeline use it."""

import json
import os

import pytest
from jsonschema import Draft202012Validator

from sixnines.cli.app import main

GOOD = """version: 1
providers: {p: {kind: ollama, api_key: "env:A_KEY"}}
models: {m: {deployments: [{provider: p, model: x}]}}
"""
BAD = GOOD.replace("provider: p", "provider: q") + "server: {admin_key: hunter2}\n"


@pytest.fixture(autouse=True)
def _own_directory(tmp_path, monkeypatch):
    """Nothing of the machine's own config is found."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("A_KEY", "k")


def check(capsys, *words):
    """The exit status, and what was printed on either stream."""
    status = main(["check", *words])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def test_a_good_file_is_fine(tmp_path, capsys):
    (tmp_path / "lab.yaml").write_text(GOOD)
    assert check(capsys, "lab.yaml") == (0, "lab.yaml: fine (1 provider, 1 model)\n", "")


def test_warnings_do_not_fail(tmp_path, capsys):
    (tmp_path / "lab.yaml").write_text(GOOD + "domains: {spare: {}}\n")
    status, printed, _ = check(capsys, "lab.yaml")
    assert status == 0
    assert printed.endswith("lab.yaml: fine (1 provider, 1 model), 1 warning\n")


def test_every_problem_is_printed_in_the_order_of_the_file(tmp_path, capsys):
    (tmp_path / "lab.yaml").write_text(BAD)
    status, printed, _ = check(capsys, "lab.yaml")
    assert status == 1
    assert printed == (
        'lab.yaml:3:39: error: models.m.deployments[0].provider: unknown provider "q"\n'
        "    3 | models: {m: {deployments: [{provider: q, model: x}]}}\n"
        "      |                                       ^\n"
        "lab.yaml:4:21: error: server.admin_key: a secret is never written here; name it as env:NAME or file:PATH\n"
        "    4 | server: {admin_key: ***\n"
        "      |                     ^\n"
        "lab.yaml: 2 errors\n"
    )


def test_json_is_for_programs(tmp_path, capsys):
    (tmp_path / "lab.yaml").write_text(BAD)
    status, printed, _ = check(capsys, "lab.yaml", "--format", "json")
    assert status == 1
    assert [(each["line"], each["severity"]) for each in json.loads(printed)] == [(3, "error"), (4, "error")]


def test_github_gets_annotations(tmp_path, capsys):
    (tmp_path / "lab.yaml").write_text(BAD)
    status, printed, _ = check(capsys, "--format", "github", "lab.yaml")
    assert status == 1
    assert printed.startswith(
        '::error file=lab.yaml,line=3,col=39::models.m.deployments[0].provider: unknown provider "q"\n'
    )
    assert printed.endswith("\nlab.yaml: 2 errors\n")


@pytest.mark.parametrize("form", ["text", "json", "github"])
def test_no_format_shows_a_secret(tmp_path, capsys, form):
    (tmp_path / "lab.yaml").write_text(BAD)
    assert "hunter2" not in "".join(check(capsys, "lab.yaml", "--format", form)[1:])


def test_without_a_file_the_places_are_tried_in_order(tmp_path, capsys):
    home = tmp_path / "home" / "sixnines"
    home.mkdir(parents=True)
    (home / "sixnines.yaml").write_text(GOOD)
    assert check(capsys)[:2] == (0, f"{home}/sixnines.yaml: fine (1 provider, 1 model)\n")
    (tmp_path / "sixnines.yaml").write_text(GOOD)
    assert check(capsys)[:2] == (0, "sixnines.yaml: fine (1 provider, 1 model)\n")


def test_no_config_anywhere_is_wrong_usage(tmp_path, capsys):
    status, printed, complaint = check(capsys)
    assert (status, printed) == (2, "")
    assert complaint == (
        f"sixnines check: no config at sixnines.yaml or {tmp_path}/home/sixnines/sixnines.yaml; "
        "name one: sixnines check FILE\n"
    )


@pytest.mark.parametrize("words", [["nowhere.yaml"], ["."], ["--format", "xml"], ["a.yaml", "b.yaml"]])
def test_wrong_usage_is_told_from_problems(capsys, words):
    assert check(capsys, *words)[0] == 2


def test_the_schema_is_printed_for_editors(capsys):
    status, printed, _ = check(capsys, "--schema")
    assert status == 0
    Draft202012Validator.check_schema(json.loads(printed))


def test_colour_is_for_terminals_whose_owner_wants_it(tmp_path, capsys, monkeypatch):
    (tmp_path / "lab.yaml").write_text(BAD)
    assert "\x1b[" not in check(capsys, "lab.yaml")[1]
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    assert "\x1b[31m" in check(capsys, "lab.yaml")[1]
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in check(capsys, "lab.yaml")[1]


PARTS = {
    "conf/lab.yaml": "version: 1\ninclude: ['parts/*.yaml']\nproviders: {p: {kind: ollama, api_key: 'env:A_KEY'}}\n",
    "conf/parts/a.yaml": "models:\n  m: {deployments: [{provider: q, model: x}]}\n",
}


def write_parts(folder):
    for path, text in PARTS.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)


def test_annotations_are_put_on_the_file_that_is_included(tmp_path, capsys):
    write_parts(tmp_path)
    status, printed, _ = check(capsys, "--format", "github", "conf/lab.yaml")
    assert status == 1
    assert printed == (
        '::error file=conf/parts/a.yaml,line=2,col=32::models.m.deployments[0].provider: unknown provider "q"\n'
        "conf/lab.yaml: 1 error\n"
    )


def test_a_file_that_another_one_includes_is_no_config_by_itself(tmp_path, capsys):
    write_parts(tmp_path)
    status, printed, _ = check(capsys, "conf/parts/a.yaml")
    assert status == 1
    assert 'the key "version" is missing' in printed


def test_a_pipe_keeps_nobody_waiting(tmp_path, capsys):
    os.mkfifo(tmp_path / "lab.yaml")
    assert check(capsys, "lab.yaml") == (
        1,
        "lab.yaml:1:1: error: the file cannot be read: a pipe, not a file\nlab.yaml: 1 error\n",
        "",
    )
