"""A program gets its secrets in its environment, and nobody else does."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sixnines.services.launch import fill
from sixnines.services.references import ReferenceMissing, read_environment_file, resolve

SHOW = "import json, os; print(json.dumps(dict(os.environ)))"


def launched(*words: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-m", "sixnines.services.launch", *words]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=30, check=False, env={**os.environ, **(environment or {})}
    )


def test_a_program_is_started_with_the_values_behind_its_references(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from-file\n")
    (tmp_path / "env").write_text("OTHERS=not-for-it\nHUGGING_FACE='from-env-file'\n")
    done = launched(
        *("--set", "HF_TOKEN=env:HUGGING_FACE", "--set", f"KEY=file:{tmp_path / 'key'}", "--set", "OWN=env:SHELL_KEY"),
        *("--environment-file", str(tmp_path / "env"), "--", sys.executable, "-c", SHOW),
        environment={"SHELL_KEY": "from-shell"},
    )
    seen = json.loads(done.stdout)
    assert (seen["HF_TOKEN"], seen["KEY"], seen["OWN"]) == ("from-env-file", "from-file", "from-shell")
    assert not {"OTHERS", "HUGGING_FACE", "SHELL_KEY"} & set(seen)


def test_it_becomes_the_program_and_leaves_nothing_of_itself() -> None:
    words = [
        sys.executable,
        "-P",
        "-m",
        "sixnines.services.launch",
        "--",
        sys.executable,
        "-c",
        "import os; print(os.getpid())",
    ]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        out, _ = process.communicate(timeout=30)
    assert int(out) == process.pid


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--set", "A=env:NOT_THERE", "--", "true"), "the environment variable NOT_THERE is not set"),
        (("--set", "A=file:/not/there", "--", "true"), "the file /not/there cannot be read: No such file or directory"),
        (("--", "/not/there"), "/not/there cannot be started: No such file or directory"),
    ],
)
def test_what_keeps_a_program_from_starting_is_said(words: tuple[str, ...], said: str) -> None:
    done = launched(*words)
    assert (done.returncode, said in done.stderr) == (78, True), done.stderr


def test_the_program_may_have_options_of_its_own() -> None:
    assert (
        launched("--", sys.executable, "-c", "import sys; print(sys.argv[1:])", "--set", "--", "x").stdout
        == "['--set', '--', 'x']\n"
    )


def test_a_variable_may_keep_its_name() -> None:
    environment = {"HF_TOKEN": "t"}
    fill(environment, ["HF_TOKEN=env:HF_TOKEN"], None)
    assert environment == {"HF_TOKEN": "t"}


def test_a_file_of_variables_is_read_as_systemd_reads_it(tmp_path: Path) -> None:
    file = tmp_path / "env"
    file.write_text("# a comment\n; another\n\nA=1\nB = two words \nC=\"quoted\"\nD='q'\nnonsense\nE=a=b\n=x\n")
    assert read_environment_file(file) == {"A": "1", "B": "two words", "C": "quoted", "D": "q", "E": "a=b"}
    assert read_environment_file(tmp_path / "none") == {}


def test_a_file_of_variables_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReferenceMissing, match="cannot be read: Is a directory"):
        read_environment_file(tmp_path)
    (tmp_path / "binary").write_bytes(b"\xff\xff")
    with pytest.raises(ReferenceMissing, match="not text"):
        read_environment_file(tmp_path / "binary")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\n", "is empty"),
        (b"\xff\xff", "cannot be read: not text"),
        (b"x" * 70_000, "holds no key"),
        (b"a\0b", "holds no key"),
    ],
)
def test_a_file_that_holds_no_key_is_refused_without_showing_it(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "key").write_bytes(content)
    with pytest.raises(ReferenceMissing, match=said) as caught:
        resolve(f"file:{tmp_path / 'key'}", {})
    assert "xxx" not in str(caught.value)


def test_an_empty_variable_is_no_secret() -> None:
    with pytest.raises(ReferenceMissing, match="EMPTY is empty"):
        resolve("env:EMPTY", {"EMPTY": ""})
