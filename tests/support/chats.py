"""Chat requests for tests of what is read from them, as callers write them."""

import json

from sixnines.dialects.call import Call
from sixnines.endpoints.chat_completions import ENDPOINT as CHAT
from sixnines.endpoints.completions import ENDPOINT as COMPLETION
from sixnines.endpoints.embeddings import ENDPOINT as EMBEDDING

PICTURE = {"type": "image_url", "image_url": {"url": "https://pictures.example.org/a.png"}}
TOOL = {"type": "function", "function": {"name": "look_up", "parameters": {"type": "object", "properties": {}}}}
SCHEMA = {"type": "json_schema", "json_schema": {"name": "out", "schema": {"type": "object"}}}


def user(content: object) -> dict[str, object]:
    """A message of the user."""
    return {"role": "user", "content": content}


def assistant(content: object, **more: object) -> dict[str, object]:
    """A message of the model."""
    return {"role": "assistant", "content": content, **more}


def result(content: str) -> dict[str, object]:
    """What a tool has found."""
    return {"role": "tool", "tool_call_id": "c1", "content": content}


def text(content: str) -> dict[str, object]:
    """A part of a message."""
    return {"type": "text", "text": content}


def body(*messages: object, escaped: bool = False, **more: object) -> bytes:
    """A request with these messages; `escaped`: everything beyond ASCII as `\\uXXXX`."""
    return json.dumps({"model": "m", "messages": messages, **more}, ensure_ascii=escaped).encode()


def chat(*messages: object, escaped: bool = False, **more: object) -> Call:
    """The call that such a request makes."""
    return CHAT.read(body(*messages, escaped=escaped, **more))


def completion(prompt: object, **more: object) -> Call:
    """A completion of a prompt."""
    return COMPLETION.read(json.dumps({"model": "m", "prompt": prompt, **more}).encode())


def embedding(value: object) -> Call:
    """An embedding of texts."""
    return EMBEDDING.read(json.dumps({"model": "m", "input": value}).encode())
