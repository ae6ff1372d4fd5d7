"""Requests for chats in OpenAI's format, both ways.

Never drops a field that would have changed the answer: unknown ones become extras, and `functions` and `function_call`,
deprecated in favour of `tools`, are refused. What is lost: the description of a `json_schema`, which is a comment.
Source: OpenAI API reference, "Create chat completion".
"""

import msgspec

from sixnines.dialects import validation
from sixnines.dialects.neutral import ChatRequest, OutputFormat
from sixnines.dialects.openai import messages, sampling, tools
from sixnines.dialects.openai.messages import WireMessage
from sixnines.dialects.openai.tools import WireChoice, WireTool
from sixnines.dialects.validation import inexpressible, missing, wrong_value


class _JsonSchema(msgspec.Struct, omit_defaults=True):
    name: str | None = None
    schema: dict[str, object] | None = None
    strict: bool | None = None


class _ResponseFormat(msgspec.Struct, omit_defaults=True):
    type: str
    json_schema: _JsonSchema | None = None
    schema: dict[str, object] | None = None  # llama.cpp's way to give `json_object` a schema


class _Body(sampling.SamplingFields, kw_only=True):
    model: str
    messages: list[WireMessage]
    tools: list[WireTool] | None = None
    tool_choice: str | WireChoice | None = None
    parallel_tool_calls: bool | None = None
    response_format: _ResponseFormat | None = None
    max_completion_tokens: int | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = None
    reasoning_effort: str | None = None
    functions: object = None
    function_call: object = None


_KNOWN = frozenset(_Body.__struct_fields__)
_DECODER = msgspec.json.Decoder(_Body)
_encode = msgspec.json.Encoder().encode


def parse_request(body: bytes) -> ChatRequest:
    """What a request means.

    Raises:
        MalformedRequest: it breaks the format, or asks for what only this dialect has.
    """
    wire = validation.decode(body, _DECODER)
    if not wire.messages:
        raise validation.empty_array("messages")
    for name in ("functions", "function_call"):
        if getattr(wire, name) is not None:
            raise inexpressible(name, "it is deprecated; use 'tools' and 'tool_choice'")
    choice, offered = tools.parse_choice(wire.tool_choice, tools.parse_tools(wire.tools or ()))
    limit = wire.max_tokens if wire.max_completion_tokens is None else wire.max_completion_tokens
    return ChatRequest(
        model=wire.model,
        messages=tuple(messages.parse(each, f"messages[{index}]") for index, each in enumerate(wire.messages)),
        tools=offered,
        tool_choice=choice,
        parallel_tool_calls=wire.parallel_tool_calls,
        output=None if wire.response_format is None else _output(wire.response_format),
        sampling=sampling.parse(wire, logprobs=wire.logprobs, top_logprobs=wire.top_logprobs, max_tokens=limit),
        reasoning_effort=wire.reasoning_effort,
        user=wire.user,
        stream=wire.stream is True,
        include_usage=wire.stream is True and wire.include_usage,
        extras=validation.unread(body, _KNOWN),
    )


def render_request(request: ChatRequest) -> bytes:
    """The request in OpenAI's words.

    Raises:
        MalformedRequest: a message holds an image where this format takes none.
    """
    fields: dict[str, object] = {
        "messages": [messages.render(each, f"messages[{index}]") for index, each in enumerate(request.messages)],
        "tools": tools.render_tools(request.tools) or None,
        "tool_choice": tools.render_choice(request.tool_choice),
        "parallel_tool_calls": request.parallel_tool_calls,
        "response_format": None if request.output is None else _response_format(request.output),
        "logprobs": request.sampling.logprobs,
        "top_logprobs": request.sampling.top_logprobs,
        "reasoning_effort": request.reasoning_effort,
    }
    shared = sampling.render(
        request.sampling, stream=request.stream, include_usage=request.include_usage, user=request.user
    )
    given = {name: value for name, value in fields.items() if value is not None}
    return _encode({"model": request.model} | given | shared | request.extras)


def _output(wire: _ResponseFormat) -> OutputFormat | None:
    match wire.type:
        case "text":
            return None
        case "json_object":
            return OutputFormat(schema=wire.schema)
        case "json_schema":
            if wire.json_schema is None:
                raise missing("response_format.json_schema")
            inner = wire.json_schema
            return OutputFormat(schema=inner.schema or {}, name=inner.name, strict=inner.strict)
        case _:
            raise wrong_value("response_format.type", wire.type, ("json_object", "json_schema", "text"))


def _response_format(output: OutputFormat) -> _ResponseFormat:
    if output.schema is None:
        return _ResponseFormat("json_object")
    # The name is required, and only a label.
    return _ResponseFormat("json_schema", _JsonSchema(output.name or "output", output.schema, output.strict))
