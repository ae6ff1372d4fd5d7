"""Fragments of tool calls in a stream, with each call said once: its id, its name, and the call itself.

Clients join fragments by adding up their texts, so that only the first of a call may name it (OpenAI API reference,
"The chat completion chunk object"). llama-cpp-python names the call in every fragment, so that its callers would read
`get_weatherget_weather`, and says it a second time in the old form, `function_call`, for which the npm package forgets
the new one. A call that is said in the old form alone is left as it is.
Never touches a fragment that says something new, nor a chunk in which nothing is said again.
"""

from collections.abc import Iterator

import msgspec

_Json = dict[str, object]

_decode = msgspec.json.Decoder(_Json).decode
_encode = msgspec.json.Encoder().encode


class CallsOnce:
    """What one stream has said of its calls."""

    __slots__ = ("_ids",)

    def __init__(self) -> None:
        self._ids: dict[tuple[object, object], str] = {}  # by the indexes of choice and call

    def trim(self, chunk: bytes) -> bytes:
        """The chunk without what has been said; one that cannot be read as it came."""
        try:
            wire = _decode(chunk)
        except (ValueError, RecursionError):
            return chunk
        said_again = False
        for choice in _objects(wire.get("choices")):
            delta = choice.get("delta")
            if isinstance(delta, dict) and self._trim_delta(choice.get("index"), delta):
                said_again = True
        return _encode(wire) if said_again else chunk

    def _trim_delta(self, choice: object, delta: _Json) -> bool:
        """Whether something had to go."""
        calls = list(_objects(delta.get("tool_calls")))
        again = [call for call in calls if self._is_known(choice, call)]
        for call in again:
            del call["id"]
            call.pop("type", None)
            function = call.get("function")
            if isinstance(function, dict):
                function.pop("name", None)
        said_twice = bool(calls) and delta.pop("function_call", None) is not None
        return said_twice or bool(again)

    def _is_known(self, choice: object, call: _Json) -> bool:
        """Whether the fragment says an id that its call has been given already; notes one that is new."""
        index, call_id = call.get("index"), call.get("id")
        if not isinstance(index, int) or not isinstance(call_id, str):
            return False
        known = self._ids.get((choice, index)) == call_id
        self._ids[choice, index] = call_id
        return known


def _objects(value: object) -> Iterator[_Json]:
    return (each for each in value if isinstance(each, dict)) if isinstance(value, list) else iter(())
