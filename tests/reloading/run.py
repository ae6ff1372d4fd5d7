"""One run: callers at a rate, some of them with streams, while the config is applied and rolled back again and again."""

import asyncio
import json
import signal
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from sixnines.control.events import Ending
from soak.gauges import IDLE_S, MIB, resident
from soak.wire import Answer, Habits, ask
from support.changing import apply, archive_of, roll_back
from support.gateway_process import GatewayProcess
from support.lab import Lab
from support.worker_processes import WorkerProcesses

STREAMS_PER_10 = 1
"""Of ten callers so many want a stream, which takes about a second: a change is never longer than the streams."""

EVERY_S = 0.2
"""A change, if it takes no longer: a stream lives through five of them."""

_FILLING = 100  # models that nobody asks for, so that there is something to read and to swap
_PATIENCE = Habits(patience_s=30.0)
_MARGIN = 12 * MIB  # what the allocator keeps of the busiest moment, measured; a leak of 50 configs would be more


@dataclass(slots=True)
class Report:
    """What came of it.

    Attributes:
        requests: that were sent.
        failed: the callers who did not get a whole answer, with what they got.
        changes: by how they ended.
        slowest_change_s: of all.
        made: the revisions that there were.
        by_revision: how many requests each revision has served, by the records.
        unknown: revisions in the records that there never were.
        before, after: bytes of memory of all processes of the gateway, idle, after a warm-up and at the end.
    """

    requests: int = 0
    failed: list[str] = field(default_factory=list)
    changes: Counter[str] = field(default_factory=Counter)
    slowest_change_s: float = 0.0
    made: set[int] = field(default_factory=set)
    by_revision: Counter[int] = field(default_factory=Counter)
    unknown: list[int] = field(default_factory=list)
    before: int = 0
    after: int = 0

    @property
    def wrong(self) -> list[str]:
        """What must not be."""
        found = [f"a request failed: {each}" for each in self.failed]
        found += [f"requests were served by revision {each}, which there never was" for each in self.unknown]
        found += [
            f"{count} changes were {ending}" for ending, count in self.changes.items() if ending != Ending.APPLIED
        ]
        if sum(self.by_revision.values()) != self.requests:
            found.append(f"{self.requests} requests and {sum(self.by_revision.values())} records")
        if self.after > self.before + _MARGIN:
            found.append(f"{(self.after - self.before) / MIB:.1f} MiB more are held than before")
        return found

    def __str__(self) -> str:
        """For people."""
        return (
            f"{self.requests} requests, {len(self.failed)} failed; {sum(self.changes.values())} changes "
            f"({', '.join(f'{count} {ending}' for ending, count in self.changes.items())}), the slowest took "
            f"{self.slowest_change_s:.2f} s; requests were served by {len(self.by_revision)} revisions; memory "
            f"{self.before / MIB:.1f} MiB before, {self.after / MIB:.1f} MiB after"
        )


def run(folder: Path, *, changes: int, rate: float, workers: int = 1) -> Report:
    """Run it."""
    report = Report()
    with Lab() as lab:
        engines = [
            lab.engine("openai", {"default": {"text": f"engine {each} here " * 5, "tokens_per_s": 25}}) for each in "ab"
        ]
        quick = [lab.engine("openai", {"default": {"text": each}}) for each in "ab"]
        configs = [_config(folder, quick[each].base_url, engines[each].base_url) for each in (0, 1)]
        gateway = GatewayProcess(folder, configs[0]) if workers == 1 else WorkerProcesses(folder, configs[0], workers)
        with gateway:
            _play(gateway, configs, Report(), changes=15, rate=rate)  # what is made once is made now
            report.before = _held(gateway)
            report.made.add(archive_of(gateway).head())
            warm = _records(folder)
            _play(gateway, configs, report, changes=changes, rate=rate)
            report.after = _held(gateway)
            gateway.signal(signal.SIGTERM)
            gateway.ended()
            report.by_revision = _records(folder) - warm
            report.unknown = sorted(set(report.by_revision) - report.made)
    return report


def _config(folder: Path, quick: str, paced: str) -> str:
    filling = "\n".join(f"  filling-{each}: {{deployments: [{{provider: q, model: up}}]}}" for each in range(_FILLING))
    return f"""
server: {{listen: "127.0.0.1:0", decision_log: {{path: "{folder}/decisions.jsonl"}}}}
providers:
  q: {{kind: openai-compatible, base_url: "{quick}"}}
  p: {{kind: openai-compatible, base_url: "{paced}"}}
models:
  whole: {{deployments: [{{provider: q, model: up}}]}}
  stream: {{deployments: [{{provider: p, model: up}}]}}
{filling}
"""


def _play(gateway, configs, report: Report, *, changes: int, rate: float) -> None:
    """Load, and changes until there have been enough."""
    over = threading.Event()
    port = int(gateway.url.rpartition(":")[2])
    load = threading.Thread(target=lambda: asyncio.run(_load(port, rate, over, report)))
    load.start()
    try:
        for number in range(changes):
            began = time.monotonic()
            # Apply, apply, roll back, apply: neither of the two always leads to the same config.
            ended = (
                roll_back(gateway) if number % 3 == 2 else apply(gateway, configs[(number + 1) % 2] + f"# {number}\n")
            )
            report.changes[ended.ending] += 1
            report.made.add(ended.revision)
            took_s = time.monotonic() - began
            report.slowest_change_s = max(report.slowest_change_s, took_s)
            time.sleep(max(0.0, EVERY_S - took_s))
    finally:
        over.set()
        load.join()


async def _load(port: int, rate: float, over: threading.Event, report: Report) -> None:
    """Callers, evenly, until it is over and the last has his answer."""
    loop = asyncio.get_running_loop()
    under_way: set[asyncio.Task[None]] = set()
    began, number = loop.time(), 0
    while not over.is_set():
        number += 1
        await asyncio.sleep(began + number / rate - loop.time())
        task = asyncio.create_task(_call(port, number % 10 < STREAMS_PER_10, report))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
    while under_way:
        await asyncio.wait(under_way)


async def _call(port: int, streamed: bool, report: Report) -> None:
    report.requests += 1
    model = "stream" if streamed else "whole"
    body = json.dumps({"model": model, "stream": streamed, "messages": [{"role": "user", "content": "Hi."}]}).encode()
    head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    answer = await ask(port, head.encode() + body, _PATIENCE)
    if fault := _fault(answer, streamed=streamed):
        report.failed.append(f"{fault}: status {answer.status}, {bytes(answer.body[-200:])!r}")


def _fault(answer: Answer, *, streamed: bool) -> str:
    if answer.trouble:
        return answer.trouble
    if answer.status != 200 or not answer.whole:
        return "no whole answer"
    if streamed and (b'"error"' in answer.body or not answer.body.endswith(b"data: [DONE]\n\n")):
        return "the stream is broken"
    return ""


def _records(folder: Path) -> Counter[int]:
    """How many requests each revision has served."""
    log = folder / "decisions.jsonl"
    lines = log.read_text().splitlines() if log.exists() else []
    return Counter(json.loads(line).get("revision", 0) for line in lines)


def _held(gateway) -> int:
    """Bytes of memory, once the connections of the load are closed."""
    time.sleep(IDLE_S + 1)
    pids = [gateway.process.pid, *(gateway.pids() if isinstance(gateway, WorkerProcesses) else ())]
    return sum(resident(pid) for pid in pids)
