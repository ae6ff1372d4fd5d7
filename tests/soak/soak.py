"""One soak: engines that fail, the gateway as a process of its own in front of them, and callers who must not suffer."""

import asyncio
import contextlib
from collections import Counter
from pathlib import Path

import uvloop

from soak import gauges, load
from soak.callers import EMBEDDER, MODELS
from soak.engines import KEY, NEED_A_KEY, NO_EMBEDDINGS, Fleet
from soak.recovery import recovered
from soak.report import Report
from support.gateway_process import GatewayProcess

WARM_SHARE = 0.2
"""Of the run, after which memory is looked at: by then every path has been taken."""
_HEAD = """
defaults:
  # Short, so that silence is noticed many times in a run.
  timeouts: {connect: 1s, first_token: 1s, idle: 1s, total: 6s}
  # More than there are engines, so that a request that all have failed waits for the first to recover.
  attempts: 8
  breaker: {failures: 3, window: 5s, open: 1s, max_open: 2s}
  retries: {backoff: 50ms, max_backoff: 500ms}
  health: {interval: 2s, unhealthy_interval: 500ms, hung: 5s}
"""
MAX_IN_FLIGHT = 8
WAITING = 20
"""Callers more than all engines together may be given: they must wait, and be answered."""
_PROVIDER = f"max_in_flight: {MAX_IN_FLIGHT}, queue: {{size: 20}}"
_MODELS = {"short": ", hedge: {after: 300ms}", "short-held": ", min_tokens_per_s: 2"}


def config(ports: dict[str, int]) -> str:
    """The gateway's: every engine serves every model."""
    lines = [_HEAD, "providers:"]
    for kind, port in ports.items():
        key = ', api_key: "env:SOAK_KEY"' if kind in NEED_A_KEY else ""
        lines.append(f'  {kind}: {{kind: {kind}, base_url: "http://127.0.0.1:{port}", {_PROVIDER}{key}}}')
    lines.append("models:")
    for model in (*MODELS, EMBEDDER):
        kinds = [kind for kind in ports if model != EMBEDDER or kind not in NO_EMBEDDINGS]
        deployments = ", ".join(f"{{provider: {kind}, model: {model}}}" for kind in kinds)
        contract = MODELS[model].contract if model in MODELS else "error"
        lines.append(
            f"  {model}: {{strategy: weighted, stream_failure: {contract}, context_window: 8192,"
            f" deployments: [{deployments}]{_MODELS.get(model, '')}}}"
        )
    return "\n".join(lines) + "\n"


def soak(folder: Path, *, seed: int, rate: float, seconds: float) -> Report:
    """Run one.

    Args:
        folder: where the gateway's config goes.
        seed: of everything that is random.
        rate: callers a second.
        seconds: how long they come.
    """
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_soak(folder, seed, rate, seconds))


async def _soak(folder: Path, seed: int, rate: float, seconds: float) -> Report:
    async with Fleet(seed) as fleet:
        gateway = GatewayProcess(folder, config(fleet.ports), {"SOAK_KEY": KEY})
        with gateway:
            port, pid = int(gateway.url.rpartition(":")[2]), gateway.process.pid
            cold = await gauges.at_rest(pid, port)
            warm, memory, ledger = await _load(fleet, pid, port, (seed, rate, seconds))
            await fleet.recover()
            ill = await recovered(port, fleet.ports, at_once=MAX_IN_FLIGHT * len(fleet.ports) + WAITING)
            after = await gauges.settled(pid, port, cold)
            told = await gauges.scrape(port)
            return Report(
                ledger=ledger,
                seconds=seconds,
                played=dict(await fleet.played()),
                moods=dict(fleet.moods),
                attempts=_attempts(told),
                cold=cold,
                warm=warm,
                after=after,
                memory=memory,
                engines=await fleet.in_flight(),
                bugs=told["sixnines_internal_errors_total"],
                ill=ill,
                log=gateway.lines,
            )


async def _load(
    fleet: Fleet, pid: int, port: int, measure: tuple[int, float, float]
) -> tuple[gauges.Holding, list[int], load.Ledger]:
    seed, rate, seconds = measure
    warm_s = seconds * WARM_SHARE
    memory = gauges.Memory(pid, every_s=max(seconds / 600, 0.1))
    watching = asyncio.create_task(memory.watch(warm_s))
    trouble = asyncio.create_task(fleet.trouble(asyncio.get_running_loop().time() + seconds))
    callers = asyncio.create_task(load.run(port, seed=seed, rate=rate, seconds=seconds))
    try:
        await asyncio.sleep(warm_s)
        warm = await gauges.holding(pid, port)
        ledger = await callers
        await trouble
    finally:
        for task in (watching, trouble, callers):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
    return warm, memory.seen, ledger


def _attempts(told: dict[str, float]) -> dict[str, float]:
    """The gateway's calls of engines, by how they ended."""
    found: Counter[str] = Counter()
    for name, value in told.items():
        if name.startswith("sixnines_attempts_total"):
            found[name.partition("outcome=")[2].partition(",")[0].rstrip("}")] += value
    return dict(found)
