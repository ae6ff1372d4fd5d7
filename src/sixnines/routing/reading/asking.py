"""The part of a message that asks, and what its words tell.

Works on the UTF-8 bytes of an excerpt, so that nothing here grows with the request. Never raises, whatever the bytes.
"""

import msgspec

from sixnines.domain.features import Language
from sixnines.routing.reading.spoken import language
from sixnines.routing.reading.words import Known

# Bytes of a paragraph that asks: 100 words. A longer one is material, or asks at its beginning and its end.
_PARAGRAPH = 600
_END = 300
# "Fix the typos in this text: ..." has its colon within the first 200 bytes.
_COLON_WITHIN = 200
# What kind of task it is stands in the first words of a request: "Could you please translate this ..."
_OPENING_WORDS = 6
_OPENING_WITHIN = 100
# As much for scripts that do not part words: 8 characters of three bytes.
_OPENING_BYTES = 24

# ASCII letters lowered, what parts words a space, everything beyond ASCII as it is.
_WORDS = bytes(
    byte if byte >= 0x80 or chr(byte) in "'-;" else ord(chr(byte).lower()) if chr(byte).isalnum() else 0x20
    for byte in range(256)
)
# What stands between what asks and its material, and how much of the mark belongs to the first.
_BLANK = b"\n\n"
_FENCE = b"```"
_BREAKS = ((_BLANK, 0), (b":\n", 1), (_FENCE, 0))
_QUESTION_MARKS = (b"?", "？".encode(), "؟".encode())


class Asking(msgspec.Struct, frozen=True, gc=False):
    """What asks, in a message.

    Attributes:
        text: all of it.
        words: the different words, lower case.
        opening: those at the beginning.
        language: it is written in.
    """

    text: bytes
    words: frozenset[bytes]
    opening: frozenset[bytes]
    language: Language

    def questions(self) -> int:
        """Question marks."""
        return sum(map(self.text.count, _QUESTION_MARKS))

    def anywhere(self, known: Known) -> int:
        """How many of the known words there are."""
        return len(known.words & self.words) + _stems(known, self.language, self.text)

    def at_the_beginning(self, known: Known) -> int:
        """How many of the known words it begins with."""
        return len(known.words & self.opening) + _stems(known, self.language, self.text[:_OPENING_BYTES])


def asking(message: bytes) -> Asking:
    """The part of a message that asks."""
    first, last = _paragraphs(message)
    text = first + b"\n" + last if last else first
    words = frozenset(text.translate(_WORDS).split())
    opening = frozenset(_first_words(first) + _first_words(last))
    return Asking(text, words, opening, language(text, words))


def _paragraphs(message: bytes) -> tuple[bytes, bytes]:
    """The first and the last paragraph, each empty where it is material by the look of it: long, or behind a colon."""
    breaks = [at + kept for at, kept in ((message.find(mark), kept) for mark, kept in _BREAKS) if at >= 0]
    if not breaks:
        return _ends(message)
    first = message[: min(breaks)]
    begin = max(message.rfind(_BLANK) + len(_BLANK), message.rfind(_FENCE) + len(_FENCE))
    introduced = first.endswith(b":") and begin - len(first) <= len(_BLANK)
    last = b"" if introduced or begin <= len(first) else message[begin:]
    if len(first) > _PARAGRAPH:
        first = b""
    if len(last) > _END:
        last = b""
    return (first, last) if first.strip() or last.strip() else _ends(message)


def _ends(paragraph: bytes) -> tuple[bytes, bytes]:
    """A single paragraph, or what of a long one probably asks."""
    if len(paragraph) <= _PARAGRAPH:
        return paragraph, b""
    colon = paragraph.find(b": ", 0, _COLON_WITHIN)
    return (paragraph[:colon], b"") if colon > 0 else (paragraph[:_END], paragraph[-_END:])


def _first_words(text: bytes) -> list[bytes]:
    return text[:_OPENING_WITHIN].translate(_WORDS).split(None, _OPENING_WORDS)[:_OPENING_WORDS]


def _stems(known: Known, language: Language, text: bytes) -> int:
    stems = known.stems.get(language)
    return sum(1 for stem in stems if stem in text) if stems else 0
