"""What engines must be told so that a chat that ends with the assistant's words goes on behind them.

Never touches a chat that ends otherwise, and never fails: a body that is not the expected shape goes out unchanged.
An answer that has begun needs no thinking any more: engines that can leave it out are told to, because they refuse to
put words behind it, or would think for a second time in the middle of an answer.
"""

from collections.abc import Mapping

import msgspec

from sixnines.dialects import rawpatch


class _Turn(msgspec.Struct):
    role: str | None = None


class _Body(msgspec.Struct):
    messages: list[_Turn] = []


_decode_body = msgspec.json.Decoder(_Body).decode
_decode_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode

# Transformers' names, which vLLM took over, and llama.cpp from it (its pull request 23012; before that it went on by
# itself, and read neither). One without the other is refused by both.
_OPEN_ENDED = {"add_generation_prompt": b"false", "continue_final_message": b"true"}


def for_vllm(body: bytes) -> bytes:
    """Do not close the last message, and open no new one.

    Source: vLLM's `ChatCompletionRequest`, `continue_final_message`. Nothing is said about thinking: `reasoning_effort`
    has no "none" in older versions, and models with Mistral's tokenizer refuse `chat_template_kwargs`.
    """
    return _with(body, _OPEN_ENDED)


def for_llamacpp(body: bytes) -> bytes:
    """The same, without thinking: `Assistant response prefill is incompatible with enable_thinking.`, said versions
    before May 2026 (its issue 21889). With `--no-prefill-assistant` those start a new answer all the same.
    """
    return _with(body, {**_OPEN_ENDED, "reasoning_effort": b'"none"'})


def for_ollama(body: bytes) -> bytes:
    """Without thinking: models that can think do so unless they are told not to (`server/routes.go`, `ChatHandler`).

    Going on behind the last message is up to the model's template; nearly all do.
    """
    return _with(body, {"think": b"false"})


def for_anthropic(body: bytes) -> bytes:
    """Without thinking, if it was asked for: a prefilled answer and extended thinking exclude each other."""
    return _with(body, {"thinking": b'{"type":"disabled"}'}, only_given=True)


def _with(body: bytes, values: Mapping[str, bytes], *, only_given: bool = False) -> bytes:
    try:
        messages, members = _decode_body(body).messages, _decode_members(body)
    except (msgspec.DecodeError, RecursionError):
        return body
    if not messages or messages[-1].role != "assistant":
        return body
    wanted = {key: value for key, value in values.items() if not only_given or key in members}
    return rawpatch.replace(body, wanted, members)
