"""The command line finds commands, suggests near ones, and shows one clear message instead of a traceback."""

import sys
from pathlib import Path

import pytest

import sixnines
from sixnines import __version__, compiled
from sixnines.cli.app import COMMANDS, CommandEntry, main

COMMAND_SOURCE = """
import typer
from sixnines.errors import ConfigError, UnavailableError

def command(*, fail: str = "", status: int = 0) -> int:
    '''Does what the options say.'''
    match fail:
        case "config":
            raise ConfigError("lab.yaml:3:1: unknown key")
        case "known":
            raise UnavailableError("cannot now")
        case "file":
            raise FileNotFoundError(2, "No such file or directory", "lab.yaml")
        case "bug":
            raise KeyError("planted")
        case "exit":
            raise typer.Exit(4)
        case "interrupt":
            raise KeyboardInterrupt
    return status
"""


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[CommandEntry, ...]:
    """One command that does what it is told, and one that must not be loaded."""
    (tmp_path / "planted_command.py").write_text(COMMAND_SOURCE)
    (tmp_path / "planted_never.py").write_text("raise AssertionError('loaded')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delenv("SIXNINES_DEBUG", raising=False)
    monkeypatch.delitem(sys.modules, "planted_command", raising=False)
    return (CommandEntry("act", "Act.", "planted_command"), CommandEntry("rest", "Rest.", "planted_never"))


def test_help_lists_every_command_and_loads_none(
    commands: tuple[CommandEntry, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--help"], commands=commands) == 0
    printed = capsys.readouterr().out
    assert "act   Act." in printed
    assert "rest  Rest." in printed
    assert "planted_command" not in sys.modules


def test_a_command_explains_itself(commands: tuple[CommandEntry, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["act", "--help"], commands=commands) == 0
    assert "Does what the options say." in capsys.readouterr().out


@pytest.mark.parametrize(("words", "status"), [([], 0), (["--status", "1"], 1), (["--fail", "exit"], 4)])
def test_the_commands_status_is_the_exit_status(
    commands: tuple[CommandEntry, ...], words: list[str], status: int
) -> None:
    assert main(["act", *words], commands=commands) == status


@pytest.mark.parametrize(
    ("fail", "message"),
    [
        ("config", "lab.yaml:3:1: unknown key\n"),
        ("known", "sixnines: cannot now\n"),
        ("file", "sixnines: [Errno 2] No such file or directory: 'lab.yaml'\n"),
    ],
)
def test_what_can_go_wrong_is_one_message(
    commands: tuple[CommandEntry, ...], capsys: pytest.CaptureFixture[str], fail: str, message: str
) -> None:
    assert main(["act", "--fail", fail], commands=commands) == 1
    assert capsys.readouterr().err == message


def test_a_bug_says_that_it_is_one_and_shows_no_traceback(
    commands: tuple[CommandEntry, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["act", "--fail", "bug"], commands=commands) == 1
    printed = capsys.readouterr().err
    assert "internal error: KeyError: 'planted'" in printed
    assert "Please report it" in printed
    assert "Traceback" not in printed


def test_a_bug_shows_where_it_is_to_who_asks(
    commands: tuple[CommandEntry, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIXNINES_DEBUG", "1")
    assert main(["act", "--fail", "bug"], commands=commands) == 1
    printed = capsys.readouterr().err
    assert "Traceback (most recent call last)" in printed
    assert 'raise KeyError("planted")' in printed


def test_an_interrupt_from_the_keyboard_has_its_usual_status(commands: tuple[CommandEntry, ...]) -> None:
    assert main(["act", "--fail", "interrupt"], commands=commands) == 130


@pytest.mark.parametrize("words", [["serv"], ["--serve"], ["act", "--stauts", "1"], ["act", "extra"], []])
def test_wrong_usage_is_2(commands: tuple[CommandEntry, ...], words: list[str]) -> None:
    assert main(words, commands=commands) == 2


def test_a_mistyped_command_gets_a_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["quikstart"]) == 2
    assert "Did you mean 'quickstart'?" in capsys.readouterr().err


def test_the_version_is_printed_and_whether_it_is_machine_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    form = "compiled" if compiled.is_used(sixnines.__path__) else "interpreted"
    assert capsys.readouterr().out == f"sixnines {__version__} ({form})\n"


@pytest.mark.parametrize("entry", COMMANDS, ids=lambda entry: entry.name)
def test_every_command_can_be_loaded_and_explains_itself(
    entry: CommandEntry, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([entry.name, "--help"]) == 0
    assert f"Usage: sixnines {entry.name}" in capsys.readouterr().out
