"""OpenAI's request bodies read the way a lenient server reads them: what has the wrong type counts as absent.

Pure. Which mistakes are refused, and in what words, is each engine's own affair and done before this.
"""

from collections.abc import Iterator

from sixnines.testing.asks import Ask, ToolUse, count_tokens, whole_number
from sixnines.testing.script import Asked

Document = dict[str, object]


def read_chat(document: Document) -> Ask:
    """What a body of `/v1/chat/completions` asks for (OpenAI API reference, "Create chat completion")."""
    texts = [_text(message) for message in _dicts(document.get("messages"))]
    prompt = "\n".join(texts)
    ask = Ask(Asked.CHAT, prompt=prompt, last=texts[-1] if texts else "", prompt_tokens=count_tokens(prompt))
    _read_shared(document, ask)
    ask.max_tokens = _int(document, "max_completion_tokens", "max_tokens")
    ask.images = sum(1 for message in _dicts(document.get("messages")) for _ in _images(message))
    if "tools" in document:
        _read_tools(document, ask)
    if "response_format" in document:
        _read_format(document, ask)
    if document.get("logprobs") is True:
        ask.logprobs = _int(document, "top_logprobs") or 0
    return ask


def read_completion(document: Document) -> Ask:
    """What a body of `/v1/completions` asks for (OpenAI API reference, "Create completion")."""
    prompts = texts_of(document.get("prompt"))
    prompt = "\n".join(prompts)
    ask = Ask(Asked.COMPLETION, prompt=prompt, last=prompt, prompt_tokens=count_tokens(prompt))
    _read_shared(document, ask)
    ask.max_tokens = _int(document, "max_tokens")
    ask.logprobs = _int(document, "logprobs")
    return ask


def read_embedding(document: Document) -> Ask:
    """What a body of `/v1/embeddings` asks for (OpenAI API reference, "Create embeddings")."""
    inputs = texts_of(document.get("input"))
    return Ask(
        Asked.EMBEDDING,
        model=model_of(document),
        prompt="\n".join(inputs),
        prompt_tokens=sum(map(count_tokens, inputs)),
        inputs=inputs,
        base64=document.get("encoding_format") == "base64",
        dimensions=_int(document, "dimensions"),
    )


def model_of(document: Document) -> str:
    """The model named, or ""."""
    model = document.get("model")
    return model if isinstance(model, str) else ""


def texts_of(value: object) -> tuple[str, ...]:
    """The texts of a prompt or an input: one or many, as text or as token numbers (which become their digits)."""
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, list):
        return ()
    if value and all(isinstance(item, int) for item in value):
        return (" ".join(map(str, value)),)
    return tuple(text for item in value for text in texts_of(item))


def _read_shared(document: Document, ask: Ask) -> None:
    ask.model = model_of(document)
    ask.stream = document.get("stream") is True
    options = document.get("stream_options")
    ask.include_usage = isinstance(options, dict) and options.get("include_usage") is True
    ask.choices = max(_int(document, "n") or 1, 1)


def _read_tools(document: Document, ask: Ask) -> None:
    functions = [tool.get("function") for tool in _dicts(document.get("tools"))]
    ask.tools = tuple(
        str(function["name"]) for function in functions if isinstance(function, dict) and "name" in function
    )
    choice = document.get("tool_choice", "auto")
    if isinstance(choice, dict):
        function = choice.get("function")
        ask.tool_name = str(function.get("name")) if isinstance(function, dict) else None
        ask.tool_use = ToolUse.REQUIRED
    elif choice in ("auto", "none", "required"):
        ask.tool_use = ToolUse(choice)


def _read_format(document: Document, ask: Ask) -> None:
    wanted = document["response_format"]
    if not isinstance(wanted, dict):
        return
    ask.json_output = wanted.get("type") in ("json_object", "json_schema")
    described = wanted.get("json_schema")
    schema = described.get("schema") if isinstance(described, dict) else wanted.get("schema")
    ask.schema = schema if isinstance(schema, dict) else None


def _dicts(value: object) -> Iterator[Document]:
    return (item for item in value if isinstance(item, dict)) if isinstance(value, list) else iter(())


def _int(document: Document, *names: str) -> int | None:
    return next((found for name in names if (found := whole_number(document.get(name))) is not None), None)


def _text(message: Document) -> str:
    content = message.get("content")
    if isinstance(content, str):
        return content
    return "\n".join(str(part.get("text", "")) for part in _dicts(content) if part.get("type") == "text")


def _images(message: Document) -> Iterator[Document]:
    return (part for part in _dicts(message.get("content")) if part.get("type") == "image_url")
