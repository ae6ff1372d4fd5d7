"""Log probabilities: from the form of legacy completions to the form of chats, which is the neutral one, and back.

Never guesses what a form does not hold: the legacy one has no bytes, and of equal alternatives it keeps one.
Source: OpenAI API reference, "The completion object", `logprobs`; "The chat completion object", `logprobs`.
"""

from collections.abc import Sequence


def to_chat(logprobs: dict[str, object]) -> dict[str, object]:
    """The chat form of either form: llama.cpp answers legacy completions in the chat form too."""
    if "tokens" not in logprobs:
        return logprobs
    tokens = _items(logprobs.get("tokens"))
    chosen = _items(logprobs.get("token_logprobs"))
    alternatives = _items(logprobs.get("top_logprobs"))
    content: list[dict[str, object]] = []
    for at, token in enumerate(tokens):
        others = alternatives[at] if at < len(alternatives) else None
        content.append({
            **_entry(token, chosen[at] if at < len(chosen) else None),
            "top_logprobs": [_entry(*each) for each in others.items()] if isinstance(others, dict) else [],
        })  # fmt: skip
    return {"content": content, "refusal": None}


def to_legacy(logprobs: dict[str, object], offset: int) -> tuple[dict[str, object], int]:
    """The legacy form of the chat form, for text that begins at character `offset`; and where that text ends."""
    tokens: list[object] = []
    chosen: list[object] = []
    alternatives: list[dict[str, object]] = []
    offsets: list[int] = []
    for entry in _items(logprobs.get("content")):
        if not isinstance(entry, dict):
            continue
        token = entry.get("token")
        tokens.append(token)
        chosen.append(entry.get("logprob"))
        others = [each for each in _items(entry.get("top_logprobs")) if isinstance(each, dict)]
        alternatives.append(
            {other: each.get("logprob") for each in others if isinstance(other := each.get("token"), str)}
        )
        offsets.append(offset)
        offset += len(token) if isinstance(token, str) else 0
    legacy = {"tokens": tokens, "token_logprobs": chosen, "top_logprobs": alternatives, "text_offset": offsets}
    return legacy, offset


def _entry(token: object, logprob: object) -> dict[str, object]:
    return {"token": token, "logprob": logprob, "bytes": None}


def _items(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()
