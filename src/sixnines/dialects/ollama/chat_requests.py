"""Requests for chats in Ollama's native format (`/api/chat`), both ways.

Never leaves to Ollama what it would do differently from what was asked: `stream` is always said, since its absence
means true; `truncate` and `shift` are false unless the caller sets them, because Ollama otherwise drops the beginning
of a conversation that is too long and answers as if nothing had happened.

Refused, because Ollama has no such thing: forced tool calls, `parallel_tool_calls: false`, several answers.
Left out, because it changes nothing: `user`, the name and strictness of a JSON Schema, the strictness of a tool.
`reasoning_effort` is `think`: `none` is false, `minimal` the lowest level, anything above `high` is `high`, the highest
that every version knows. A caller's own `think` wins.
Source: Ollama's OpenAPI document, `ChatRequest`; `api/types.go`, `ChatRequest`.
"""

import msgspec

from sixnines.dialects import extras, validation
from sixnines.dialects.neutral import ChatRequest, OutputFormat, Tool, ToolMode
from sixnines.dialects.ollama import messages, options
from sixnines.dialects.ollama.messages import WireMessage
from sixnines.dialects.ollama.options import WireOptions
from sixnines.dialects.validation import inexpressible, wrong_value

_LEVELS: dict[str, bool | str] = {
    "none": False,
    "minimal": "low",
    "low": "low",
    "medium": "medium",
    "high": "high",
    "xhigh": "high",
    "max": "high",
}
_PASSED_ON = frozenset({"keep_alive", "options", "shift", "think", "truncate"})
_ANY_OBJECT: dict[str, object] = {"type": "object", "properties": {}}


class _Function(msgspec.Struct):
    name: str
    description: str | None = None
    parameters: dict[str, object] | None = None


class _Tool(msgspec.Struct):
    function: _Function


class _Body(msgspec.Struct, kw_only=True):
    model: str
    messages: list[WireMessage] | None = None
    tools: list[_Tool] | None = None
    format: str | dict[str, object] | None = None
    options: WireOptions | None = None
    think: bool | str | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = None
    stream: bool | None = None


_KNOWN = frozenset(_Body.__struct_fields__) - {"options"}
_DECODER = msgspec.json.Decoder(_Body)
_encode = msgspec.json.Encoder().encode


def parse_request(body: bytes) -> ChatRequest:
    """What a request means.

    Raises:
        MalformedRequest: it breaks the format.
    """
    wire = validation.decode(body, _DECODER)
    stream = wire.stream is not False
    return ChatRequest(
        model=wire.model,
        messages=messages.parse(wire.messages or ()),
        tools=tuple(
            Tool(name=each.function.name, description=each.function.description, parameters=each.function.parameters)
            for each in wire.tools or ()
        ),
        output=parse_format(wire.format),
        sampling=options.parse(wire.options, logprobs=wire.logprobs, top_logprobs=wire.top_logprobs),
        reasoning_effort=parse_think(wire.think),
        stream=stream,
        include_usage=stream,  # the last line of every stream tells it
        extras=without_defaults(validation.unread(body, _KNOWN)),
    )


def render_request(request: ChatRequest) -> bytes:
    """The request in Ollama's words.

    Raises:
        MalformedRequest: it asks for what Ollama has not.
    """
    passed_on = extras.forwarded(request.extras, _PASSED_ON)
    fields: dict[str, object] = {
        "tools": _tools(request),
        "format": None if request.output is None else render_format(request.output),
        "think": render_think(request.reasoning_effort),
        "logprobs": request.sampling.logprobs,
        "top_logprobs": request.sampling.top_logprobs,
    }
    given = {name: value for name, value in fields.items() if value is not None} | passed_on
    wire_options = options.render(request.sampling, request.context_window, passed_on)
    if wire_options is not None:
        given["options"] = wire_options
    return _encode({
        "model": request.model,
        "messages": messages.render(request.messages),
        "stream": request.stream,
        "truncate": False,
        "shift": False,
    } | given)  # fmt: skip


def without_defaults(given: dict[str, msgspec.Raw]) -> dict[str, msgspec.Raw]:
    """The extras without what `render_request` says by itself."""
    return {
        name: value
        for name, value in options.without_known(given).items()
        if name not in ("truncate", "shift") or bytes(value) != b"false"
    }


def parse_format(wire: str | dict[str, object] | None) -> OutputFormat | None:
    """`format`: the word `json`, or a JSON Schema.

    Raises:
        MalformedRequest: another word.
    """
    match wire:
        case None | "":
            return None
        case "json":
            return OutputFormat()
        case str():
            raise wrong_value("format", wire, ("json", ""))
        case _:
            return OutputFormat(schema=wire)


def render_format(output: OutputFormat) -> object:
    """`format` for the output."""
    return "json" if output.schema is None else output.schema


def parse_think(think: bool | str | None) -> str | None:
    """`think` as an effort. Ollama takes plain `true` for its middle level."""
    if isinstance(think, bool):
        return "medium" if think else "none"
    return think


def render_think(effort: str | None) -> bool | str | None:
    """`think` for an effort.

    Raises:
        MalformedRequest: an effort that is none.
    """
    if effort is None:
        return None
    if effort not in _LEVELS:
        raise wrong_value("reasoning_effort", effort, tuple(_LEVELS))
    return _LEVELS[effort]


def _tools(request: ChatRequest) -> list[object] | None:
    choice = request.tool_choice
    mode = ToolMode.AUTO if choice is None else choice.mode
    if not request.tools or mode is ToolMode.NONE:  # a tool that the model does not know of is one it does not call
        return None
    if mode is not ToolMode.AUTO:
        raise inexpressible("tool_choice", "its provider cannot force a tool call")
    if request.parallel_tool_calls is False:
        raise inexpressible("parallel_tool_calls", "its provider cannot limit the model to one tool call")
    return [_tool(tool) for tool in request.tools]


def _tool(tool: Tool) -> dict[str, object]:
    function: dict[str, object] = {"name": tool.name, "parameters": tool.parameters or _ANY_OBJECT}
    if tool.description is not None:
        function["description"] = tool.description
    return {"type": "function", "function": function}
