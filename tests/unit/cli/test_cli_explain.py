"""`sixnines explain` as a person and a pipeline use it."""

import io
import json
import os
import resource
import subprocess
import sys

import pytest

from sixnines.cli.app import main
from support.explaining import LAB


@pytest.fixture(autouse=True)
def _own_directory(tmp_path, monkeypatch):
    """A config in the working directory, and nothing of the machine's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    (tmp_path / "lab.yaml").write_text(LAB)


def explain(capsys, *words, config="lab.yaml"):
    """The exit status, and what was printed on either stream."""
    status = main(["explain", *([config] if config else []), *words])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def test_it_says_who_is_asked_and_why(capsys):
    status, printed, complaint = explain(
        capsys, "--model", "both", "--assume", "ollama=down", "--header", "x-sixnines-deny=cloud"
    )
    assert (status, complaint) == (0, "")
    assert printed == (
        "both: the route both, by its name\n"
        "request  chat, tokens floor 4, prompt tokens 6, asking tokens 2, turns 1, output text, routine 1, language other,"
        " answer tokens 500, complexity simple\n"
        "headers  deny cloud\n"
        "assumed  ollama down\n"
        "\n"
        "asked, in this order\n"
        "      deployment  first  model\n"
        "  1.  native/s    100 %  small  local, window 4,096, free\n"
        "  2.  ollama/s           small  local, window 4,096, free  last resort (down: assumed)\n"
        "\n"
        "not asked\n"
        "  cloud/l  the caller does not want it\n"
        "\n"
        "decided\n"
        "  route both, round_robin: small 100 %\n"
    )


def test_what_depends_on_load_says_so(capsys):
    printed = explain(capsys, "--model", "busy", "--assume", "ollama=saturated")[1]
    assert "route busy, least_busy: large, small (shares depend on what else goes on)\n" in printed
    assert "1.  cloud/l     depends  large  premium, window 100,000, $0.001006\n" in printed
    assert "after those with room (saturated: 4 of 5 in flight, assumed)\n" in printed


def test_where_nobody_is_asked_the_answer_is_shown_and_the_status_is_1(capsys):
    status, printed, _ = explain(capsys, "--model", "large", "--header", "x-sixnines-local-only=true")
    assert status == 1
    assert (
        "nobody is asked: 503 no_local_provider\n"
        "  No local provider can answer now, and this request may not leave the host.\n"
        "\n"
        "not asked\n"
        "  cloud/l  the data may not leave the host\n"
    ) in printed


def test_json_is_for_programs(capsys):
    status, printed, _ = explain(capsys, "--model", "gpt-5", "--format", "json")
    told = json.loads(printed)
    assert status == 0
    assert told["resolved"] == {"name": "both", "kind": "route", "how": "pattern", "pattern": "gpt-.*"}
    assert [each["deployment"] for each in told["candidates"]] == ["ollama/s", "native/s", "cloud/l"]


def test_a_request_is_read_from_a_file_or_from_standard_input(tmp_path, capsys, monkeypatch):
    body = json.dumps({"model": "other", "input": ["x"]})
    (tmp_path / "request.json").write_text(body)
    from_file = explain(capsys, "--model", "small", "--request", "request.json")
    assert from_file[0] == 0
    assert "request  embedding, prompt tokens 1, " in from_file[1]
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(body.encode())))
    assert explain(capsys, "--model", "small", "--request", "-") == from_file


def test_without_a_config_the_usual_places_are_tried(tmp_path, capsys):
    status, _, complaint = explain(capsys, "--model", "small", config=None)
    assert status == 2
    assert complaint == (
        f"sixnines explain: no config at sixnines.yaml or {tmp_path}/home/sixnines/sixnines.yaml; "
        "name one: sixnines explain FILE --model NAME\n"
    )
    (tmp_path / "sixnines.yaml").write_text(LAB)
    assert explain(capsys, "--model", "small", config=None)[0] == 0


@pytest.mark.parametrize(
    "words",
    [
        [], ["--model"], ["--model", "small", "--format", "xml"], ["--model", "small", "--request", "nowhere.json"],
        ["--model", "small", "--request", "."], ["--model", "small", "--header", "x-sixnines-deny"],
        ["--model", "small", "--header", "=x"], ["--model", "small", "--assume", "ollama"],
        ["--model", "small", "--assume", "olama=down"], ["--model", "small", "--assume", "ollama=dead"],
        ["--model", "small", "--header", "x-other=1"], ["--model", "small", "more.yaml"],
    ],
)  # fmt: skip
def test_wrong_usage_is_told_from_what_is_wrong_with_the_request(capsys, words):
    status, printed, complaint = explain(capsys, *words)
    assert (status, printed) == (2, "")
    assert complaint


def test_an_unknown_provider_is_told_with_those_that_there_are(capsys):
    complaint = explain(capsys, "--model", "small", "--assume", "olama=down")[2]
    assert complaint == "sixnines explain: There is no provider `olama`; there are: ollama, native, cloud.\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--model", "smal"], "The model `smal` does not exist. Did you mean `small`? GET /v1/models lists all."),
        (
            ["--model", "small", "--header", "x-sixnines-quality=best"],
            "The header x-sixnines-quality must be draft, standard or high.",
        ),
        (
            ["--model", "small", "--request", "lab.yaml"],
            "We could not parse the JSON body of your request: JSON is malformed: invalid character (byte 0).",
        ),
    ],
)
def test_what_a_caller_would_be_refused_for_is_said_in_the_same_words(capsys, words, said):
    assert explain(capsys, *words) == (1, "", f"sixnines: {said}\n")


def test_a_config_with_errors_is_reported(tmp_path, capsys):
    (tmp_path / "bad.yaml").write_text(LAB.replace("provider: cloud", "provider: clod"))
    status, printed, complaint = explain(capsys, "--model", "small", config="bad.yaml")
    assert (status, printed) == (1, "")
    assert 'unknown provider "clod"' in complaint


def test_nothing_that_the_config_names_need_be_there(tmp_path, capsys):
    text = LAB.replace('api_key: "env:NOT_SET"', 'api_key: "file:gone", tls: {ca_file: gone.pem}')
    (tmp_path / "lab.yaml").write_text("server: {decision_log: {path: gone/log}}\n" + text)
    assert explain(capsys, "--model", "small")[0] == 0


@pytest.mark.slow
def test_it_answers_in_well_under_a_second(tmp_path):
    """Processor time, which is that on the clock where nobody else uses the machine: it waits for nothing.

    With the bytecode cached, as at every start but the first.
    """
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(tmp_path / "bytecode")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, "-m", "sixnines", "explain", "lab.yaml", "--model", "both"]
    spent = []
    for _ in range(6):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, capture_output=True, env=environment)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(spent[1:]) < 0.7
