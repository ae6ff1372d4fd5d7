"""What an error body says, whichever of the shapes it has that engines, clouds and proxies use.

Never raises and never judges: it finds the words, `classify` decides what they mean. The shapes: an object under
`error` with an int, string or null `code` (OpenAI and most engines), `error` as plain text (Ollama, vLLM on 401),
`detail` (FastAPI), the error at the top level (Mistral, older vLLM), any of them in a list (Gemini), JSON inside a
string (Ollama in front of llama-server, OpenRouter), plain text, and the HTML page of a reverse proxy.
"""

import html
import re
from dataclasses import dataclass

import msgspec

from sixnines.providers.validation import Validation, read_details, read_text

VALIDATION = "validation_error"
"""The word that stands for pydantic's validation errors, whose own envelope has no name for them."""

# An object in an object in a string in an object (llama-server behind Ollama) is five levels; deeper bodies waste time.
_NESTING = 8

_ERROR_STATUSES = range(400, 600)
_STATUS = re.compile(r"[45][0-9]{2}")
_TITLE = re.compile(r"<title[^>]{0,100}>([^<]{1,200})", re.IGNORECASE)
_UNREADABLE = "\N{REPLACEMENT CHARACTER}"
_MARKUP = re.compile(r"\s*<(?:!doctype|html|head|body|\?xml)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Envelope:
    """An error as it was sent, not yet fit to be shown.

    Attributes:
        message: the text for people; "" if there is none.
        words: everything that was meant for machines, lower case: the type, the code, and the names of finer codes.
        code: the string code as it was written.
        status: the HTTP status that the body names, 400 to 599.
        param: the request field at fault.
    """

    message: str = ""
    words: frozenset[str] = frozenset()
    code: str | None = None
    status: int | None = None
    param: str | None = None


_NOTHING = Envelope()


def read_envelope(body: bytes) -> Envelope:
    """The error in `body`; an empty envelope when there is nothing to read in it."""
    text = body.decode("utf-8", "replace").strip()
    if text[:1] in ("{", "["):
        # An error that was cut, or is no JSON after all, is not worth showing: half a body is nobody's sentence.
        found = _decoded(text)
        return _NOTHING if found is None else _from_value(found, _NESTING)
    if _MARKUP.match(text):
        title = _TITLE.search(text)
        return Envelope(message="" if title is None else html.unescape(title[1]).strip())
    if _UNREADABLE in text:  # compressed, or no text at all
        return _NOTHING
    return _from_text(text, _NESTING)


def _decoded(text: str) -> object:
    """The JSON value in `text`; None when it is not JSON."""
    try:
        found: object = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return None
    return found


def _from_value(value: object, depth: int) -> Envelope:
    """The envelope in any JSON value."""
    match value:
        case _ if depth == 0:
            return _NOTHING
        case str():
            return _from_text(value, depth)
        case [dict() as first, *_]:
            validation = read_details(value)
            return _from_value(first, depth - 1) if validation is None else _from_validation(validation)
        case [str() as first, *_]:
            return _from_text(first, depth)
        case dict():
            return _from_object(value, depth)
        case _:
            return _NOTHING


def _from_text(text: str, depth: int) -> Envelope:
    """The envelope in a string, which may hold JSON or pydantic's errors."""
    stripped = text.strip()
    if stripped[:1] in ("{", "[") and depth > 0:
        inner = _from_value(_decoded(stripped), depth - 1)
        if inner != _NOTHING:
            return inner
    validation = read_text(stripped)
    return Envelope(message=stripped) if validation is None else _from_validation(validation)


def _from_validation(validation: Validation) -> Envelope:
    return Envelope(message=validation.message, words=frozenset({VALIDATION}), param=validation.param)


def _from_object(found: dict[str, object], depth: int) -> Envelope:
    """The envelope in an object: what it says itself, and what the objects in it say better."""
    own = Envelope(
        words=frozenset(_words(found)),
        code=_string(found.get("code")),
        status=_status(found.get("code")) or _status(found.get("status")),
        param=_string(found.get("param")),
    )
    for key in ("error", "errors", "detail", "message", "msg"):
        inner = _from_value(found.get(key), depth - 1)
        if inner != _NOTHING:
            own = _merged(own, inner)
            break
    metadata = found.get("metadata")
    if isinstance(metadata, dict):  # OpenRouter puts the answer of the provider behind it here, as it came
        own = _merged(own, _from_value(metadata.get("raw"), depth - 1))
    return own


def _merged(outer: Envelope, inner: Envelope) -> Envelope:
    """Both: where they disagree the inner one is nearer to the cause."""
    return Envelope(
        message=inner.message or outer.message,
        words=outer.words | inner.words,
        code=inner.code or outer.code,
        status=inner.status or outer.status,
        param=inner.param or outer.param,
    )


def _words(found: dict[str, object]) -> list[str]:
    """What is meant for machines: `type`, `code`, `status` (Google) and Anthropic's `details.error_code`."""
    words = [found.get("type"), found.get("code"), found.get("status")]
    details = found.get("details")
    if isinstance(details, dict):
        words.append(details.get("error_code"))
    return [word.lower() for word in words if isinstance(word, str) and word]


def _string(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _status(value: object) -> int | None:
    """An HTTP status written as a number or as its digits; other codes (Mistral's "1500") are none."""
    if isinstance(value, str) and _STATUS.fullmatch(value):
        value = int(value)
    if isinstance(value, int) and value in _ERROR_STATUSES:
        return value
    return None
