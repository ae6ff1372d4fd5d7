"""The part of a message that asks, and what its words tell.

Works on the UTF-8 bytes of an excerpt, so that nothing here grows with the request. Never raises, whatever the bytes.
"""

import re
import string

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

# ASCII letters lowered; letters beyond ASCII, digits and hyphens as they are; the rest parts words.
_PARTS = frozenset(map(chr, range(0x80))) - frozenset(string.ascii_letters + string.digits + "-")
_LOWER = bytes(ord(" ") if chr(byte) in _PARTS else byte for byte in range(256)).lower()
# Those beyond ASCII that stand right beside words: inverted marks, guillemets, typographic quotes and dashes.
_WIDE_MARKS = re.compile(rb"\xc2[\xa1\xab\xbb\xbf]|\xe2\x80[\x90-\xbf]")
# What stands between what asks and its material, and how much of the mark belongs to the first.
_BLANK = b"\n\n"
_FENCE = b"```"
_BREAKS = ((_BLANK, 0), (b":\n", 1), (_FENCE, 0))
_QUESTION_MARKS = (b"?", "\uff1f".encode(), "\u061f".encode())  # as Chinese and Arabic write it


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
    words = frozenset(_words(text))
    opening = frozenset(
        _words(first[:_OPENING_WITHIN])[:_OPENING_WORDS] + _words(last[:_OPENING_WITHIN])[:_OPENING_WORDS]
    )
    return Asking(text, words, opening, language(text, words))


def _paragraphs(message: bytes) -> tuple[bytes, bytes]:
    """The first and the last paragraph, each empty where it is material by the look of it: long, or behind a colon."""
    if b"\n" not in message and b"`" not in message:  # the usual case, and one byte is found ten times as fast as two
        return _ends(message)
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


def _words(text: bytes) -> list[bytes]:
    """The words in their order."""
    if b"\xc2" in text or b"\xe2\x80" in text:
        text = _WIDE_MARKS.sub(b" ", text)
    return text.translate(_LOWER).split()


def _stems(known: Known, language: Language, text: bytes) -> int:
    stems = known.stems.get(language)
    return sum(1 for stem in stems if stem in text) if stems else 0
