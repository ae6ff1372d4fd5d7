"""Starts the stand-in engines of a stage, each pinned to the core of the load.

For whole answers an engine is nginx, which answers from its config faster than any gateway can ask. For streams it is
`streaming.py`.
"""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import nginx_config
from payloads import LISTING, SMALL, Payload
from processes import free_port
from systems.interface import Upstream

Answers = Literal["whole", "ollama", "failing", "stream"]
"""What an engine does: answers at once in OpenAI's or Ollama's format, fails every chat, or streams."""

_STREAMING = Path(__file__).with_name("streaming.py")


@dataclass(frozen=True, slots=True)
class Engine:
    """A stand-in that a stage needs.

    Attributes:
        name: in configs.
        answers: what it does.
        payload: what it answers with; the one for streams hears that from each request.
        pace: chunks a second of each stream; 0: at full speed.
        blocks: a stream at full speed is written at once, not chunk by chunk.
    """

    name: str
    answers: Answers = "whole"
    payload: Payload = SMALL
    pace: float = 0.0
    blocks: bool = False


def start_engine(engine: Engine, folder: Path, start: Callable[[tuple[str, ...], str, int], object]) -> Upstream:
    """Start `engine` with its files in `folder`; `start` runs a command, keeps a log by a name and waits for a port."""
    port = free_port()
    if engine.answers == "stream":
        options = ("--port", str(port), "--pace", str(engine.pace), *(("--blocks",) if engine.blocks else ()))
        command: tuple[str, ...] = (sys.executable, str(_STREAMING), *options)
    else:
        path = folder / f"{engine.name}.conf"
        path.write_text(_config(engine, folder, port))
        command = ("nginx", "-p", str(folder), "-c", str(path))
    start(command, engine.name, port)
    return Upstream(engine.name, port, "ollama" if engine.answers == "ollama" else "openai")


def _config(engine: Engine, folder: Path, port: int) -> str:
    payload = engine.payload
    body = payload.ollama_answer() if engine.answers == "ollama" else payload.whole_answer()
    refusing = "/v1/chat/completions" if engine.answers == "failing" else ""
    before, locations = nginx_config.answering(body, LISTING, refusing=refusing)
    return nginx_config.config(folder, engine.name, port, locations=locations, before=before, as_root=os.geteuid() == 0)
