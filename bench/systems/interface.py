"""What a system is to the bench, and what it is told about the stage on which it is measured.

A system is one file in this folder and one line in `registry.py`. It never knows which case it is measured in, nor its
competitors.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

MODEL = "bench"
"""The name that callers ask for, unless a system has its own way with names."""


@dataclass(frozen=True, slots=True)
class Upstream:
    """A stand-in engine that runs.

    Attributes:
        name: for configs.
        port: on 127.0.0.1.
        speaks: `openai` or `ollama`.
    """

    name: str
    port: int
    speaks: str = "openai"


@dataclass(frozen=True, slots=True)
class Setup:
    """What a system has to be ready for.

    Attributes:
        upstreams: in the order in which they are to be asked; all but the last fail every chat.
        models: how many are configured: `MODEL`, or more of that name with a number.
        providers: how many are configured, all of them at the first upstream; 0: one for each upstream.
        streams: open at once; 0: answers are whole.
        breakers: what fails again and again may be left out. Off where the cost of failing is measured.
        collector: the port of a collector of OpenTelemetry for those who send traces; 0: there is none.
    """

    upstreams: tuple[Upstream, ...]
    models: int = 1
    providers: int = 0
    streams: int = 0
    breakers: bool = True
    collector: int = 0


@dataclass(frozen=True, slots=True)
class Launch:
    """How a system is started.

    Attributes:
        command: without what pins it to a core.
        environment: besides ours.
        port: it listens on; None: it tells in its output, as an address of 127.0.0.1.
    """

    command: tuple[str, ...]
    port: int | None
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Door:
    """How a system is asked, once it runs.

    Attributes:
        path: for chats.
        model: the name to ask for.
        headers: besides those of every request.
        proof: lines, in small letters, that must be in the head of every answer.
        warm_s: seconds until it runs as fast as it ever will, which programs that compile as they go need.
        steady: its answers to the same request are always the same, byte for byte except for times.
        tells: it sends spans of each request to the collector, and writes a line of JSON about it to its output.
    """

    path: str = "/v1/chat/completions"
    model: str = MODEL
    headers: Mapping[str, str] = field(default_factory=dict)
    proof: tuple[str, ...] = ()
    steady: bool = True
    warm_s: int = 1
    tells: bool = False


class System(Protocol):
    """Something that is measured.

    Attributes:
        key: on the command line.
        label: in tables.
    """

    @property
    def key(self) -> str: ...

    @property
    def label(self) -> str: ...

    def install(self) -> None:
        """Make sure that it is there.

        Raises:
            NotInstalledError: it cannot be; the message says why.
        """

    def version(self) -> str:
        """What exactly is measured."""

    def unsuited(self, setup: Setup) -> str:
        """Why it cannot do what is asked; empty when it can."""

    def launch(self, setup: Setup, folder: Path, port: int) -> Launch | None:
        """Write its config into `folder` and tell how to start it; None for what runs already.

        Args:
            setup: what it has to be ready for.
            folder: its own.
            port: a free one.
        """

    def door(self, setup: Setup) -> Door:
        """How it is asked when it has been started like that."""


def model_names(count: int) -> tuple[str, ...]:
    """The names of `count` models, all equally long, so that their answers are too. One alone is just `MODEL`."""
    return (MODEL,) if count == 1 else tuple(f"{MODEL}-{number:05d}" for number in range(count))
