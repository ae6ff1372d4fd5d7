"""The sampling fields that OpenAI's chats and completions share.

Never checks ranges: what a value may be is the provider's business. `top_k` and `min_p` are not OpenAI's own but every
local engine's that speaks its format.
"""

import msgspec

from sixnines.dialects.neutral import Sampling


class StreamOptions(msgspec.Struct):
    """`stream_options`."""

    include_usage: bool | None = None


class SamplingFields(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Top-level fields of a request. `logprobs` differs between the two and is not here."""

    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    min_p: float | None = None
    stop: str | list[str] | None = None
    seed: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    n: int | None = None
    user: str | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None

    @property
    def include_usage(self) -> bool:
        """Usage is wanted in the stream."""
        return self.stream_options is not None and self.stream_options.include_usage is True


def parse(wire: SamplingFields, *, logprobs: bool | None, top_logprobs: int | None, max_tokens: int | None) -> Sampling:
    """How the tokens are to be chosen."""
    stop = wire.stop or ()
    return Sampling(
        max_tokens=max_tokens,
        temperature=wire.temperature,
        top_p=wire.top_p,
        top_k=wire.top_k,
        min_p=wire.min_p,
        stop=(stop,) if isinstance(stop, str) else tuple(stop),
        seed=wire.seed,
        presence_penalty=wire.presence_penalty,
        frequency_penalty=wire.frequency_penalty,
        logprobs=logprobs,
        top_logprobs=top_logprobs,
        n=wire.n,
    )


def render(sampling: Sampling, *, stream: bool, include_usage: bool, user: str | None) -> dict[str, object]:
    """The fields by name, those that are set. The answer's limit is `max_tokens`, which every engine knows."""
    fields: dict[str, object] = {
        "max_tokens": sampling.max_tokens,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "top_k": sampling.top_k,
        "min_p": sampling.min_p,
        "stop": sampling.stop or None,
        "seed": sampling.seed,
        "presence_penalty": sampling.presence_penalty,
        "frequency_penalty": sampling.frequency_penalty,
        "n": sampling.n,
        "user": user,
        "stream_options": {"include_usage": True} if stream and include_usage else None,
    }
    return {"stream": stream} | {name: value for name, value in fields.items() if value is not None}
