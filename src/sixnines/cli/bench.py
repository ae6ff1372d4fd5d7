"""`sixnines bench`: load on an OpenAI-compatible endpoint, and a report.

Never sends more than was asked for, never to another machine unless told so, and never shows the key.
"""

import asyncio
import contextlib
import gc
import random
import resource
import secrets
import signal
import sys
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sixnines import __version__
from sixnines.cli.bench_text import text as report_text
from sixnines.clock import SystemClock
from sixnines.config.files import read_file
from sixnines.config.quantities import parse_duration
from sixnines.config.secret import Secret
from sixnines.config.secret_refs import resolve_secret
from sixnines.config.sources import UnreadableError
from sixnines.config.urls import is_loopback, parse_base_url
from sixnines.load import wording
from sixnines.load.asking import Asking, Endpoint, PromptError, read_prompts
from sixnines.load.generator import Generator, Rules
from sixnines.load.preflight import PreflightError, ask_for_model
from sixnines.load.report import Report, Setting, make_report
from sixnines.load.schedule import Arrivals, Plan, Profile, due_times
from sixnines.load.tally import Tally
from sixnines.settings import process_settings

if TYPE_CHECKING:
    from rich.progress import Progress

    from sixnines.transport.interface import Transport

_FINE, _SOMETHING_WRONG, _INTERRUPTED = 0, 1, 130
_URL = "http://127.0.0.1:4000"
_DEFAULT_S = {Profile.SOAK: "10m"}
_MOST = 100_000
_LONGEST_S = 24 * 3600.0
_HIGHEST_RPS = 100_000.0
_MOST_OPEN = 1000
_LARGEST_PROMPTS = 16 * 1024 * 1024
_CONNECT_S = 5.0
_OTHER_FILES = 100
_SEEN_EVERY_S = 0.2
_SEED_BITS = 31


@dataclass(frozen=True, slots=True)
class _Job:
    """What the options mean."""

    endpoint: Endpoint
    plan: Plan
    model: str | None
    asking: Asking
    rules: Rules
    seed: int


def command(  # noqa: PLR0913 - options
    *,
    profile: Annotated[
        Profile, typer.Option(help="steady; ramp from nothing to the rate; spike of five times it; soak for long.")
    ] = Profile.STEADY,
    rps: Annotated[float, typer.Option(metavar="N", help="Requests per second.")] = 10.0,
    duration: Annotated[
        str | None, typer.Option(metavar="TIME", help="How long, as in 30s or 5m. [default: 30s, of a soak 10m]")
    ] = None,
    stream: Annotated[bool, typer.Option("--stream", help="Ask for streams: measures first token and gaps.")] = False,
    model: Annotated[str | None, typer.Option(help="Whom to ask; the first of /v1/models if not given.")] = None,
    url: Annotated[str, typer.Option(help="Where the endpoint is, with or without its /v1.")] = _URL,
    key: Annotated[str | None, typer.Option(metavar="env:NAME", help="The key, as env:NAME or file:PATH.")] = None,
    prompt_file: Annotated[
        Path | None,
        typer.Option(help="A prompt on each line; in a file *.jsonl a JSON object with `messages` on each line."),
    ] = None,
    max_tokens: Annotated[int | None, typer.Option(min=1, metavar="N", help="Of each answer.")] = None,
    max_requests: Annotated[
        int | None, typer.Option(min=1, metavar="N", help=f"Stop after so many. [default: {_MOST:,}]")
    ] = None,
    max_open: Annotated[int, typer.Option(min=1, max=50_000, help="Requests under way at once.")] = _MOST_OPEN,
    timeout: Annotated[str, typer.Option(metavar="TIME", help="How long one answer may take.")] = "60s",
    arrivals: Annotated[Arrivals, typer.Option(help="As independent callers arrive, or evenly.")] = Arrivals.POISSON,
    seed: Annotated[
        int | None, typer.Option(min=0, metavar="N", help="Repeats the arrivals of a run that had it.")
    ] = None,
    report: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a page with plots.")] = None,
    json: Annotated[Path | None, typer.Option(metavar="FILE", help="Write all figures as JSON.")] = None,
    remote: Annotated[bool, typer.Option("--remote", help="Allow an endpoint on another machine.")] = False,
) -> int:
    """Put load on an OpenAI-compatible endpoint and measure what callers get.

    Each request begins when it is due, whatever became of those before, and its time counts from then. Every answer is
    checked. Ctrl-C ends the run with a report of what was measured.

    Exit status 1: an answer was bad, or the load machine was the limit.
    """
    job = _Job(
        endpoint=_endpoint(url, key, remote=remote),
        plan=_plan(profile, rps, duration or _DEFAULT_S.get(profile, "30s"), arrivals=arrivals, most=max_requests),
        model=model,
        asking=Asking(model or "", stream, max_tokens, *_prompts(prompt_file)),
        rules=Rules(stream, max_open, _seconds(timeout, "--timeout"), _CONNECT_S, 0.0),
        seed=secrets.randbits(_SEED_BITS) if seed is None else seed,
    )
    _check_files(max_open)
    files = [path for path in (report, json) if path is not None]
    for path in files:
        _check_writable(path)
    import uvloop

    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            found = runner.run(_run(job))
    except PreflightError as error:
        print(f"sixnines: {error}", file=sys.stderr)
        return _SOMETHING_WRONG
    print(report_text(found))
    written = _write(found, report, json)
    if found.interrupted:
        return _INTERRUPTED
    return _FINE if found.is_clean and written else _SOMETHING_WRONG


def _check_files(most_open: int) -> None:
    """Each open request is an open file: what the system does not allow would look like a fault of the endpoint."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = most_open + _OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < needed:
        if hard != resource.RLIM_INFINITY and hard < needed:
            raise typer.BadParameter(
                f"this process may open {hard:,} files only; give at most {max(hard - _OTHER_FILES, 0):,}, or raise "
                "the limit (ulimit -Hn)",
                param_hint="--max-open",
            )
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


def _endpoint(url: str, key: str | None, *, remote: bool) -> Endpoint:
    try:
        base = parse_base_url(url)
    except ValueError as error:
        raise typer.BadParameter(f"{error}", param_hint="--url") from None
    if not remote and not is_loopback(base.host):
        raise typer.BadParameter(
            f"{base.host} is another machine, where load can cost money or trouble others; add --remote if you may",
            param_hint="--url",
        )
    return Endpoint(base, None if key is None else _key(key, process_settings().environment))


def _key(reference: str, environment: Mapping[str, str]) -> Secret:
    try:
        secret = resolve_secret(reference, environment, Path())
    except ValueError as error:
        raise typer.BadParameter(f"{error}", param_hint="--key") from None
    if not secret.is_header_safe:
        raise typer.BadParameter("the key holds characters that no header can hold", param_hint="--key")
    return secret


def _plan(profile: Profile, rps: float, duration: str, *, arrivals: Arrivals, most: int | None) -> Plan:
    if not 0 < rps <= _HIGHEST_RPS:
        raise typer.BadParameter(f"give a number above 0, at most {_HIGHEST_RPS:,.0f}", param_hint="--rps")
    plan = Plan(profile, rps, _seconds(duration, "--duration"), arrivals, most or _MOST)
    if most is None and plan.expected > _MOST:
        raise typer.BadParameter(
            f"that is about {plan.expected:,.0f} requests, more than {_MOST:,}; say so with --max-requests "
            "if you mean it, or lower --rps or --duration",
            param_hint="--rps",
        )
    return plan


def _seconds(text: str, option: str) -> float:
    try:
        seconds = parse_duration(text)
    except ValueError as error:
        raise typer.BadParameter(f"{error}", param_hint=option) from None
    if not 0 < seconds <= _LONGEST_S:
        raise typer.BadParameter("give more than 0 and at most 24h", param_hint=option)
    return seconds


def _prompts(path: Path | None) -> tuple[list[str | dict[str, object]], ...]:
    """The argument `prompts`, if there is a file."""
    if path is None:
        return ()
    try:
        content = read_file(path, _LARGEST_PROMPTS)
        return (read_prompts(content, as_json=path.suffix == ".jsonl", most=_LARGEST_PROMPTS),)
    except UnreadableError as error:
        raise typer.BadParameter(f"{path} {error.reason}", param_hint="--prompt-file") from None
    except PromptError as error:
        raise typer.BadParameter(f"{path} {error}", param_hint="--prompt-file") from None


def _check_writable(path: Path) -> None:
    """Before anything is sent: a run whose report cannot be written would have been for nothing.

    Opens for appending, which keeps what is there until there is something better.
    """
    existed = path.exists()
    try:
        with path.open("ab"):
            pass
        if not existed:
            path.unlink()
    except OSError as error:
        raise typer.BadParameter(f"{path} cannot be written: {error.strerror}") from None


def _write(found: Report, page: Path | None, figures: Path | None) -> bool:
    """Write the files. What fails is told and does not take the other file with it."""
    import msgspec

    from sixnines.load.page import render

    written = True
    contents: list[tuple[Path | None, bytes]] = [
        (page, render(found).encode()),
        (figures, msgspec.json.format(msgspec.json.encode(found))),
    ]
    for path, content in contents:
        if path is None:
            continue
        try:
            path.write_bytes(content)
            print(f"written: {path}")
        except OSError as error:
            print(f"sixnines: {path} could not be written: {error.strerror}", file=sys.stderr)
            written = False
    return written


async def _run(job: _Job) -> Report:
    from sixnines.bootstrap import load_transport

    transport = load_transport(job.rules.most_open)
    try:
        model = await ask_for_model(transport, job.endpoint, job.model)
        return await _measured(job, model, transport)
    finally:
        await transport.aclose()


async def _measured(job: _Job, model: str, transport: "Transport") -> Report:
    plan, clock, loop = job.plan, SystemClock(), asyncio.get_running_loop()
    tally = Tally(plan.duration_s)
    messages = replace(job.asking, model=model).messages(job.endpoint)
    rules = replace(job.rules, last_s=plan.duration_s + job.rules.timeout_s)
    generator = Generator(transport, job.endpoint.origin, messages=messages, rules=rules, tally=tally)
    setting = Setting(
        url=job.endpoint.url, model=model, stream=rules.stream, profile=plan.profile, arrivals=plan.arrivals,
        rps=plan.rps, duration_s=plan.duration_s, seed=job.seed, most_open=rules.most_open, timeout_s=rules.timeout_s,
        prompts=len(messages), max_tokens=job.asking.max_tokens, began_at=clock.unix_s(), version=__version__,
    )  # fmt: skip
    print(wording.setting(setting), flush=True)
    loop.add_signal_handler(signal.SIGINT, generator.stop)
    loop.add_signal_handler(signal.SIGTERM, generator.stop)
    # A pause for garbage would be a wait of every caller; what a run makes is freed without the collector.
    gc.collect()
    gc.freeze()
    used_s = time.process_time()
    async with _progress(plan, tally, generator):
        await generator.run(due_times(plan, random.Random(job.seed)))  # noqa: S311 - arrivals, not secrets
    return make_report(
        setting,
        tally,
        lasted_s=max(generator.passed_s, 0.0),
        cpu_s=time.process_time() - used_s,
        interrupted=generator.stopped,
    )


@contextlib.asynccontextmanager
async def _progress(plan: Plan, tally: Tally, generator: Generator) -> AsyncIterator[None]:
    """A bar on standard error, while somebody looks at it there."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), TextColumn("{task.description}"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, auto_refresh=False) as bar:
        watching = asyncio.create_task(_watch(bar, plan, tally, generator))
        try:
            yield
        finally:
            watching.cancel()
            await asyncio.wait([watching])


async def _watch(bar: "Progress", plan: Plan, tally: Tally, generator: Generator) -> None:
    task = bar.add_task("", total=plan.duration_s)
    while True:
        p50 = wording.time(tally.total.percentile(0.5))
        said = f"{tally.due:,} due  {tally.good:,} good  {tally.bad:,} bad  {generator.open:,} open  P50 {p50}"
        bar.update(task, completed=min(max(generator.passed_s, 0.0), plan.duration_s), description=said)
        bar.refresh()
        await asyncio.sleep(_SEEN_EVERY_S)
