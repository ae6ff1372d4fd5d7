"""`sixnines quickstart`: two real engines and the gateway, or a config for the engines that run already."""

import os
import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from sixnines.quickstart.control import EngineState, Report, Wish, ask, running
from sixnines.quickstart.layout import DEFAULT_PORT, folder_of
from sixnines.quickstart.trouble import QuickstartError
from sixnines.settings import process_settings

_STATE_WORDS = {
    EngineState.STARTING: "starting",
    EngineState.READY: "answers",
    EngineState.STOPPED: "stopped",
    EngineState.FAILED: "ended by itself",
}


def command(
    *,
    port: Annotated[
        int | None, typer.Option(help=f"Where the gateway listens; {DEFAULT_PORT} if not given.", min=1, max=65535)
    ] = None,
    stop_engine: Annotated[str | None, typer.Option(metavar="NAME", help="Stop one engine of the running one.")] = None,
    start_engine: Annotated[str | None, typer.Option(metavar="NAME", help="Start it again.")] = None,
    status: Annotated[bool, typer.Option("--status", help="Say what runs.")] = False,
    detect: Annotated[
        bool, typer.Option("--detect", help="Write sixnines.yaml for the engines that run on this machine.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="With --detect: overwrite sixnines.yaml.")] = False,
) -> int:
    """Start two real llama.cpp servers with a small model, and the gateway in front of them.

    Nothing needs to be configured. Ctrl-C stops everything.
    """
    chosen = [stop_engine is not None, start_engine is not None, status, detect]
    if sum(chosen) > 1:
        raise typer.BadParameter("give one of --stop-engine, --start-engine, --status and --detect")
    if force and not detect:
        raise typer.BadParameter("--force goes with --detect")
    try:
        if detect:
            return _detect(force=force)
        if stop_engine is not None:
            return _wish(port, Wish.STOP, stop_engine)
        if start_engine is not None:
            return _wish(port, Wish.START, start_engine)
        if status:
            return _wish(port, Wish.STATUS)
        return _start(port or DEFAULT_PORT)
    except QuickstartError as error:
        print(f"sixnines: {error}", file=sys.stderr)
        return 1


def _start(port: int) -> int:
    from rich.console import Console

    from sixnines.quickstart.screen import Screen
    from sixnines.quickstart.start import start

    start(process_settings().state_home, port, Screen(Console(), _program()))
    return 0


def _wish(port: int | None, wish: Wish, engine: str | None = None) -> int:
    """Ask the quickstart that runs. Returns the exit status."""
    folder = _find(port)
    report = ask(folder, wish, engine)
    if report is None:
        raise QuickstartError("the quickstart ended before it answered")
    _show(report)
    if report.problem is not None:
        raise QuickstartError(report.problem)
    return 0


def _find(port: int | None) -> Path:
    """The folder of the quickstart that is meant.

    Raises:
        QuickstartError: none runs, or several do and `port` does not say which.
    """
    home = process_settings().state_home
    found = running(home)
    if port is not None:
        found = [(folder, report) for folder, report in found if folder == folder_of(home, port)]
    if not found:
        where = "" if port is None else f" on port {port}"
        raise QuickstartError(f"no quickstart runs{where}; start one with `{_program()} quickstart`")
    if len(found) > 1:
        urls = ", ".join(report.url for _, report in found)
        raise QuickstartError(f"several quickstarts run ({urls}); say which with --port")
    return found[0][0]


def _show(report: Report) -> None:
    print(f"gateway   {report.url}")
    for engine in report.engines:
        process = "" if engine.pid is None else f", process {engine.pid}"
        print(f"engine {engine.name}  {engine.url}  {_STATE_WORDS[engine.state]}{process}")


def _detect(*, force: bool) -> int:
    """Write a config for what runs. Returns the exit status."""
    from sixnines.quickstart.survey import CONFIG_NAME, USUAL_PORTS, look, write_config

    survey = look([port for port, _ in USUAL_PORTS])
    for engine in survey.engines:
        print(f"port {engine.port}: {engine.kind} with {', '.join(engine.models)}")
    for other in survey.unusable:
        print(f"port {other.port}: left out: {other.reason}")
    if not survey.engines:
        usual = ", ".join(f"{name} on {port}" for port, name in USUAL_PORTS)
        raise QuickstartError(f"found no engine to write a config for. Looked on 127.0.0.1 for {usual}.")
    write_config(survey.engines, Path(CONFIG_NAME), force=force)
    print(f"wrote {CONFIG_NAME}; start the gateway with: {_program()} serve")
    return 0


def _program() -> str:
    """How this program was called, as somebody would type it again."""
    here = Path(sys.executable).with_name("sixnines")
    if not here.exists():
        return f"{_short(Path(sys.executable))} -m sixnines"
    found = shutil.which(here.name)
    return here.name if found is not None and here.samefile(found) else _short(here)


def _short(path: Path) -> str:
    """Relative to here where that is shorter."""
    relative = os.path.relpath(path)
    return min(str(path), relative, key=len)
