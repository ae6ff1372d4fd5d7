"""Asks an engine which model it serves, and for one token of it. Speaks to engines of this machine only."""

import json
from collections.abc import Mapping
from pathlib import PurePath

import httpx
import msgspec

from sixnines.config.secret import Secret
from sixnines.services.plan import ServicePlan
from sixnines.services.readiness import asked_host
from sixnines.services.trouble import ServiceError

# One token of a large model on a slow machine; the prompt is a word.
_ANSWER_S = 120.0


class _Card(msgspec.Struct):
    """A model as engines list it: `root` is vLLM's name for what it has loaded."""

    id: str
    root: str | None = None


class _Models(msgspec.Struct):
    data: list[_Card]


class _Props(msgspec.Struct):
    """`GET /props` of llama.cpp's server: the file that it has loaded."""

    model_path: str = ""


class EngineAsker:
    """Asks engines.

    Args:
        keys: by service, the key that the engine wants of callers.
    """

    def __init__(self, keys: Mapping[str, Secret]) -> None:
        self._keys = keys

    def verify(self, plan: ServicePlan) -> str:
        """Which model it serves, and that it answers.

        Raises:
            ServiceError: it serves another, or does not answer.
        """
        host = asked_host(plan)
        url = f"http://[{host}]:{plan.port}" if ":" in host else f"http://{host}:{plan.port}"
        key = self._keys.get(plan.name)
        headers = {} if key is None else {"authorization": f"Bearer {key.reveal()}"}
        try:
            with httpx.Client(base_url=url, headers=headers, timeout=_ANSWER_S, trust_env=False) as http:
                card = _first(http)
                loaded = _loaded(http, plan.kind, card)
                if loaded is not None and plan.model is not None and not _same(plan.kind, loaded, plan.model):
                    raise ServiceError(f"{plan.name} says that it serves {loaded}, and not {plan.model}")
                _one_token(http, card.id, plan.name)
                return f"{plan.name} serves {loaded or card.id}, and answers"
        except (httpx.HTTPError, msgspec.MsgspecError) as problem:
            raise ServiceError(
                f"{plan.name} does not answer as an engine does: {str(problem) or type(problem).__name__}"
            ) from None


def _first(http: httpx.Client) -> _Card:
    answer = http.get("/v1/models").raise_for_status()
    models = msgspec.json.decode(answer.content, type=_Models).data
    if not models:
        raise ServiceError("the engine lists no model")
    return models[0]


def _loaded(http: httpx.Client, kind: str, card: _Card) -> str | None:
    """What the engine has in memory, where it tells: an alias says nothing about that."""
    if kind == "vllm":
        return card.root
    if kind == "llamacpp":
        answer = http.get("/props")
        if answer.is_success:
            return msgspec.json.decode(answer.content, type=_Props).model_path or None
    return None


def _same(kind: str, loaded: str, wanted: str) -> bool:
    if kind == "vllm" or wanted.startswith("/"):
        return PurePath(loaded) == PurePath(wanted)
    # A repository at Hugging Face (`owner/name:quantization`) has become a file in a cache.
    return wanted.rpartition("/")[2].partition(":")[0] in loaded


def _one_token(http: httpx.Client, model: str, name: str) -> None:
    body = {"model": model, "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 1}
    answer = http.post("/v1/chat/completions", content=json.dumps(body), headers={"content-type": "application/json"})
    if not answer.is_success:
        raise ServiceError(f"{name} does not answer a chat: status {answer.status_code}: {answer.text[:200]}")
    if not json.loads(answer.content).get("choices"):
        raise ServiceError(f"{name} answers a chat with nothing")
