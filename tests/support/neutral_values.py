"""Values of the neutral form for laws about dialects: what a caller or an engine could mean.

Biased to what breaks translations: text that looks like framing, empty and blank text, several system messages,
neighbours of one role, calls with and without results, arguments that are no object, counts that are not known.
"""

import json

import msgspec
from hypothesis import strategies as st

from sixnines.dialects.neutral import (
    ChatRequest,
    Choice,
    CompletionRequest,
    Delta,
    EmbeddingRequest,
    EmbeddingResponse,
    Finish,
    GenerationResponse,
    ImagePart,
    Message,
    OutputFormat,
    Role,
    Sampling,
    TextPart,
    Tool,
    ToolCall,
    ToolCallDelta,
    ToolChoice,
    ToolMode,
    Usage,
)

TEXTS = st.one_of(
    st.sampled_from(
        ["", " ", "\n", "hi", "data: [DONE]\n\n", '{"a":"b"}', "\u2028\u2029", "\x00\x1f", '"\\', "\U0001f600", "}\n{"]
    ),
    st.text(max_size=8),
)
SAID = TEXTS.filter(bool)
NAMES = st.text("abcXYZ019_-", min_size=1, max_size=6)
COUNTS = st.integers(0, 100_000)
NUMBERS = st.floats(0, 2, width=32) | st.sampled_from([0.0, 0.7, 1.0, 2.0])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
OBJECTS = st.dictionaries(TEXTS, JSON, max_size=3)
SCHEMAS = st.sampled_from([{"type": "object", "properties": {"a": {"type": "string"}}}, {"type": "object"}]) | OBJECTS
DUMPS = st.sampled_from([json.dumps, lambda value: json.dumps(value, indent=1, ensure_ascii=False)])
ARGUMENTS = st.one_of(
    st.builds(lambda dumps, value: dumps(value), DUMPS, OBJECTS),
    st.sampled_from(["", "{}", '"Paris"', '{"city":', "[1]", '{"n":1.50e3}', "null"]),
)
OBJECT_ARGUMENTS = st.builds(lambda dumps, value: dumps(value), DUMPS, OBJECTS)
# The first bytes say what kind of image it is; that is all that is ever looked at.
IMAGE_DATA = st.sampled_from(
    [("image/png", "iVBORw0KGgo="), ("image/jpeg", "/9j/4AAQ"), ("image/webp", "UklGRg=="), ("image/gif", "R0lGODdh")]
)


def maybe(values: st.SearchStrategy) -> st.SearchStrategy:
    """One of the values, or None."""
    return st.none() | values


def tuples(values: st.SearchStrategy, *, least: int = 0, most: int = 3) -> st.SearchStrategy:
    """Some of the values."""
    return st.lists(values, min_size=least, max_size=most).map(tuple)


DATA_IMAGES = st.builds(
    lambda image, detail: ImagePart(media_type=image[0], data=image[1], detail=detail),
    IMAGE_DATA,
    maybe(st.just("low")),
)
IMAGES = DATA_IMAGES | st.builds(
    ImagePart,
    url=st.sampled_from(["https://example.org/a.png", "http://127.0.0.1/b?c=d"]),
    detail=maybe(st.just("low")),
)
TEXT_PARTS = TEXTS.map(TextPart)
USAGES = st.builds(
    Usage,
    prompt_tokens=maybe(st.integers(50, 1000)),
    completion_tokens=maybe(COUNTS),
    cached_tokens=maybe(st.integers(0, 50)),
    reasoning_tokens=maybe(COUNTS),
)
FULL_USAGES = USAGES.filter(lambda usage: usage.prompt_tokens is not None and usage.completion_tokens is not None)
LOGPROBS = st.builds(
    lambda entries: {"content": entries, "refusal": None},
    st.lists(
        st.builds(
            lambda token, logprob, others: {
                "token": token,
                "logprob": logprob,
                "bytes": list(token.encode()),
                "top_logprobs": [{"token": each, "logprob": -1.5, "bytes": None} for each in others],
            },
            SAID,
            st.floats(-20, 0, width=32),
            st.lists(SAID, max_size=2, unique=True),
        ),
        min_size=1,
        max_size=3,
    ),
)


# What some dialect or other cannot say. A request has none of it or a little, so that most can be said everywhere.
ODDITIES = (
    "arguments", "blank_stop", "effort", "forced_tool", "image_url", "logprobs", "min_p", "no_schema", "one_call",
    "penalties", "several", "warm",
)  # fmt: skip
FEW_ODDITIES = st.one_of(
    st.just(frozenset()),
    st.sampled_from(ODDITIES).map(lambda odd: frozenset([odd])),
    st.frozensets(st.sampled_from(ODDITIES), max_size=3),
)


@st.composite
def conversations(draw: st.DrawFn, odd: frozenset[str]) -> tuple[Message, ...]:
    """Messages in an order that a provider would take: results of tools only after their calls, ids unique."""
    images = IMAGES if "image_url" in odd else DATA_IMAGES
    arguments = ARGUMENTS if "arguments" in odd else OBJECT_ARGUMENTS
    messages: list[Message] = []
    made = 0
    for kind in draw(st.lists(st.sampled_from(["system", "user", "assistant", "calls"]), min_size=1, max_size=5)):
        if kind == "system":
            parts = draw(tuples(TEXT_PARTS, least=1, most=2))
            messages.append(Message(role=Role.SYSTEM, parts=parts, name=draw(maybe(NAMES))))
        elif kind == "user":
            parts = draw(tuples(TEXT_PARTS | images, least=1))
            messages.append(Message(role=Role.USER, parts=parts, name=draw(maybe(NAMES))))
        else:
            count = draw(st.integers(1, 2)) if kind == "calls" else 0
            calls = tuple(
                ToolCall(id=f"call_{made + number}-x", name=draw(NAMES), arguments=draw(arguments))
                for number in range(count)
            )
            made += count
            said = draw(tuples(TEXT_PARTS, most=2))
            said = () if said == (TextPart(""),) else said
            messages.append(Message(role=Role.ASSISTANT, parts=said, reasoning=draw(maybe(SAID)), tool_calls=calls))
            for call in draw(st.permutations(calls)):
                parts = draw(tuples(TEXT_PARTS, least=1, most=2))
                messages.append(Message(role=Role.TOOL, parts=parts, tool_call_id=call.id))
    return tuple(messages)


TOOLS = st.lists(
    st.builds(Tool, name=NAMES, description=maybe(TEXTS), parameters=maybe(SCHEMAS), strict=maybe(st.booleans())),
    max_size=2,
    unique_by=lambda tool: tool.name,
).map(tuple)
SHAPED = st.builds(OutputFormat, schema=SCHEMAS, name=NAMES, strict=maybe(st.booleans()))


def samplings(odd: frozenset[str], *, chat: bool) -> st.SearchStrategy[Sampling]:
    """How tokens are chosen. Log probabilities of completions come with a count and are made elsewhere."""
    blank = (" ",) if "blank_stop" in odd else ()
    positive = st.sampled_from([0.1, 1.5])
    penalties = positive if "penalties" in odd else st.none() | st.just(0.0)
    probabilities = "logprobs" in odd and chat
    return st.builds(
        Sampling,
        max_tokens=maybe(st.integers(1, 9999)),
        temperature=st.sampled_from([1.01, 2.0]) if "warm" in odd else maybe(NUMBERS.map(lambda number: number / 2)),
        top_p=maybe(NUMBERS),
        top_k=maybe(COUNTS),
        min_p=positive if "min_p" in odd else st.none(),
        stop=tuples(TEXTS.filter(str.strip), most=2).map(lambda stops: stops + blank),
        seed=maybe(st.integers(-5, 2**31)),
        presence_penalty=penalties,
        frequency_penalty=penalties,
        logprobs=st.just(True) if probabilities else maybe(st.just(False)) if chat else st.none(),
        top_logprobs=maybe(st.integers(0, 5)) if probabilities else st.none(),
        n=st.just(2) if "several" in odd else st.none(),
    )


def extras(names: list[str]) -> st.SearchStrategy[dict[str, msgspec.Raw]]:
    """Extra fields of these names, never null, spelled with and without white space."""
    values = JSON.filter(lambda value: value is not None)
    raw = st.builds(lambda dumps, value: msgspec.Raw(dumps(value).encode()), DUMPS, values)
    return st.dictionaries(st.sampled_from(names), raw, max_size=2) if names else st.just({})


@st.composite
def chat_requests(draw: st.DrawFn, extra_names: list[str]) -> ChatRequest:
    """Any request for a chat."""
    odd = draw(FEW_ODDITIES)
    tools = draw(TOOLS)
    choices = [ToolChoice(ToolMode.AUTO), ToolChoice(ToolMode.NONE)]
    if "forced_tool" in odd:
        choices = [ToolChoice(ToolMode.REQUIRED), *(ToolChoice(ToolMode.FUNCTION, tool.name) for tool in tools)]
    efforts = ["odd"] if "effort" in odd else ["none", "minimal", "low", "medium", "high", "xhigh", "max"]
    stream = draw(st.booleans())
    return ChatRequest(
        model=draw(NAMES),
        messages=draw(conversations(odd)),
        tools=tools,
        tool_choice=draw(maybe(st.sampled_from(choices))),
        parallel_tool_calls=draw(maybe(st.just("one_call" not in odd))),
        output=draw(maybe(st.just(OutputFormat()) if "no_schema" in odd else SHAPED)),
        sampling=draw(samplings(odd, chat=True)),
        reasoning_effort=draw(maybe(st.sampled_from(efforts))),
        user=draw(maybe(TEXTS)),
        stream=stream,
        include_usage=stream and draw(st.booleans()),
        extras=draw(extras(extra_names)),
    )


@st.composite
def completion_requests(draw: st.DrawFn, extra_names: list[str]) -> CompletionRequest:
    """Any request for a completion. Log probabilities come with a count there."""
    wanted = draw(maybe(st.integers(0, 5)))
    stream = draw(st.booleans())
    sampling = msgspec.structs.replace(
        draw(samplings(draw(FEW_ODDITIES), chat=False)), logprobs=None if wanted is None else True, top_logprobs=wanted
    )
    return CompletionRequest(
        model=draw(NAMES),
        prompt=draw(TEXTS),
        suffix=draw(maybe(SAID)),
        echo=draw(st.sampled_from([None, None, False, True])),
        sampling=sampling,
        user=draw(maybe(TEXTS)),
        stream=stream,
        include_usage=stream and draw(st.booleans()),
        extras=draw(extras(extra_names)),
    )


def embedding_requests(extra_names: list[str]) -> st.SearchStrategy[EmbeddingRequest]:
    """Any request for embeddings."""
    return st.builds(
        EmbeddingRequest,
        model=NAMES,
        inputs=tuples(TEXTS, least=1),
        dimensions=maybe(st.integers(1, 4096)),
        base64=st.booleans(),
        user=maybe(TEXTS),
        extras=extras(extra_names),
    )


TOOL_CALLS = st.lists(
    st.builds(ToolCall, id=NAMES, name=NAMES, arguments=ARGUMENTS), max_size=2, unique_by=lambda call: call.id
).map(tuple)


def responses(*, chat: bool) -> st.SearchStrategy[GenerationResponse]:
    """Any complete answer to a chat, or to a completion."""
    choice = st.builds(
        Choice,
        text=TEXTS,
        reasoning=maybe(SAID) if chat else st.none(),
        tool_calls=TOOL_CALLS if chat else st.just(()),
        finish=maybe(st.sampled_from(Finish)),
        refusal=maybe(SAID) if chat else st.none(),
        logprobs=maybe(LOGPROBS),
    )
    numbered = st.lists(choice, min_size=1, max_size=2).map(
        lambda choices: tuple(msgspec.structs.replace(each, index=index) for index, each in enumerate(choices))
    )
    return st.builds(
        GenerationResponse,
        id=NAMES,
        model=NAMES,
        created=st.integers(0, 2**33),
        choices=numbered,
        usage=maybe(USAGES),
    )


EMBEDDING_RESPONSES = st.builds(
    EmbeddingResponse,
    model=NAMES,
    vectors=tuples(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), max_size=4).map(tuple)),
    usage=maybe(COUNTS.map(lambda count: Usage(prompt_tokens=count))),
)


@st.composite
def streams(draw: st.DrawFn, *, chat: bool, choices: int) -> list[Delta]:
    """The steps of a complete answer: each choice says something and ends; usage comes somewhere at the end."""
    steps: list[list[Delta]] = []
    for index in range(draw(st.integers(1, choices))):
        own = [Delta(index=index, **each) for each in draw(st.lists(_sayings(chat=chat), max_size=5))]
        if chat:
            own = draw(_woven(own, draw(_calls(index))))
        last = draw(st.sampled_from([{}, {"text": "end"}]))
        own.append(Delta(index=index, finish=draw(st.sampled_from(Finish)), **last))
        steps.append(own)
    together = steps[0] if len(steps) == 1 else draw(_woven(*steps))
    usage = draw(maybe(USAGES))
    return together if usage is None else [*together, Delta(usage=usage)]


def _sayings(*, chat: bool) -> st.SearchStrategy[dict[str, object]]:
    text = st.builds(lambda text, logprobs: {"text": text, "logprobs": logprobs}, TEXTS, maybe(LOGPROBS))
    if not chat:
        return text
    return (
        text
        | SAID.map(lambda said: {"reasoning": said})
        | SAID.map(lambda said: {"refusal": said})
        | st.just({"text": "both", "reasoning": "at once"})
    )


@st.composite
def _calls(draw: st.DrawFn, index: int) -> list[Delta]:
    """Fragments of tool calls: each call's first fragment names it; calls may come one by one or woven together."""
    calls: list[list[Delta]] = []
    for number in range(draw(st.integers(0, 2))):
        arguments = draw(OBJECT_ARGUMENTS)
        place = draw(st.integers(0, len(arguments)))
        first = ToolCallDelta(index=number, id=f"call_{index}{number}", name=draw(NAMES))
        pieces = [
            first,
            *(ToolCallDelta(index=number, arguments=part) for part in (arguments[:place], arguments[place:])),
        ]
        if draw(st.booleans()):
            pieces = [msgspec.structs.replace(first, arguments=arguments)]
        calls.append([Delta(index=index, tool_calls=(piece,)) for piece in pieces])
    if len(calls) == 2 and draw(st.booleans()):
        return draw(_woven(*calls))
    return [step for call in calls for step in call]


@st.composite
def _woven(draw: st.DrawFn, left: list[Delta], right: list[Delta]) -> list[Delta]:
    """Both lists, each in its order."""
    turns = draw(st.permutations([0] * len(left) + [1] * len(right)))
    sources = (iter(left), iter(right))
    return [next(sources[turn]) for turn in turns]
