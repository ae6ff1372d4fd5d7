"""Many streams at once: is every chunk there and in order, what does a stream cost in memory and in time?

Run: `python bench/streams.py [--streams 2000] [--tokens 40] [--tokens-per-s 2.5]`. Two stand-in engines (`sixnines
mock`) number their chunks. All streams are opened at once. Beside them a few go straight to the engines, under the same
load, and while all are open, short requests alternate between the two ways: the difference is what the gateway adds.
Exits with 1 if a chunk was lost or out of order anywhere, or if the streams were not all open at once.
"""

import argparse
import asyncio
import contextlib
import json
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import machine
import uvloop
from processes import BenchError, end_on_signals, exchange, free_port, running, sixnines, until
from report import percentile, table
from stream_client import Group, Stream, open_stream

from sixnines.testing.mock_process import MockProcess

ENGINES = 2
BESIDE = 50
"""Streams that go straight to each engine."""
SPARE_FILES = 200
"""Descriptors for everything that is not a stream."""
PROBES = 200
"""Short requests each way, one after the other, while all streams are open."""
SETTLE_S = 1.0
"""Until the memory of an idle gateway is read: what its start and the first requests left is freed by then."""
SHORT_S = 10.0
"""For one short request, on whatever machine."""
PATIENCE = 3.0
"""A stream may take this many times as long as its tokens should."""

READY = b"GET /health/ready HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Stand:
    """What runs: the gateway's port and process id, and the engines' ports."""

    port: int
    pid: int
    engines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """What came out.

    Attributes:
        ours, direct: the streams through the gateway, and those beside it for each engine.
        short_ours, short_direct: the short requests, each way.
        open_s: from the first connection to the first content of the last stream.
        idle, peak: bytes of the gateway's resident memory.
        cpu_s: processor time of the gateway while the streams ran.
    """

    ours: Group
    direct: tuple[Group, ...]
    short_ours: Group
    short_direct: Group
    open_s: float
    idle: int
    peak: int
    cpu_s: float


def main() -> int:
    arguments = _arguments()
    end_on_signals()
    try:
        _raise_file_limit(arguments.streams)
        with (
            tempfile.TemporaryDirectory(prefix="sixnines-bench-") as folder,
            _stand(Path(folder), arguments) as stand,
            asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        ):
            figures = runner.run(_measure(stand, arguments))
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    print(_told(figures, arguments))
    return _verdict(figures, arguments.streams)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--streams", type=int, default=2000, help="open at once through the gateway (default 2000)")
    parser.add_argument("--tokens", type=int, default=40, help="of each stream (default 40)")
    parser.add_argument("--tokens-per-s", type=float, default=2.5, help="of each stream (default 2.5)")
    return parser.parse_args()


def _raise_file_limit(streams: int) -> None:
    """The gateway needs two descriptors for a stream; children inherit the limit."""
    needed = 2 * streams + SPARE_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft >= needed or soft == resource.RLIM_INFINITY:
        return
    if hard != resource.RLIM_INFINITY and hard < needed:
        possible = max(hard - SPARE_FILES, 0) // 2
        raise BenchError(
            f"{streams} streams need {needed} open files in one process and the limit is {hard}; raise it "
            f"(`ulimit -Hn {needed}` as root, or LimitNOFILE in systemd), or use --streams {possible}"
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
    print(f"bench: open files limited to {soft}, raised to {needed} for this run", file=sys.stderr)


@contextlib.contextmanager
def _stand(folder: Path, arguments: argparse.Namespace) -> Iterator[Stand]:
    """Engines and a gateway in front of them, answering."""
    script = {
        "models": ["long", "short"],
        "default": {"count": arguments.tokens, "tokens_per_s": arguments.tokens_per_s},
        "rules": [{"when": {"model": "short"}, "then": {"count": 1}}],
    }
    with contextlib.ExitStack() as stack:
        engines = tuple(stack.enter_context(MockProcess("openai", script)).port for _ in range(ENGINES))
        port = free_port()
        config, log = folder / "sixnines.yaml", folder / "sixnines.log"
        config.write_text(_config(port, engines))
        gateway = stack.enter_context(running(sixnines("serve", "--config", str(config)), log))
        until(lambda: exchange(port, READY).startswith(b"HTTP/1.1 200 "), gateway, log)
        yield Stand(port, gateway.pid, engines)


def _config(port: int, engines: tuple[int, ...]) -> str:
    """A gateway with every engine behind each model. JSON is YAML."""
    names = [f"engine-{number}" for number in range(len(engines))]
    base_urls = {name: f"http://127.0.0.1:{engine}" for name, engine in zip(names, engines, strict=True)}
    document = {
        "version": 1,
        "server": {"listen": f"127.0.0.1:{port}"},
        "providers": {name: {"kind": "openai-compatible", "base_url": url} for name, url in base_urls.items()},
        "models": {
            model: {"strategy": "weighted", "deployments": [{"provider": name, "model": model} for name in names]}
            for model in ("long", "short")
        },
    }
    return json.dumps(document)


async def _measure(stand: Stand, arguments: argparse.Namespace) -> Figures:
    ours = Group(stand.port, "long", arguments.tokens)
    direct = tuple(Group(port, "long", arguments.tokens) for port in stand.engines)
    short_ours, short_direct = Group(stand.port, "short", 1), Group(stand.engines[0], "short", 1)
    warm = Group(stand.port, "short", 1)
    for _ in range(20):
        await _one(warm)
    await asyncio.sleep(SETTLE_S)
    idle = machine.resident_bytes(stand.pid)
    cpu = machine.cpu_seconds(stand.pid)
    async with _peak_memory(stand.pid) as peak:
        started = time.perf_counter()
        groups = [ours] * arguments.streams + [group for group in direct for _ in range(BESIDE)]
        opened = await asyncio.gather(*map(open_stream, groups))
        streams = [each for each in opened if each is not None]
        await asyncio.wait([each.begun for each in streams])
        open_s = time.perf_counter() - started
        for _ in range(PROBES):
            if ours.open_now < arguments.streams:
                break  # the load is not what it should be any more
            await _one(short_direct)
            await _one(short_ours)
        await _ended(streams, PATIENCE * arguments.tokens / arguments.tokens_per_s)
    cpu = machine.cpu_seconds(stand.pid) - cpu
    ours.faults += [f"while warming up: {each}" for each in warm.faults]
    return Figures(ours, direct, short_ours, short_direct, open_s, idle, max(peak), cpu)


async def _one(group: Group) -> None:
    stream = await open_stream(group)
    if stream is not None:
        await _ended([stream], SHORT_S)


async def _ended(streams: list[Stream], timeout_s: float) -> None:
    _, open_still = await asyncio.wait([each.ended for each in streams], timeout=timeout_s)
    if open_still:
        for stream in streams:
            stream.give_up()


@contextlib.asynccontextmanager
async def _peak_memory(pid: int) -> AsyncIterator[list[int]]:
    """Samples of a process's resident memory, ten a second."""
    samples = [machine.resident_bytes(pid)]

    async def sample() -> None:
        while True:
            await asyncio.sleep(0.1)
            samples.append(machine.resident_bytes(pid))

    task = asyncio.ensure_future(sample())
    try:
        yield samples
    finally:
        task.cancel()


def _told(figures: Figures, arguments: argparse.Namespace) -> str:
    ours, count = figures.ours, arguments.streams
    expected = count * arguments.tokens
    each = (figures.peak - figures.idle) / count
    beside = [gap for group in figures.direct for gap in group.gaps]
    rows = [
        ("open at once", f"{ours.most_open:,} of {count:,}"),
        ("chunks in order", f"{ours.chunks:,} of {expected:,}"),
        ("streams not right", f"{len(ours.faults):,}"),
        ("time to open all", f"{figures.open_s:.2f} s"),
        ("memory of a stream", f"{each / 1024:.1f} KiB ({_mib(figures.idle)} idle, {_mib(figures.peak)} at most)"),
        ("gateway CPU for a chunk, all included", f"{figures.cpu_s / max(ours.chunks, 1) * 1e6:.0f} us"),
        *_added("first token", figures.short_ours.first_s, figures.short_direct.first_s, shares=(0.50, 0.99)),
        *_added("gap between chunks", ours.gaps, beside, shares=(0.50, 0.99)),
    ]
    return table(("streams through the gateway", "figure"), rows)


def _added(
    what: str, ours: list[float], direct: list[float], *, shares: tuple[float, ...]
) -> Iterator[tuple[str, str]]:
    for share in shares:
        name = f"added to {what}, p{share * 100:.0f}"
        if not ours or not direct:
            yield name, "not measured"
            continue
        through, beside = percentile(ours, share) * 1000, percentile(direct, share) * 1000
        yield name, f"{through - beside:+.2f} ms ({through:.2f} through the gateway, {beside:.2f} beside it)"


def _mib(size: int) -> str:
    return f"{size / 1024**2:.0f} MiB"


def _verdict(figures: Figures, streams: int) -> int:
    """The exit status; says what was wrong."""
    groups = (*figures.direct, figures.short_direct)
    beside = [f"beside the gateway: {fault}" for group in groups for fault in group.faults]
    wrong = [*figures.ours.faults, *figures.short_ours.faults, *beside]
    for fault, count in Counter(wrong).most_common(10):
        print(f"bench: {count} x {fault}", file=sys.stderr)
    if figures.ours.most_open < streams and not wrong:
        print("bench: the first streams ended before the last had begun; give them more --tokens", file=sys.stderr)
    return int(bool(wrong) or figures.ours.most_open < streams)


if __name__ == "__main__":
    sys.exit(main())
