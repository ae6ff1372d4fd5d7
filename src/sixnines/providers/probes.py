"""What the answers to probes mean. A probe is a GET that costs no tokens.

Judges never raise, and where an engine has an answer of its own they do not call it healthy for a 200 alone: another
server on the same port, or a proxy's start page, says 200 as well. What no judge can know is whether the engine behind
a healthy path still generates; only attempts find that out. How busy an engine is, is read in `loads`.
"""

from typing import TypeVar

import msgspec

from sixnines.providers.interface import ProbeResult, ProbeState

_OK = 200
_UNAVAILABLE = 503
_REFUSES_US = frozenset({401, 402, 403, 407})
_NOTHING_THERE = frozenset({404, 405, 410, 501})
_BUSY = frozenset({409, 429, _UNAVAILABLE, 529})
_SERVER_ERRORS = range(500, 600)

# Names are shown to people and compared with config; what is longer than this is no name.
_LONGEST_NAME = 256


class _Health(msgspec.Struct):
    status: str


class _Version(msgspec.Struct):
    version: str


class _Model(msgspec.Struct):
    """OpenAI and Anthropic call a model's name `id`, Ollama `name`."""

    id: str | None = None
    name: str | None = None


class _Models(msgspec.Struct):
    """`data` in OpenAI's and Anthropic's lists, `models` in Ollama's. llama.cpp sends both."""

    data: list[_Model] | None = None
    models: list[_Model] | None = None


Shape = TypeVar("Shape", bound=msgspec.Struct)


def judge_llamacpp_health(status: int, body: bytes) -> ProbeResult:
    """The `/health` of llama.cpp: `{"status":"ok"}`, no key needed; 503 while it loads."""
    health = read(body, _Health) if status == _OK else None
    if health is not None and health.status == "ok":
        return ProbeResult(ProbeState.HEALTHY, "is ready")
    return otherwise(status, body)


def judge_vllm_health(status: int, body: bytes) -> ProbeResult:
    """The `/health` of vLLM: a 200 without a body; 503 when the engine process behind the server has died."""
    if status == _OK:
        return ProbeResult(ProbeState.HEALTHY, "is ready")
    if status == _UNAVAILABLE:
        return ProbeResult(ProbeState.DOWN, "has lost its engine process (503)")
    return otherwise(status, body)


def judge_openapi_document(status: int, body: bytes) -> ProbeResult:
    """The `/openapi.json` of FastAPI. Only its beginning counts, so that a probe need not read all of it."""
    if status == _OK and body.lstrip().startswith(b'{"openapi"'):
        return ProbeResult(ProbeState.HEALTHY, "is ready")
    return otherwise(status, body)


def judge_ollama_version(status: int, body: bytes) -> ProbeResult:
    """The `/api/version` of Ollama: `{"version":"..."}`."""
    if status == _OK and read(body, _Version) is not None:
        return ProbeResult(ProbeState.HEALTHY, "is ready")
    return otherwise(status, body)


def judge_models(status: int, body: bytes) -> ProbeResult:
    """A model list, in the form of OpenAI, Anthropic or Ollama."""
    names = _names(body) if status == _OK else None
    if names is not None:
        return ProbeResult(ProbeState.HEALTHY, "lists its models", names)
    return otherwise(status, body)


def judge_resident_models(status: int, body: bytes) -> ProbeResult:
    """The `/api/ps` of Ollama: the models in memory, each also by the name without the tag that Ollama adds."""
    result = judge_models(status, body)
    if result.models is None:
        return result
    short = (name.removesuffix(":latest") for name in result.models)
    return ProbeResult(result.state, "lists what is in memory", tuple(dict.fromkeys((*result.models, *short))))


def judge_unknown_make(status: int, body: bytes) -> ProbeResult:
    """A model list, from a server that perhaps has none.

    Calling it misconfigured for that would keep a provider that works out of service; calling a wrong base URL healthy
    costs one attempt, whose 404 then says what is wrong.
    """
    if status in _NOTHING_THERE:
        return ProbeResult(ProbeState.HEALTHY, f"answers, but does not list its models ({status})")
    return judge_models(status, body)


def otherwise(status: int, body: bytes) -> ProbeResult:
    """What an answer means that the judge does not know, whoever gave it."""
    if status == _OK:
        return ProbeResult(ProbeState.MISCONFIGURED, "answers, but not as its kind does; are kind and base_url right?")
    if status in _REFUSES_US:
        return ProbeResult(ProbeState.MISCONFIGURED, f"refuses the credential ({status})", refused=True)
    if status == _UNAVAILABLE and b"loading" in body.lower():
        return ProbeResult(ProbeState.LOADING, "is loading its model (503)")
    if status in _BUSY:
        return ProbeResult(ProbeState.BUSY, f"is busy ({status})")
    if status in _SERVER_ERRORS and status not in _NOTHING_THERE:
        return ProbeResult(ProbeState.DOWN, f"fails ({status})")
    return ProbeResult(ProbeState.MISCONFIGURED, f"has no such path ({status}); is base_url right?")


def _names(body: bytes) -> tuple[str, ...] | None:
    """The names in a model list, each once and in order; None when it is no such list."""
    found = read(body, _Models)
    if found is None:
        return None
    entries = found.models if found.data is None else found.data
    if entries is None:
        return None
    names = (entry.id or entry.name or "" for entry in entries)
    return tuple(dict.fromkeys(name for name in names if 0 < len(name) <= _LONGEST_NAME))


def read(body: bytes, shape: type[Shape]) -> Shape | None:
    """The body as `shape`; None when it is something else."""
    try:
        return msgspec.json.decode(body, type=shape)
    except (ValueError, RecursionError):  # every kind of decode error is a ValueError, UnicodeDecodeError too
        return None
