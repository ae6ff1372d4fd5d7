"""`sixnines mock`: run one stand-in engine until a signal stops it.

Prints one line of JSON when it listens, and nothing else: `{"kind", "port", "admin_port", "pid"}`.
"""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sixnines.testing.mock_engine import MockEngine


def command(
    *,
    kind: Annotated[
        str, typer.Option(help="openai, ollama, llamacpp, llamacpp-python, vllm or anthropic.", show_default=False)
    ],
    port: Annotated[int, typer.Option(help="Listen here; 0 takes a free port.", min=0, max=65535)] = 0,
    script: Annotated[
        Path | None,
        typer.Option(help="How to behave: YAML or JSON, `-` is standard input. Without it everybody is greeted."),
    ] = None,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    admin_port: Annotated[
        int | None,
        typer.Option(help="A second port that answers even while the script refuses connections.", min=0, max=65535),
    ] = None,
) -> int:
    """Run a stand-in engine that fails on demand.

    Look at it and change it while it runs: GET /__mock__, PUT /__mock__/script, POST /__mock__/reset,
    DELETE /__mock__/requests.
    """
    import uvloop

    from sixnines.testing.mock_engine import MockEngine
    from sixnines.testing.script import ScriptError, read_script

    try:
        text = "" if script is None else sys.stdin.read() if str(script) == "-" else script.read_text("utf-8")
        told = read_script(text, str(script or "script"))
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_run(MockEngine(kind, told, host=host, port=port, admin_port=admin_port)))
    except ScriptError as error:
        print(f"sixnines: {error}", file=sys.stderr)
        return 1
    return 0


async def _run(engine: "MockEngine") -> None:
    stopped = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, stopped.set)
    async with engine:
        ready = {"kind": engine.kind, "port": engine.port, "admin_port": engine.admin_port, "pid": os.getpid()}
        print(json.dumps(ready), flush=True)
        await stopped.wait()
