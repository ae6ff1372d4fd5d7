"""Diagnostics as text, JSON and GitHub annotations; lines of the file with nothing secret in them."""

import json

import pytest

from sixnines.config.diagnostics import Diagnostic, Severity, nearest, quoted, spell
from sixnines.config.redact import Redacted
from sixnines.config.report import count, in_order, render_github, render_json, render_text, split_lines

ERROR = Diagnostic(
    Severity.ERROR, "lab.yaml", 2, 12, "models.chat", 'unknown provider "olama"', 'did you mean "ollama"?'
)
WARNING = Diagnostic(Severity.WARNING, "lab.yaml", 1, 1, "", "no model is declared")
LINES = {"lab.yaml": ["version: 1", "  provider: olama  # typo"]}


def test_a_diagnostic_reads_as_compilers_write_it():
    assert ERROR.render() == 'lab.yaml:2:12: error: models.chat: unknown provider "olama"; did you mean "ollama"?'
    assert WARNING.render() == "lab.yaml:1:1: warning: no model is declared"


def test_the_place_is_shown_under_the_message():
    assert render_text([ERROR], LINES) == (
        'lab.yaml:2:12: error: models.chat: unknown provider "olama"; did you mean "ollama"?\n'
        "    2 |   provider: olama\n"
        "      |            ^\n"
    )


def test_colour_is_added_around_the_same_text():
    coloured = render_text([ERROR, WARNING], LINES, colour=True)
    assert "\x1b[31m" in coloured
    assert "\x1b[33m" in coloured
    for code in ("\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[33m"):
        coloured = coloured.replace(code, "")
    assert coloured == render_text([ERROR, WARNING], LINES)


def test_the_caret_stands_under_the_character_on_a_terminal():
    at_the_colon = Diagnostic(Severity.ERROR, "x", 1, 5, "", "m")
    assert render_text([at_the_colon], {"x": ['"模型": {}']}).splitlines()[2] == "      |       ^"


def test_a_line_that_is_not_there_is_left_out():
    assert render_text([ERROR], {}) == ERROR.render() + "\n"
    assert render_text([ERROR], {"lab.yaml": []}) == ERROR.render() + "\n"


def test_json_is_a_list_of_what_is_known():
    assert json.loads(render_json([ERROR])) == [
        {
            "severity": "error",
            "file": "lab.yaml",
            "line": 2,
            "column": 12,
            "path": "models.chat",
            "message": 'unknown provider "olama"',
            "hint": 'did you mean "ollama"?',
        }
    ]


def test_an_annotation_cannot_be_broken_out_of():
    odd = Diagnostic(Severity.ERROR, "a,b:c%.yaml", 3, 4, "x", "100%\n::stop-commands::t", None)
    assert render_github([odd]) == "::error file=a%2Cb%3Ac%25.yaml,line=3,col=4::x: 100%25%0A::stop-commands::t\n"


def test_order_is_by_place_and_each_is_told_once():
    assert in_order([ERROR, WARNING, ERROR]) == (WARNING, ERROR)


@pytest.mark.parametrize(
    ("diagnostics", "text"), [([], ""), ([WARNING], "1 warning"), ([ERROR, ERROR, WARNING], "2 errors, 1 warning")]
)
def test_they_are_counted(diagnostics, text):
    assert count(diagnostics) == text


def test_lines_end_where_yaml_ends_them():
    assert split_lines("a\r\nb\rc\nd\x85e\u2028f\x0cg\n") == ["a", "b", "c", "d\x85e\u2028f\x0cg", ""]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("  listen: 127.0.0.1:4000  # was hunter2", "  listen: 127.0.0.1:4000"),
        ("api_key: hunter2", "api_key: ***"),
        ("api_key: env:NAME", "api_key: env:NAME"),
        ("api_key: env:hunter-2", "api_key: ***"),
        ("api_keys: ['env:A', \"file:/run/b\"]", "api_keys: ['env:A', \"file:/run/b\"]"),
        ("api_keys: ['env:A', hunter2]", "api_keys: ***"),
        ("admin_key: null", "admin_key: null"),
        ("p: {kind: vllm, api_key: 'hunter2', domain: x}", "p: {kind: vllm, api_key: ***"),
        ("p: {kind: vllm, misspelt: hunter2}", "p: {kind: vllm, misspelt: ***"),
        ('"a:b": {kind: vllm}', '"a:b": {kind: vllm}'),
        ("llama3.1:latest: {tier: local}", "llama3.1:latest: {tier: local}"),
        ("base_url: http://user:hunter2@host/", "base_url: http://*************host/"),
        ("model: sk-proj-0123456789abcdef", "model: ************************"),
        ("hunter2", "***"),
    ],
)
def test_a_line_is_shown_without_what_may_be_secret(text, shown):
    assert Redacted([text]).line(0) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("api_keys:\n  - hunter2", "  ***"),
        ("api_keys:\n- hunter2", "***"),
        ("admin_key:\n\n  # c\n  hunter2", "  ***"),
        ("fallbacks:\n  - chat", "  - chat"),
        ("fallbacks:\n- chat", "- chat"),
        ("models:\n  chat:\n    fallbacks:\n    - a\n    - b", "    - b"),
        ("api_keys: [\n  hunter2,\n  hunter2]", "  ***"),
    ],
)
def test_a_line_without_a_key_belongs_to_the_key_above(text, shown):
    lines = text.split("\n")
    assert Redacted(lines).line(len(lines) - 1) == shown


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("models", "chat", "deployments", 1, "provider"), "models.chat.deployments[1].provider"),
        (("models", "llama3.1:latest"), 'models."llama3.1:latest"'),
        (("my key",), '"my key"'),
        (("providers", "sk-proj-0123456789abcdef"), 'providers."***"'),
        ((), ""),
    ],
)
def test_a_path_is_spelled(path, text):
    assert spell(path) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a", '"a"'),
        ('say "x"\n', '"say \\"x\\"\\n"'),
        ("\x1b[2J\u202e", '"\\u001b[2J\\u202e"'),
        ("x" * 61, f'"{"x" * 60}…"'),
        ("sk-ant-0123456789abcdef", '"***"'),
        ("skylark-pro-32k-and-longer", '"skylark-pro-32k-and-longer"'),
    ],
)
def test_text_is_quoted_so_that_it_does_no_harm(text, shown):
    assert quoted(text) == shown


def test_the_nearest_name_is_suggested_if_one_is_near():
    assert nearest("olama", ["vllm", "ollama"]) == 'did you mean "ollama"?'
    assert nearest("zzz", ["vllm", "ollama"]) is None
    assert nearest("o" * 1000, ["o" * 999]) is None


def test_of_a_very_long_line_the_beginning_is_shown():
    line = "models: {" + "m: {tier: local}, " * 100_000
    assert line.startswith(Redacted([line]).line(0))
    assert len(Redacted([line]).line(0)) > 160


def test_what_follows_a_very_long_line_belongs_to_nobody_known():
    lines = ["fallbacks: [" + "a, " * 1000 + "{api_key:", "  hunter2}"]
    assert Redacted(lines).line(1) == "  ***"


def test_lines_are_shown_the_same_in_whatever_order_they_are_asked_for():
    lines = [
        "models:",
        "  chat:",
        "    fallbacks:",
        "      - a",
        "    api_key:",
        "      - hunter2",
        "  code:",
        "    - b",
        "- c",
    ]
    there, back = Redacted(lines), Redacted(lines)
    shown = [there.line(index) for index in range(len(lines))]
    assert [back.line(index) for index in reversed(range(len(lines)))] == shown[::-1]
    assert "hunter2" not in "".join(shown)
    assert shown[3] == "      - a"


def test_diagnostics_of_several_files_come_file_by_file():
    one = Diagnostic(Severity.ERROR, "b.yaml", 1, 1, "", "m")
    two = Diagnostic(Severity.ERROR, "a.yaml", 9, 1, "", "m")
    assert in_order([two, one], ["b.yaml", "a.yaml"]) == (one, two)
    shown = render_text([one, two], {"b.yaml": ["models:"], "a.yaml": [""] * 8 + ["routes:"]})
    assert "    1 | models:\n" in shown
    assert "    9 | routes:\n" in shown
