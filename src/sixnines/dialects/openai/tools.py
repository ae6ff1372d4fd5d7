"""Tools and the choice among them in OpenAI's format, both ways.

Never lets the model see a tool that the caller's choice rules out: `allowed_tools` becomes the shorter list it means.
Source: OpenAI API reference, "Create chat completion", `tools` and `tool_choice`.
"""

from collections.abc import Sequence

import msgspec

from sixnines.dialects.neutral import Tool, ToolChoice, ToolMode
from sixnines.dialects.validation import inexpressible, missing, wrong_value
from sixnines.errors import MalformedRequest

_MODES = {"none": ToolMode.NONE, "auto": ToolMode.AUTO, "required": ToolMode.REQUIRED}


class _Function(msgspec.Struct, omit_defaults=True):
    name: str
    description: str | None = None
    parameters: dict[str, object] | None = None
    strict: bool | None = None


class WireTool(msgspec.Struct):
    """A tool as it stands in a request."""

    type: str
    function: _Function | None = None


class _Named(msgspec.Struct):
    name: str


class _Allowed(msgspec.Struct):
    type: str
    function: _Named | None = None


class _AllowedTools(msgspec.Struct):
    mode: str
    tools: list[_Allowed]


class WireChoice(msgspec.Struct, omit_defaults=True):
    """A choice that is more than a word."""

    type: str
    function: _Named | None = None
    allowed_tools: _AllowedTools | None = None


def parse_tools(wire: Sequence[WireTool]) -> tuple[Tool, ...]:
    """The functions that the model may call.

    Raises:
        MalformedRequest: a tool of another type.
    """
    return tuple(_tool(tool, f"tools[{index}]") for index, tool in enumerate(wire))


def render_tools(tools: Sequence[Tool]) -> list[WireTool]:
    """The tools in OpenAI's words."""
    return [
        WireTool("function", _Function(tool.name, tool.description, tool.parameters, tool.strict)) for tool in tools
    ]


def parse_choice(wire: str | WireChoice | None, tools: tuple[Tool, ...]) -> tuple[ToolChoice | None, tuple[Tool, ...]]:
    """The choice, and the tools it leaves.

    Raises:
        MalformedRequest: a choice that is none, or of a tool that is not there.
    """
    if wire is None:
        return None, tools
    if isinstance(wire, str):
        if wire not in _MODES:
            raise wrong_value("tool_choice", wire, tuple(_MODES))
        return ToolChoice(_MODES[wire]), tools
    match wire:
        case WireChoice(type="function", function=_Named(name=name)):
            _known(name, tools, "tool_choice.function.name")
            return ToolChoice(ToolMode.FUNCTION, name), tools
        case WireChoice(type="function"):
            raise missing("tool_choice.function")
        case WireChoice(type="allowed_tools", allowed_tools=_AllowedTools() as allowed):
            return _restricted(allowed, tools)
        case WireChoice(type="allowed_tools"):
            raise missing("tool_choice.allowed_tools")
        case WireChoice(type="custom"):
            raise inexpressible("tool_choice.type", "its provider knows only tools of type 'function'")
        case _:
            raise wrong_value("tool_choice.type", wire.type, ("function", "allowed_tools", "custom"))


def render_choice(choice: ToolChoice | None) -> str | WireChoice | None:
    """The choice in OpenAI's words."""
    if choice is None:
        return None
    if choice.mode is ToolMode.FUNCTION:
        return WireChoice("function", function=_Named(choice.name or ""))
    return choice.mode.value


def _tool(wire: WireTool, at: str) -> Tool:
    if wire.type == "custom":
        raise inexpressible(f"{at}.type", "its provider knows only tools of type 'function'")
    if wire.type != "function":
        raise wrong_value(f"{at}.type", wire.type, ("function", "custom"))
    if wire.function is None:
        raise missing(f"{at}.function")
    function = wire.function
    return Tool(
        name=function.name,
        description=function.description,
        parameters=function.parameters,
        strict=function.strict,
    )


def _restricted(allowed: _AllowedTools, tools: tuple[Tool, ...]) -> tuple[ToolChoice, tuple[Tool, ...]]:
    at = "tool_choice.allowed_tools"
    if allowed.mode not in ("auto", "required"):
        raise wrong_value(f"{at}.mode", allowed.mode, ("auto", "required"))
    names: set[str] = set()
    for index, each in enumerate(allowed.tools):
        if each.function is None:
            raise missing(f"{at}.tools[{index}].function")
        _known(each.function.name, tools, f"{at}.tools[{index}].function.name")
        names.add(each.function.name)
    return ToolChoice(_MODES[allowed.mode]), tuple(tool for tool in tools if tool.name in names)


def _known(name: str, tools: tuple[Tool, ...], at: str) -> None:
    if all(tool.name != name for tool in tools):
        raise MalformedRequest(f"Tool choice '{name}' not found in 'tools' parameter.", param=at, code="invalid_value")
