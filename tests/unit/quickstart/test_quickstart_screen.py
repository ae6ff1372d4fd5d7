"""What a person is told to type works when it is typed."""

import ast
import io
import json
import shlex
from pathlib import Path

import pytest
from rich.console import Console

from sixnines.quickstart.layout import Layout
from sixnines.quickstart.screen import Screen, what_to_try

LAYOUT = Layout(Path("/state/quickstart-4100"), 4100, {"a": 5001, "b": 5002}, Path("/model.gguf"))


@pytest.fixture
def page() -> str:
    return what_to_try(LAYOUT, ".venv/bin/sixnines")


def commands(page: str) -> list[list[str]]:
    return [shlex.split(line) for line in page.splitlines() if line.lstrip().startswith("curl ")]


def test_the_curl_lines_are_whole_requests_to_the_gateway(page: str) -> None:
    plain, stream = commands(page)
    for words in (plain, stream):
        assert "http://127.0.0.1:4100/v1/chat/completions" in words
        assert json.loads(words[-1])["model"] == "smollm2"
    assert "stream" not in json.loads(plain[-1])
    assert json.loads(stream[-1])["stream"] is True
    assert "-iN" in stream


def test_the_python_lines_are_python(page: str) -> None:
    lines = page.split("From Python (pip install openai):\n")[1].split("\n\n", maxsplit=1)[0].splitlines()
    tree = ast.parse("\n".join(line.removeprefix("  ") for line in lines))
    assert 'base_url="http://127.0.0.1:4100/v1"' in page
    assert [type(node).__name__ for node in tree.body] == ["ImportFrom", "Assign", "Assign", "Expr"]


def test_the_page_says_where_everything_is_and_how_to_stop_an_engine(page: str) -> None:
    assert "http://127.0.0.1:5001" in page
    assert "/state/quickstart-4100" in page
    assert "  .venv/bin/sixnines quickstart --stop-engine a --port 4100\n" in page


def test_the_usual_port_need_not_be_said() -> None:
    usual = Layout(Path("/state/quickstart-4000"), 4000, {"a": 5001, "b": 5002}, Path("/model.gguf"))
    assert "  sixnines quickstart --stop-engine a\n" in what_to_try(usual, "sixnines")


def test_a_command_is_never_wrapped_or_restyled_however_narrow_the_terminal() -> None:
    output = io.StringIO()
    screen = Screen(Console(file=output, width=20, force_terminal=True), "sixnines")
    screen.ready(LAYOUT)
    assert output.getvalue() == what_to_try(LAYOUT, "sixnines") + "\n"


def test_the_bar_is_gone_and_the_cursor_is_back_when_starting_fails() -> None:
    output = io.StringIO()
    screen = Screen(Console(file=output, force_terminal=True), "sixnines")

    def fail() -> None:
        with screen.progress(3) as done:
            done("engine a")
            raise ValueError

    with pytest.raises(ValueError):
        fail()
    hidden, shown = output.getvalue().rfind("\x1b[?25l"), output.getvalue().rfind("\x1b[?25h")
    assert -1 < hidden < shown
