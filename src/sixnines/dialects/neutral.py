"""The neutral form: what a request or an answer means, whatever format it came in.

Used only when caller and provider speak different dialects; otherwise bytes pass through (`rawpatch`).
Each dialect has a parser and a renderer per operation; for everything a dialect can express,
`parse(render(x)) == x`. Fields that no dialect but the caller's knows stay in `extras`.
"""

import enum

import msgspec


class Role(enum.StrEnum):
    """Who speaks. OpenAI's `developer` is a system message."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"


class Finish(enum.StrEnum):
    """Why generation ended, in OpenAI's words."""

    STOP = "stop"
    LENGTH = "length"
    TOOL_CALLS = "tool_calls"
    CONTENT_FILTER = "content_filter"


class TextPart(msgspec.Struct, frozen=True, tag="text"):
    """A piece of text."""

    text: str


class ImagePart(msgspec.Struct, frozen=True, tag="image", kw_only=True):
    """An image: either `url` (http or https), or `data` (standard base64) with its `media_type`."""

    url: str | None = None
    media_type: str | None = None
    data: str | None = None
    detail: str | None = None


Part = TextPart | ImagePart


class ToolCall(msgspec.Struct, frozen=True, kw_only=True):
    """A complete call of a function; `arguments` is JSON text, as the model wrote it."""

    id: str
    name: str
    arguments: str


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One turn. `reasoning` is the model's thinking where it was kept; `tool_call_id` only with role `tool`."""

    role: Role
    parts: tuple[Part, ...] = ()
    reasoning: str | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str | None = None
    name: str | None = None


class Tool(msgspec.Struct, frozen=True, kw_only=True):
    """A function that the model may call; `parameters` is a JSON Schema object."""

    name: str
    description: str | None = None
    parameters: dict[str, object] | None = None
    strict: bool | None = None


class ToolMode(enum.StrEnum):
    """How free the model is to call tools."""

    AUTO = "auto"
    NONE = "none"
    REQUIRED = "required"
    FUNCTION = "function"  # the one named in `ToolChoice.name`


class ToolChoice(msgspec.Struct, frozen=True):
    """Which tools must or must not be called."""

    mode: ToolMode
    name: str | None = None


class OutputFormat(msgspec.Struct, frozen=True, kw_only=True):
    """JSON output: any object when `schema` is None, else one that fits the JSON Schema."""

    schema: dict[str, object] | None = None
    name: str | None = None
    strict: bool | None = None


class Sampling(msgspec.Struct, frozen=True, kw_only=True):
    """How to choose tokens. None means: the provider's default."""

    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    min_p: float | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = None
    n: int | None = None


class ChatRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A chat. `context_window` is set by the gateway (never parsed from a caller): the tokens the deployment was
    declared to hold, for engines that must be told. `extras` holds the caller's unknown top-level fields as raw JSON.
    """

    model: str
    messages: tuple[Message, ...]
    tools: tuple[Tool, ...] = ()
    tool_choice: ToolChoice | None = None
    parallel_tool_calls: bool | None = None
    output: OutputFormat | None = None
    sampling: Sampling = Sampling()
    reasoning_effort: str | None = None  # none, minimal, low, medium, high, ... as the caller wrote it
    user: str | None = None
    stream: bool = False
    include_usage: bool = False
    context_window: int | None = None
    extras: dict[str, msgspec.Raw] = {}


class CompletionRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A plain text completion of exactly one prompt."""

    model: str
    prompt: str
    suffix: str | None = None
    echo: bool | None = None
    sampling: Sampling = Sampling()
    user: str | None = None
    stream: bool = False
    include_usage: bool = False
    context_window: int | None = None
    extras: dict[str, msgspec.Raw] = {}


class EmbeddingRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Texts to embed. `base64` asks for little-endian float32 in base64 instead of JSON numbers."""

    model: str
    inputs: tuple[str, ...]
    dimensions: int | None = None
    base64: bool = False
    user: str | None = None
    context_window: int | None = None
    extras: dict[str, msgspec.Raw] = {}


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens as the provider counted them. None is "not reported", never zero in disguise."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cached_tokens: int | None = None
    reasoning_tokens: int | None = None


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """One generated answer, for chats and completions alike."""

    index: int = 0
    text: str = ""
    reasoning: str | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    finish: Finish | None = None
    refusal: str | None = None
    logprobs: dict[str, object] | None = None  # in OpenAI's chat form


class GenerationResponse(msgspec.Struct, frozen=True, kw_only=True):
    """The whole answer to a chat or a completion. `created` is in Unix seconds."""

    id: str
    model: str
    created: int
    choices: tuple[Choice, ...]
    usage: Usage | None = None


class EmbeddingResponse(msgspec.Struct, frozen=True, kw_only=True):
    """One vector per input, in order."""

    model: str
    vectors: tuple[tuple[float, ...], ...]
    usage: Usage | None = None


class ToolCallDelta(msgspec.Struct, frozen=True, kw_only=True):
    """A fragment of a tool call. `id` and `name` come with its first fragment only."""

    index: int
    id: str | None = None
    name: str | None = None
    arguments: str = ""


class Delta(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a streamed chat or completion. Any field may be absent; `usage` belongs to the whole answer."""

    index: int = 0
    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    tool_calls: tuple[ToolCallDelta, ...] = ()
    finish: Finish | None = None
    usage: Usage | None = None
    logprobs: dict[str, object] | None = None

    @property
    def has_content(self) -> bool:
        """Whether this is something the model said, as opposed to bookkeeping."""
        return bool(self.text or self.reasoning or self.refusal or self.tool_calls)


class StreamDone(msgspec.Struct, frozen=True):
    """The stream's own terminator was seen (`[DONE]`, `done: true`, `message_stop`)."""


class StreamFault(msgspec.Struct, frozen=True, kw_only=True):
    """An error event inside a stream, or bytes that are not the format (`garbage`)."""

    message: str
    status: int | None = None
    type: str | None = None
    code: str | None = None
    garbage: bool = False


StreamEvent = Delta | StreamDone | StreamFault
