"""What a provider kind is: facts plus pure functions. One file a kind, one line in `registry.KINDS`.

Nothing here does I/O. A kind's `classify` is asked for every answer that is not a 200, and for every error inside
a 200 stream; it returns a value and never raises.
"""

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sixnines.domain.failure import Failure
from sixnines.domain.kind import KindInfo
from sixnines.domain.operation import Operation


@dataclass(frozen=True, slots=True)
class BadAnswer:
    """An answer that is not a success, as it came.

    Attributes:
        status: the HTTP status; for an error event inside a stream the status it names, or 200.
        headers: lower-case names, wire order.
        body: the body, or the error event's JSON; cut at 64 KiB.
        in_stream: it came inside a 200 stream.
        empty_stream: a 200 stream that ended without any event (llama-cpp-python's way to say "context exceeded").
        now_unix_s: the wall clock, for `Retry-After` dates.
    """

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    in_stream: bool = False
    empty_stream: bool = False
    now_unix_s: float = 0.0


class ProbeState(enum.StrEnum):
    """What a probe found."""

    HEALTHY = "healthy"
    LOADING = "loading"
    BUSY = "busy"
    MISCONFIGURED = "misconfigured"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class EngineLoad:
    """How busy an engine says that it is, whoever asked it.

    Attributes:
        running: requests that it works on.
        waiting: requests that wait inside it, 0 where it does not tell.
        places: how many it can work on at once, None where it does not tell.
    """

    running: int
    waiting: int = 0
    places: int | None = None


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """The state and one sentence why; `models` where the probe's answer lists them (upstream names), `load` where it
    tells how busy the engine is; `refused` if it does not take the credential.
    """

    state: ProbeState
    reason: str
    models: tuple[str, ...] | None = None
    load: EngineLoad | None = None
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Probe:
    """A GET that costs no tokens.

    Attributes:
        path: after the base URL without its `/v1`.
        judge: status and body to a result; never raises.
    """

    path: str
    judge: Callable[[int, bytes], ProbeResult]


@dataclass(frozen=True, slots=True)
class WindowProbe:
    """How an engine tells the context window of a model, without a token: a GET, or a POST where there is a body.

    Attributes:
        path: after the base URL without its `/v1`.
        read: a body of status 200 and the upstream model's name to tokens; None if it does not tell; never raises.
        ask: the body to post for a model; None for a GET.
    """

    path: str
    read: Callable[[bytes, str], int | None]
    ask: Callable[[str], bytes] | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """A provider kind.

    Attributes:
        info: the static facts.
        classify: an answer that is not a success to a `Failure`.
        probe: is it alive? Cheap, answers at once even while the engine works.
        list_models: a GET whose answer lists the upstream model names (may be slow or need a key).
        resident: a GET whose answer lists the models that are in memory; None where the engine does not load on demand.
        load: a GET whose answer tells how busy the engine is; None where it has none.
        window: how it tells the context window of a model; None where it does not.
        adapt: per operation, a rewrite of a body already in this kind's dialect (quirks of the engine); absent where
            the body may go out as it is. Takes and returns the whole JSON body.
        adapt_continued: per operation, a further rewrite (after `adapt`) of a body that ends with the first half of the
            answer: what this kind must be told so that it goes on behind it.
    """

    info: KindInfo
    classify: Callable[[BadAnswer], Failure]
    probe: Probe
    list_models: Probe
    adapt: Mapping[Operation, Callable[[bytes], bytes]]
    resident: Probe | None = None
    load: Probe | None = None
    window: WindowProbe | None = None
    adapt_continued: Mapping[Operation, Callable[[bytes], bytes]] = field(default_factory=dict)
