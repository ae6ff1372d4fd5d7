"""Tools and the choice among them in Anthropic's format, both ways.

Never forces a choice of tools where there are none, which the API refuses.
Source: Anthropic API reference, "Messages", `tools` and `tool_choice`.
"""

from collections.abc import Sequence

import msgspec

from sixnines.dialects.neutral import Tool, ToolChoice, ToolMode
from sixnines.dialects.validation import inexpressible, missing, wrong_value

_MODES = {
    "auto": ToolMode.AUTO,
    "any": ToolMode.REQUIRED,
    "tool": ToolMode.FUNCTION,
    "none": ToolMode.NONE,
}
_TYPES = {mode: name for name, mode in _MODES.items()}
_ANY_OBJECT: dict[str, object] = {"type": "object", "properties": {}}


class WireTool(msgspec.Struct, omit_defaults=True):
    """A tool as it stands in a request."""

    name: str
    input_schema: dict[str, object] | None = None
    description: str | None = None
    strict: bool | None = None
    type: str | None = None


class WireChoice(msgspec.Struct, omit_defaults=True):
    """A choice as it stands in a request."""

    type: str
    name: str | None = None
    disable_parallel_tool_use: bool | None = None


def parse_tools(wire: Sequence[WireTool]) -> tuple[Tool, ...]:
    """The functions that the model may call.

    Raises:
        MalformedRequest: a tool that the provider itself runs.
    """
    tools: list[Tool] = []
    for index, each in enumerate(wire):
        if each.type not in (None, "custom"):
            raise inexpressible(f"tools[{index}].type", f"its provider has no tool '{each.type}'")
        if each.input_schema is None:
            raise missing(f"tools[{index}].input_schema")
        tools.append(
            Tool(name=each.name, description=each.description, parameters=each.input_schema, strict=each.strict)
        )
    return tuple(tools)


def render_tools(tools: Sequence[Tool]) -> list[WireTool]:
    """The tools in Anthropic's words. A tool without parameters takes an empty object."""
    return [WireTool(tool.name, tool.parameters or _ANY_OBJECT, tool.description, tool.strict) for tool in tools]


def parse_choice(wire: WireChoice | None) -> tuple[ToolChoice | None, bool | None]:
    """The choice, and whether several tools may be called at once (None: not said).

    Raises:
        MalformedRequest: a choice that is none.
    """
    if wire is None:
        return None, None
    if wire.type not in _MODES:
        raise wrong_value("tool_choice.type", wire.type, tuple(_MODES))
    mode = _MODES[wire.type]
    if mode is ToolMode.FUNCTION and wire.name is None:
        raise missing("tool_choice.name")
    parallel = None if wire.disable_parallel_tool_use is None else not wire.disable_parallel_tool_use
    return ToolChoice(mode, wire.name if mode is ToolMode.FUNCTION else None), parallel


def render_choice(choice: ToolChoice | None, *, parallel: bool | None) -> WireChoice | None:
    """The choice in Anthropic's words, for a request that has tools."""
    if choice is None and parallel is not False:
        return None
    mode = ToolMode.AUTO if choice is None else choice.mode
    one_at_most = True if parallel is False and mode is not ToolMode.NONE else None
    return WireChoice(_TYPES[mode], None if choice is None else choice.name, one_at_most)
