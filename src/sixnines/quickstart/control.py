"""How another invocation talks to the quickstart that runs. `private_line.py` has the wire, here are the words.

The processes belong to the supervisor, which alone may signal them: a process id read from a file might be somebody
else's by now.
"""

import enum
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec

from sixnines.quickstart.private_line import LineServer, NoAnswer, State, ask_line
from sixnines.quickstart.trouble import QuickstartError

__all__ = ["Ask", "ControlServer", "EngineReport", "EngineState", "Report", "State", "Wish", "ask", "running"]

# Starting an engine again takes about a second; a slow disk may need many.
_ANSWER_S = 90.0
_STATE_FILE = "state.json"


class EngineState(enum.StrEnum):
    """What an engine is doing."""

    STARTING = "starting"
    READY = "ready"
    STOPPED = "stopped"
    FAILED = "failed"


class Wish(enum.StrEnum):
    """What can be asked of a running quickstart."""

    STATUS = "status"
    STOP = "stop"
    START = "start"


class Ask(msgspec.Struct, frozen=True):
    """One question. `engine` names the engine to stop or to start."""

    token: str
    wish: Wish
    engine: str | None = None


class EngineReport(msgspec.Struct, frozen=True):
    """One engine as it is now. `pid` is None while no process runs."""

    name: str
    url: str
    state: EngineState
    pid: int | None


class Report(msgspec.Struct, frozen=True):
    """The answer: how things are after the wish was granted, and why it was not where it was not."""

    url: str
    engines: tuple[EngineReport, ...]
    problem: str | None = None


class ControlServer(LineServer):
    """Answers questions while it is entered.

    Args:
        folder: where the state file goes.
        answer: grants a wish; told the wish and the engine's name.
    """

    def __init__(self, folder: Path, answer: Callable[[Wish, str | None], Awaitable[Report]]) -> None:
        async def read_and_answer(line: bytes) -> bytes:
            asked = msgspec.json.decode(line, type=Ask)
            return msgspec.json.encode(await answer(asked.wish, asked.engine))

        super().__init__(folder / _STATE_FILE, read_and_answer)


def ask(folder: Path, wish: Wish, engine: str | None = None) -> Report | None:
    """Ask the quickstart that keeps its files in `folder`.

    Returns:
        Its report, or None when none runs there.

    Raises:
        QuickstartError: it runs but did not answer.
    """
    try:
        answer = ask_line(
            folder / _STATE_FILE, lambda token: msgspec.json.encode(Ask(token, wish, engine)), answer_s=_ANSWER_S
        )
        # Somebody else listens there now, if what came back is no report.
        return None if answer is None else msgspec.json.decode(answer, type=Report)
    except NoAnswer as error:
        raise QuickstartError(f"the quickstart in {folder} did not answer within {_ANSWER_S:.0f} s") from error
    except msgspec.MsgspecError:
        return None


def running(state_home: Path) -> list[tuple[Path, Report]]:
    """Every quickstart of this user that runs, with how it is."""
    folders = sorted(file.parent for file in state_home.glob(f"quickstart-*/{_STATE_FILE}"))
    reports = [(folder, ask(folder, Wish.STATUS)) for folder in folders]
    return [(folder, report) for folder, report in reports if report is not None]
