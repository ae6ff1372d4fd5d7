"""The language of a text, coarsely: the script by its bytes, Latin ones by their frequent words. Never raises."""

from collections.abc import Set

from sixnines.domain.features import Language
from sixnines.routing.reading.words import FREQUENT

# One frequent word may be a name or a chance, two are not, unless the text is a few words long.
_ENOUGH = 2
_WORDS_FOR_EACH = 8

_ASCII = bytes(range(0x80))
# Without these only the first bytes of characters beyond ASCII are left (UTF-8, RFC 3629).
_NOT_LEADING = bytes(range(0xC0))
_HAN = bytes(range(0xE4, 0xEA))
_HANGUL = bytes(range(0xEA, 0xEE))
_CYRILLIC = b"\xd0\xd1"
_ARABIC = bytes(range(0xD8, 0xDC))
_KANA = (b"\xe3\x81", b"\xe3\x82", b"\xe3\x83")
# Japanese has more kana than this for each Han character, except in names and headings.
_KANA_FOR_HAN = 0.25
# A quarter of the characters: Chinese that names an English product is Chinese, English with a Chinese word is not.
_SHARE = 0.25


def language(text: bytes, words: Set[bytes]) -> Language:
    """What a text, of which these are the words, is written in."""
    if not text.isascii():
        script = _script(text)
        if script is not None:
            return script
    best, most = Language.OTHER, min(_ENOUGH - 1, len(words) // _WORDS_FOR_EACH)
    for each, frequent in FREQUENT.items():
        found = len(frequent & words)
        if found > most:
            best, most = each, found
    return best


def _script(text: bytes) -> Language | None:
    """The script, if enough of the characters are of one that is known and not Latin."""
    leading = text.translate(None, _NOT_LEADING)
    kana = sum(map(text.count, _KANA))
    han = _those(leading, _HAN)
    counts = {
        Language.JAPANESE if kana > han * _KANA_FOR_HAN else Language.CHINESE: kana + han,
        Language.KOREAN: _those(leading, _HANGUL),
        Language.CYRILLIC: _those(leading, _CYRILLIC),
        Language.ARABIC: _those(leading, _ARABIC),
    }
    best = max(counts, key=counts.__getitem__)
    characters = len(leading) + _those(text, _ASCII)
    return best if counts[best] >= _SHARE * characters else None


def _those(text: bytes, kinds: bytes) -> int:
    """How many bytes of these kinds a text has."""
    return len(text) - len(text.translate(None, kinds))
