"""Plays rows: two gateways and all the engines they need in one process, then one request per cell.

In the first gateway every faulty deployment has an alternative and one failure opens a breaker, so that its effect
shows; in the second it stands alone. Judges nothing.
"""

import functools
import socket
import ssl
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from scorecard.answers import ask
from scorecard.judge import Seen
from scorecard.rows import (
    ANSWER,
    ATTEMPTS,
    CONNECT_S,
    FIRST_TOKEN_S,
    IDLE_S,
    SECRET,
    TOKENS,
    TOTAL_S,
    Cell,
    Contract,
    Fault,
    Place,
    Played,
    Raw,
    Row,
)
from scorecard.standing import Standing, standing
from sixnines.gateway import Gateway
from sixnines.testing.mock_engine import MockEngine
from support.certificates import make_authority
from support.hostile import serving
from support.lab import Lab, chat

AT_ONCE = 16
"""Cells without an alternative wait most of the time, and are played side by side."""
_SETTLE_S = 1.0
_OTHERS = {Contract.ERROR: "openai", Contract.BUFFER: "openai", Contract.CONTINUE: "llamacpp"}
"""The engine that stands beside the faulty one. Not every kind can go on with an answer that another has begun."""
_BASELINES = 5

_NO_SUCH_HOST = ".".join(["no-such-host"] * 24) + ".invalid"
"""Longer than a name can be (RFC 1035), so that it fails without asking a resolver, which may be slow or lie."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A cell and what became of it."""

    cell: Cell
    seen: Seen


@dataclass(frozen=True, slots=True)
class _Stand:
    """One gateway and its cells by the names of their models."""

    gateway: Gateway
    client: httpx.Client
    cells: dict[str, Cell]
    baseline_ms: dict[bool, float]
    others: Mapping[Contract, MockEngine]


def play(rows: Sequence[Row]) -> list[Outcome]:
    """Play every cell of `rows`: those with an alternative one after the other, then the rest side by side."""
    with Lab() as lab, ExitStack() as stack:
        others = {contract: lab.engine(kind, _continuing()) for contract, kind in _OTHERS.items()}
        beside = _stand(lab, stack, rows, others=others, alternative=True)
        alone = _stand(lab, stack, rows, others=others, alternative=False)
        played = [_play(beside, name) for name in beside.cells]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            played += pool.map(functools.partial(_play, alone), alone.cells)
    return played


def _play(stand: _Stand, model: str) -> Outcome:
    cell = stand.cells[model]
    answer = ask(stand.client, chat(stream=cell.stream, model=model), time.perf_counter)
    asked_b = sum(1 for other in stand.others.values() for each in other.requests if _model_of(each) == model)
    faulty = _settled(stand.gateway, f"a-{model}", model)
    other = _settled(stand.gateway, f"b-{model}", model) if cell.alternative else None
    added_ms = max(0.0, answer.milliseconds - stand.baseline_ms[cell.stream])
    return Outcome(cell, Seen(answer, added_ms, model, faulty, other, asked_b))


def _model_of(request: object) -> object:
    body = request.json()  # type: ignore[attr-defined]
    return body.get("model") if isinstance(body, dict) else None


def _settled(gateway: Gateway, provider: str, model: str) -> Standing:
    """How a deployment stands once nothing is under way; the last byte may be here before the books are closed."""
    deadline = time.monotonic() + _SETTLE_S
    while True:
        found = standing(gateway, f"{provider}/{model}")
        if not found.in_flight or time.monotonic() > deadline:
            return found
        time.sleep(0.002)


def _continuing() -> dict[str, object]:
    """The other engine's script: it counts, and goes on counting where a prompt that ends in an answer breaks off."""
    numbers = ANSWER.split()
    rules = [
        {"when": {"prompt": " ".join(numbers[:done])}, "then": {"text": " " + " ".join(numbers[done:])}}
        for done in range(TOKENS - 1, 0, -1)
    ]
    return {"any_model": True, "default": {"count": TOKENS}, "rules": rules}


def _stand(
    lab: Lab, stack: ExitStack, rows: Sequence[Row], *, others: Mapping[Contract, MockEngine], alternative: bool
) -> _Stand:
    cells: dict[str, Cell] = {}
    well = others[Contract.ERROR]
    plain = _provider_at("plain", "openai-compatible", well.base_url.replace("http:", "https:"))
    providers = [_provider("well", well), plain]
    models = [f"  {name}: {{deployments: [{{provider: {name}, model: well}}]}}" for name in ("well", "plain")]
    for number, row in enumerate(rows):
        for cell in row.cells(alternative=alternative):
            fault = row.fault
            name = f"{'m' if alternative else 'n'}{number}-{cell.form}"
            cells[name] = cell
            address = stack.enter_context(_put_on(lab, fault, cell.stream))
            providers.append(_provider_at(f"a-{name}", fault.provider_kind, address))
            deployments = [f"{{provider: a-{name}, model: {name}}}"]
            if alternative:
                providers.append(_provider(f"b-{name}", others[row.contract]))
                deployments.append(f"{{provider: b-{name}, model: {name}}}")
            keys = (
                {**fault.more}
                if fault.total_s == TOTAL_S
                else {**fault.more, "timeouts": f"{{total: {_ms(fault.total_s)}}}"}
            )
            more = "".join(f", {key}: {value}" for key, value in keys.items())
            models.append(
                f"  {name}: {{stream_failure: {row.contract}{more}, deployments: [{', '.join(deployments)}]}}"
            )
    config = "\n".join([_defaults(alternative=alternative), "providers:", *providers, "models:", *models])
    client = lab.serve(config, {"UPSTREAM_KEY": SECRET})
    # The certificates to trust are read once, which takes as long as many requests: before any time is taken.
    ask(client, chat(model="plain"), time.perf_counter)
    baseline_ms = {stream: _baseline_ms(client, stream) for stream in (True, False)}
    return _Stand(lab.gateway, client, cells, baseline_ms, others)


def _defaults(*, alternative: bool) -> str:
    return f"""
defaults:
  timeouts: {{connect: {_ms(CONNECT_S)}, first_token: {_ms(FIRST_TOKEN_S)}, idle: {_ms(IDLE_S)}, total: {_ms(TOTAL_S)}}}
  attempts: {ATTEMPTS}
  breaker: {{failures: {1 if alternative else 100}}}
  retries: {{ratio: 1}}
  health: {{active: false}}"""


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f}ms"


def _provider(name: str, engine: MockEngine) -> str:
    return _provider_at(name, "openai-compatible" if engine.kind == "openai" else engine.kind, engine.base_url)


def _provider_at(name: str, kind: str, address: str) -> str:
    return f'  {name}: {{kind: {kind}, base_url: "{address}", api_key: "env:UPSTREAM_KEY"}}'


def _baseline_ms(client: httpx.Client, stream: bool) -> float:
    """What a request without fault takes, the quickest of a few: what is slower was kept waiting by something else."""
    return min(
        ask(client, chat(stream=stream, model="well"), time.perf_counter).milliseconds for _ in range(_BASELINES)
    )


@contextmanager
def _put_on(lab: Lab, fault: Fault, stream: bool) -> Iterator[str]:
    """Have `fault` played; the address of whoever plays it."""
    match fault.stage:
        case Played() as played:
            behaviour = played.stream if stream else played.whole
            script: dict[str, object] = {"any_model": True, "default": behaviour}
            if fault.passes:
                script |= {"rules": [{"times": 1, "then": behaviour}], "default": {"count": TOKENS}}
            yield lab.engine(fault.engine, script).base_url
        case Raw() as raw:
            context = _certificate(raw.certificate) if raw.certificate else None
            server = lab.call(lab._stack.enter_async_context(serving(raw.script(stream), tls=context)))
            yield f"{raw.scheme}://127.0.0.1:{server.port}"
        case Place() as place:
            with _nowhere(lab, place) as address:
                yield address


@functools.cache
def _certificate(name: str) -> ssl.SSLContext:
    with tempfile.TemporaryDirectory() as folder:
        return make_authority(Path(folder)).server_context(name)


@contextmanager
def _nowhere(lab: Lab, place: Place) -> Iterator[str]:
    with ExitStack() as stack:
        match place:
            case Place.UNRESOLVED:
                yield f"http://{_NO_SUCH_HOST}:8080"
            case Place.PLAIN:
                yield lab.engine("openai", {"any_model": True}).base_url.replace("http:", "https:")
            case Place.REFUSED:
                yield f"http://127.0.0.1:{_bound(stack).getsockname()[1]}"
            case Place.FULL:
                listener = _bound(stack)
                listener.listen(0)
                for _ in range(4):  # more than a backlog of 0 holds, whatever the kernel makes of it
                    waiting = stack.enter_context(socket.socket())
                    waiting.setblocking(False)
                    waiting.connect_ex(listener.getsockname())
                yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def _bound(stack: ExitStack) -> socket.socket:
    bound = stack.enter_context(socket.socket())
    bound.bind(("127.0.0.1", 0))
    return bound
