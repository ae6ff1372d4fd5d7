"""A gateway in front of one stand-in engine of each kind, as clients meet it."""

from dataclasses import dataclass

from pydantic import BaseModel

from sixnines.testing.mock_engine import MockEngine
from support.lab import Lab

ASKED = [{"role": "user", "content": "Say hello."}]
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}

KINDS = ["openai", "vllm", "llamacpp", "llamacpp-python", "ollama", "anthropic"]
ENVIRONMENT = {"UPSTREAM_KEY": "sk-upstream"}
_NEED_A_KEY = {"openai", "anthropic"}
# A failure is told at once: what becomes of it is the clients' business here.
ONCE = "defaults: {attempts: 1, timeouts: {loading: 1ms}}\n"


@dataclass(frozen=True, slots=True)
class Front:
    """One engine behind the gateway.

    Attributes:
        lab: where both run.
        engine: the stand-in.
        model: the public name of what it serves, in the shared gateway the engine's kind.
    """

    lab: Lab
    engine: MockEngine
    model: str = "m"

    @property
    def kind(self) -> str:
        """What the engine poses as."""
        return self.engine.kind

    @property
    def url(self) -> str:
        """What a client is told as its base URL."""
        return f"{self.lab.url}/v1"

    def plays(self, **behaviour: object) -> None:
        """From now on the engine answers like this; without arguments it greets."""
        self.engine.script({"models": ["up"], "default": behaviour})

    def sent(self) -> dict[str, object]:
        """The body of the last request that the engine got."""
        body = self.engine.requests[-1].json()
        assert isinstance(body, dict)
        return body


def provider(name: str, engine: MockEngine) -> str:
    """A provider's line in a config."""
    key = ', api_key: "env:UPSTREAM_KEY"' if engine.kind in _NEED_A_KEY else ""
    return f'  {name}: {{kind: {engine.kind}, base_url: "{engine.base_url}"{key}}}\n'


def all_kinds(lab: Lab) -> dict[str, Front]:
    """Start a stand-in of each kind, and the gateway in front of all of them."""
    engines = {kind: lab.engine(kind) for kind in KINDS}
    providers = "".join(provider(kind, engine) for kind, engine in engines.items())
    models = "".join(f"  {kind}: {{deployments: [{{provider: {kind}, model: up}}]}}\n" for kind in KINDS)
    lab.serve(f"{ONCE}providers:\n{providers}models:\n{models}", ENVIRONMENT)
    return {kind: Front(lab, engine, kind) for kind, engine in engines.items()}


def one_kind(
    lab: Lab,
    kind: str,
    script: dict[str, object] | None = None,
    *,
    more: str = "",
    secrets: dict[str, str] | None = None,
) -> Front:
    """Start one stand-in with `script`, and a gateway that serves it as `m`.

    Args:
        lab: where they run.
        kind: what the stand-in poses as.
        script: how it behaves.
        more: further lines of the config.
        secrets: what those refer to.
    """
    engine = lab.engine(kind, script)
    once = "" if "defaults:" in more else ONCE
    models = "models:\n  m: {deployments: [{provider: a, model: up}]}\n"
    config = f"{more}\n{once}providers:\n{provider('a', engine)}{models}"
    lab.serve(config, ENVIRONMENT | (secrets or {}))
    return Front(lab, engine)


BROKEN_OFF = "0 1 2 3"
"""What callers get of an answer that breaks."""


def breaking(how: str = "error_event") -> dict[str, object]:
    """A script: an answer breaks after four of its tokens.

    They come so far apart that the first is with its caller before the last, also on a machine that is busy: else the
    break would be one before the first content, which is an error like others.
    """
    return {"default": {"count": 6, "tokens_per_s": 25, "fault": {"kind": how, "after_chunks": 4}}}


def exactly(value: BaseModel) -> None:
    """Check what an SDK has read against its own types, which the SDK itself does not do.

    Raises:
        ValidationError: a field is missing, or is not of the very type that the SDK tells its users.
    """
    type(value).model_validate(value.to_dict(mode="json", warnings=False), strict=True)
