"""What a request asks of a stand-in, whatever wire format it came in, and how prompts are counted.

Values and pure functions. Deliberately independent of `dialects`: a stand-in that read requests with the code under
test would share its mistakes.
"""

import enum
from dataclasses import dataclass

from sixnines.testing.script import Asked


class ToolUse(enum.Enum):
    """How free the model is to call tools."""

    NONE = "none"
    AUTO = "auto"
    REQUIRED = "required"


@dataclass(slots=True)
class Ask:
    """One request for generated output.

    Attributes:
        operation: chat, completion or embedding.
        model: as asked for; "" if the request names none.
        served: the name that the answer says.
        stream: whether a stream is wanted.
        include_usage: whether a stream shall report usage.
        prompt: all text of the prompt, joined with line feeds.
        last: the text of the last message, or the prompt of a completion.
        prompt_tokens: the counted size of the prompt.
        max_tokens: the caller's limit, if any.
        tools: names of the functions offered.
        tool_use: how free the model is to call them.
        tool_name: the one function that must be called, if one is named.
        json_output: JSON is wanted.
        schema: the JSON Schema it must fit, if one is given.
        choices: how many answers (`n`).
        logprobs: how many alternatives per token to report; None is no log probabilities.
        reasoning: the caller wants (or does not refuse) thinking.
        images: how many images the prompt holds.
        inputs: the texts to embed.
        base64: vectors as base64 instead of JSON numbers.
        dimensions: the length of vector asked for.
    """

    operation: Asked
    model: str = ""
    served: str = ""
    stream: bool = False
    include_usage: bool = False
    prompt: str = ""
    last: str = ""
    prompt_tokens: int = 0
    max_tokens: int | None = None
    tools: tuple[str, ...] = ()
    tool_use: ToolUse = ToolUse.NONE
    tool_name: str | None = None
    json_output: bool = False
    schema: dict[str, object] | None = None
    choices: int = 1
    logprobs: int | None = None
    reasoning: bool = True
    images: int = 0
    inputs: tuple[str, ...] = ()
    base64: bool = False
    dimensions: int | None = None


def whole_number(value: object) -> int | None:
    """`value` if it is an integer; JSON's true and false, which Python takes for some, are none."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def count_tokens(text: str) -> int:
    """The size of a prompt: four bytes to a token, which is close enough to real tokenizers and cheap to compute."""
    return (len(text) + 3) // 4
