"""`sixnines quickstart` takes its options apart, and says clearly what it cannot do."""

from pathlib import Path

import msgspec
import pytest

from sixnines.cli.app import main
from sixnines.quickstart import installed, survey
from sixnines.quickstart.control import State
from sixnines.quickstart.ports import free_ports


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def run(*words: str) -> int:
    return main(["quickstart", *words])


@pytest.mark.parametrize(
    "words",
    [
        ("--status", "--detect"),
        ("--stop-engine", "a", "--start-engine", "a"),
        ("--force",),
        ("--port", "0"),
        ("--port", "65536"),
        ("--port", "http"),
    ],
)
def test_options_that_do_not_go_together_are_wrong_usage(words: tuple[str, ...]) -> None:
    assert run(*words) == 2


@pytest.mark.parametrize("words", [("--status",), ("--stop-engine", "a"), ("--start-engine", "a")])
def test_there_is_nothing_to_talk_to_when_none_runs(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*words) == 1
    assert "no quickstart runs; start one with `" in capsys.readouterr().err


def test_the_port_that_was_meant_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--status", "--port", "4999") == 1
    assert "no quickstart runs on port 4999" in capsys.readouterr().err


def test_a_state_file_without_its_quickstart_does_no_harm(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "state" / "sixnines" / "quickstart-4000"
    folder.mkdir(parents=True)
    (folder / "state.json").write_bytes(msgspec.json.encode(State(free_ports(1)[0], "t")))
    assert run("--stop-engine", "a") == 1
    assert "no quickstart runs" in capsys.readouterr().err


def test_a_missing_engine_is_said_before_anything_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(installed, "ENGINE_PACKAGE", "no_such_package")
    assert run() == 1
    assert "pip install" in capsys.readouterr().err
    assert not (tmp_path / "state").exists()


def test_nothing_found_says_where_it_looked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    port = free_ports(1)[0]
    monkeypatch.setattr(survey, "USUAL_PORTS", ((port, "vLLM"),))
    assert run("--detect") == 1
    assert f"Looked on 127.0.0.1 for vLLM on {port}." in capsys.readouterr().err
    assert not (tmp_path / "sixnines.yaml").exists()
