"""Plays the cases of `guarding/cases.py` to a gateway in this process, a fixed number of times, each between two marks.

Then the same requests once more without the gateway, straight to the engines: what that costs is the bench's own.
"""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from guarding.calibration import work
from guarding.cases import CASES, COLLECTOR, Case, caller_request, config
from guarding.figures import ALONE, CALIBRATION
from guarding.marks import Marks
from guarding.wire import Callers, EngineServer, WireError
from sixnines.bootstrap import build
from sixnines.config.compile import compile_snapshot
from sixnines.config.document import Model
from sixnines.config.load import Loaded, read_config
from sixnines.config.snapshot import Snapshot
from sixnines.registry import CATALOG
from sixnines.server import observing
from sixnines.telemetry import log_output, otlp

_NEVER_S = 600.0
CALLERS = 8
"""Who ask for whole answers at the same moment; a stream has one."""
WARM_ROUNDS = 16
"""Before the count: Python's interpreter adapts itself to what it runs (PEP 659), and pools fill. A multiple of 8, as
the other one: of 64 requests at once is told (`server/observing.py`)."""
ROUNDS = 24
WARM_STREAMS, STREAMS = 1, 3
WARM_WORK, WORK = 50, 400


def calibrate(marks: Marks) -> None:
    """Count the work that interpreters are compared by."""
    work(WARM_WORK)
    marks.skip()
    work(WORK)
    marks.end(CALIBRATION, WORK)


async def play(folder: Path, names: Sequence[str], marks: Marks) -> None:
    """Play the cases `names`, their files in `folder`."""
    chosen = [case for case in CASES if case.name in names]
    for kind in dict.fromkeys((case.models, case.told) for case in chosen):
        await _play_behind_one([case for case in chosen if (case.models, case.told) == kind], folder, marks)


async def _play_behind_one(cases: Sequence[Case], folder: Path, marks: Marks) -> None:
    """Cases that want the same of a gateway share it."""
    loop = asyncio.get_running_loop()
    engines = {engine.name: EngineServer(engine, loop) for case in cases for engine in case.engines}
    file = folder / "sixnines.yaml"
    told, collector = cases[0].told, EngineServer(COLLECTOR, loop)
    collector.expect_any()
    if told:
        # What threads do comes when the clock says so, and would be counted; the rest of it happens as in use.
        log_output._EVERY_S = otlp._EVERY_S = observing._EVERY_S = _NEVER_S  # noqa: SLF001
        log_output.install(fd=os.open(folder / "log", os.O_WRONLY | os.O_CREAT))
    ports = {name: engine.port for name, engine in engines.items()}
    file.write_text(config(cases, ports, collector.port if told else 0))
    gateway = build(_snapshot(read_config(file, {}, CATALOG), cases[0].models, folder))
    ((_, port),) = await gateway.start()
    for case in cases:
        asked = [engines[engine.name] for engine in case.engines]
        for engine in asked:
            engine.expect_any()
        answer = await _ask(case, asked[-1], marks, port=port, request=caller_request(case), name=case.name)
        if not answer.startswith(b"HTTP/1.1 200 ") or case.said not in answer:
            raise WireError(f"{case.name}: not the right answer: {answer[:2000]!r}")
        for engine in asked:
            await _ask(case, asked[-1], marks, port=engine.port, request=engine.request, name=case.name + ALONE)
    await gateway.stop()
    for engine in (*engines.values(), collector):
        engine.close()


async def _ask(case: Case, engine: EngineServer, marks: Marks, *, port: int, request: bytes, name: str) -> bytes:
    """Ask `port` as often as is counted; one of the answers."""
    count, warm, times = (1, WARM_STREAMS, STREAMS) if case.parts > 1 else (CALLERS, WARM_ROUNDS, ROUNDS)
    callers = Callers(port, count, engine if case.parts > 1 else None)
    answer = await callers.learn(request)
    await callers.ask(request, times=warm)
    marks.skip()
    await callers.ask(request, times=times)
    marks.end(name, count * times * case.parts)
    callers.close()
    return answer


def _snapshot(loaded: Loaded, models: int, folder: Path) -> Snapshot:
    """With so many models: the first again and again under other names, because to read them takes minutes here."""
    if loaded.snapshot is None or loaded.document is None:
        raise SystemExit(loaded.report())
    if models == 1:
        return loaded.snapshot
    document = loaded.document
    first = next(iter(document.models.values()))
    more = {f"model-{number}": _renamed(first, number) for number in range(models - len(document.models))}
    document = msgspec.structs.replace(document, models={**document.models, **more})
    result = compile_snapshot(document, CATALOG, secrets={}, digest="", directory=folder)
    if not isinstance(result, Snapshot):
        raise SystemExit(str(result))
    return result


def _renamed(model: Model, number: int) -> Model:
    """The same with deployments of its own."""
    deployments = [msgspec.structs.replace(each, model=f"{each.model}-{number}") for each in model.deployments]
    return msgspec.structs.replace(model, deployments=tuple(deployments))
