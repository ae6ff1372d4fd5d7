"""The kinds of text that a config holds: how each is read, how the JSON Schema describes it, what it looks like.

Never looks beyond the one value: whether a name exists or a port is the gateway's own is for the checks.
"""

import enum
from collections.abc import Callable
from dataclasses import dataclass

from sixnines.config import quantities, secret, urls

MAX_NAME = 200  # characters; also the longest model name that patterns are tried on
# How a reference begins; what else a variable may hold is its value.
_REFERENCES = tuple(f"{kind}:" for kind in secret.ReferenceKind)
_NAME_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:/@+-")


class TextFormat(enum.StrEnum):
    """What a piece of text in a config stands for."""

    NAME = "name"
    UPSTREAM_MODEL = "upstream model"
    DURATION = "duration"
    HEDGE_AFTER = "duration or p95"
    SIZE = "size"
    SECRET = "secret reference"  # noqa: S105 - the name of a format
    LISTEN = "address"
    BASE_URL = "URL"
    ORIGIN = "origin"
    REGEX = "regular expression"
    PATH = "path"
    WORD = "word of a command"
    VARIABLE = "value of a variable"


@dataclass(frozen=True, slots=True)
class TextRule:
    """How text of one format is read.

    Attributes:
        read: text to the value that the document holds; raises `ValueError` with the reason.
        noun: for messages: "expected {noun}".
        pattern: for the JSON Schema (ECMA 262), or None if a pattern would say too little.
    """

    read: Callable[[str], object]
    noun: str
    pattern: str | None = None


def _keeping(check: Callable[[str], object]) -> Callable[[str], object]:
    """A reader that runs `check` for its errors and keeps the text as it is."""

    def read(text: str) -> str:
        check(text)
        return text

    return read


def _read_name(text: str) -> str:
    if not text:
        raise ValueError("a name cannot be empty")
    if len(text) > MAX_NAME:
        raise ValueError(f"a name has at most {MAX_NAME} characters")
    if not _NAME_CHARACTERS.issuperset(text):
        raise ValueError("a name holds only A-Z a-z 0-9 . _ : / @ + -")
    return text


def _read_upstream_model(text: str) -> str:
    _read_text(text)
    if len(text) > MAX_NAME:
        raise ValueError(f"a model's name has at most {MAX_NAME} characters")
    return text


def _read_text(text: str) -> None:
    if not text or not text.isprintable():
        raise ValueError("empty, or with characters that cannot be seen")


def _read_variable(text: str) -> None:
    _read_text(text)
    if text.startswith(_REFERENCES):
        secret.parse_reference(text)


RULES = {
    TextFormat.NAME: TextRule(_read_name, "a name", f"^[A-Za-z0-9._:/@+-]{{1,{MAX_NAME}}}$"),
    TextFormat.UPSTREAM_MODEL: TextRule(_read_upstream_model, "the provider's name of the model"),
    TextFormat.DURATION: TextRule(quantities.parse_duration, "a duration such as 30s", quantities.DURATION_PATTERN),
    TextFormat.HEDGE_AFTER: TextRule(
        quantities.parse_hedge_after, "a duration such as 800ms, or p95", quantities.HEDGE_AFTER_PATTERN
    ),
    TextFormat.SIZE: TextRule(quantities.parse_size, "a size such as 32MiB", quantities.SIZE_PATTERN),
    TextFormat.SECRET: TextRule(_keeping(secret.parse_reference), "env:NAME or file:PATH", secret.REFERENCE_PATTERN),
    TextFormat.LISTEN: TextRule(_keeping(urls.parse_listen), "an address such as 127.0.0.1:4000", urls.LISTEN_PATTERN),
    TextFormat.BASE_URL: TextRule(_keeping(urls.parse_base_url), "a URL", urls.BASE_URL_PATTERN),
    TextFormat.ORIGIN: TextRule(urls.parse_origin, "an origin such as https://chat.example.org, or *"),
    TextFormat.REGEX: TextRule(_keeping(_read_text), "a regular expression"),
    TextFormat.PATH: TextRule(_keeping(_read_text), "a path"),
    TextFormat.WORD: TextRule(_keeping(_read_text), "text"),
    TextFormat.VARIABLE: TextRule(_keeping(_read_variable), "text, or env:NAME or file:PATH"),
}
