"""Real engines as processes: one table row per make, so that a suite written once runs in front of all of them.

Never leaves one running: each is on a tether, so that it ends with the tests even if those are killed.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import httpx

from sixnines.quickstart.ask import get
from sixnines.quickstart.installed import model_file
from sixnines.quickstart.ports import free_ports
from support.checkout import ROOT
from support.processes import is_alive

ALIAS = "smollm2"
_TETHER = str(ROOT / "src" / "sixnines" / "quickstart" / "tether.py")
# Made by `make test-engines-full`.
_LLAMACPP_PYTHON = ROOT / ".venv-llamacpp-python"
_VLLM = ROOT / ".venv-vllm"
_ENDS_WITHIN_S = 10.0


@dataclass(frozen=True, slots=True)
class Setup:
    """How an engine is started.

    Attributes:
        context: tokens for prompt and answer of one request.
        slots: requests at once, for engines that can.
        embeddings: serve embeddings.
        key_file: holds the key that callers must send.
    """

    context: int = 512
    slots: int = 2
    embeddings: bool = False
    key_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Make:
    """One make of engine.

    Attributes:
        name: in test ids, and in the list of makes to test.
        kind: the provider kind that speaks to it.
        command: port and setup to the words that start it.
        ready_path: a GET there answers 200 once it is ready.
        ready_s: how long starting may take.
        endless: request fields that keep an answer going up to its `max_tokens`.
        environment: variables it is started with.
    """

    name: str
    kind: str
    command: Callable[[int, Setup], list[str]]
    ready_path: str
    ready_s: float
    endless: Mapping[str, object]
    environment: Mapping[str, str] = field(default_factory=dict)


def _xllamacpp(port: int, setup: Setup) -> list[str]:
    words = [sys.executable, "-P", _TETHER, "sixnines.quickstart.llamacpp_server"]
    words += ["--model", str(model_file()), "--alias", ALIAS, "--port", str(port)]
    words += ["--context", str(setup.context), "--slots", str(setup.slots), "--threads", "1"]
    if setup.embeddings:
        words.append("--embeddings")
    if setup.key_file is not None:
        words += ["--api-key-file", str(setup.key_file)]
    return words


def _llamacpp_python(port: int, setup: Setup) -> list[str]:
    words = [str(_LLAMACPP_PYTHON / "bin" / "python"), "-P", _TETHER, "llama_cpp.server"]
    words += ["--model", str(model_file()), "--model_alias", ALIAS, "--host", "127.0.0.1", "--port", str(port)]
    # It serves one request at a time, and by default a new one ends the one under way.
    return [*words, "--n_ctx", str(setup.context), "--n_threads", "1", "--interrupt_requests", "False"]


def _vllm(port: int, setup: Setup) -> list[str]:
    words = [str(_VLLM / "bin" / "python"), "-P", _TETHER, "vllm.entrypoints.openai.api_server"]
    words += ["--model", str(_VLLM / "model"), "--served-model-name", ALIAS, "--host", "127.0.0.1"]
    words += ["--port", str(port), "--max-model-len", str(setup.context), "--max-num-seqs", str(setup.slots)]
    return [*words, "--dtype", "bfloat16", "--enforce-eager"]


XLLAMACPP = Make("xllamacpp", "llamacpp", _xllamacpp, "/health", 60.0, {"ignore_eos": True})
# Its end-of-turn token is number 2, and it knows no `ignore_eos`.
LLAMACPP_PYTHON = Make(
    "llamacpp-python", "llamacpp-python", _llamacpp_python, "/openapi.json", 60.0, {"logit_bias": {"2": -100}}
)
# It warms up for most of a minute.
VLLM = Make(
    "vllm",
    "vllm",
    _vllm,
    "/health",
    240.0,
    {"ignore_eos": True},
    {
        "HF_HUB_OFFLINE": "1",
        "VLLM_NO_USAGE_STATS": "1",
        "DO_NOT_TRACK": "1",
        "VLLM_CPU_KVCACHE_SPACE": "1",
        "VLLM_CPU_OMP_THREADS_BIND": "nobind",
        "OMP_NUM_THREADS": "1",
    },
)

_ALL = {make.name: make for make in (XLLAMACPP, LLAMACPP_PYTHON, VLLM)}
# Which makes the suite runs in front of, by name. Without it, the one that every checkout has installed.
MAKES = [_ALL[name] for name in os.environ.get("SIXNINES_TEST_ENGINES", XLLAMACPP.name).split()]


class Engine:
    """One engine in a process of its own.

    Args:
        make: what it is.
        folder: where its log goes.
        setup: how it is started.
        port: where it listens; None takes a free one.
    """

    def __init__(self, make: Make, folder: Path, setup: Setup, port: int | None = None) -> None:
        self.make = make
        self.setup = setup
        self.port = free_ports(1)[0] if port is None else port
        self._log = folder / f"{make.name}-{self.port}.log"
        with self._log.open("wb") as output:
            self._process = subprocess.Popen(
                make.command(self.port, setup),
                stdin=subprocess.PIPE,  # the tether: never written to
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={**os.environ, **make.environment},
            )

    @property
    def base_url(self) -> str:
        """What the gateway is told."""
        return f"http://127.0.0.1:{self.port}"

    def until(self, condition: Callable[[], bool], within_s: float) -> None:
        """Wait for something that the running engine is about to do."""
        deadline = time.monotonic() + within_s
        while not condition():
            ended = self._process.poll()
            assert ended is None, f"the engine ended with status {ended}: {self._last_words()}"
            assert time.monotonic() < deadline, f"it did not happen in time: {self._last_words()}"
            time.sleep(0.005)

    def until_ready(self) -> Self:
        """Wait until it can answer."""
        self.until(self.is_ready, self.make.ready_s)
        return self

    def is_ready(self) -> bool:
        """Whether it can answer now."""
        answer = get(self.port, self.make.ready_path)
        return answer is not None and answer.ok

    def is_loading(self) -> bool:
        """Whether it listens and says that its model is not there yet."""
        answer = get(self.port, self.make.ready_path)
        return answer is not None and answer.status == 503

    def busy_slots(self) -> int:
        """How many requests it works on (llama.cpp's own server)."""
        return sum(slot["is_processing"] for slot in self._slots())

    def tokens_made(self) -> int:
        """How many tokens it has made for the requests that it works on (llama.cpp's own server)."""
        busy = [slot for slot in self._slots() if slot["is_processing"]]
        return sum(token["n_decoded"] for slot in busy for token in slot.get("next_token", ()))

    def _slots(self) -> list[dict[str, Any]]:
        answer = httpx.get(f"{self.base_url}/slots", timeout=5, trust_env=False)
        return answer.raise_for_status().json()

    def end(self, sign: signal.Signals) -> None:
        """End it by `sign` and wait for that."""
        self._process.send_signal(sign)
        self._process.wait(_ENDS_WITHIN_S)

    def signal(self, sign: signal.Signals) -> None:
        """Send a signal to the process, whatever comes of it."""
        self._process.send_signal(sign)

    def close(self) -> None:
        """End it for certain, with what it has started itself."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        # The whole group: vLLM's workers outlive a parent that is killed. Gone altogether is fine.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(_ENDS_WITHIN_S)
        assert not is_alive(self._process.pid)

    def _last_words(self) -> str:
        return self._log.read_text(errors="replace")[-4000:]


class Engines:
    """Engines that end together."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._started: list[Engine] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for engine in self._started:
            engine.close()

    def launch(self, make: Make, setup: Setup | None = None) -> Engine:
        """Start an engine, and do not wait for it."""
        engine = Engine(make, self._folder, setup or Setup())
        self._started.append(engine)
        return engine

    def again(self, engine: Engine) -> Engine:
        """Start one like `engine`, which has ended, on the same port, and do not wait for it."""
        started = Engine(engine.make, self._folder, engine.setup, engine.port)
        self._started.append(started)
        return started

    def start(self, make: Make, setup: Setup | None = None) -> Engine:
        """Start an engine that is ready."""
        return self.launch(make, setup).until_ready()

    def pair(self, make: Make, setup: Setup | None = None) -> tuple[Engine, Engine]:
        """Two engines that start at the same time."""
        first, second = self.launch(make, setup), self.launch(make, setup)
        return first.until_ready(), second.until_ready()
