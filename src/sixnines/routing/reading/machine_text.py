"""How much of a text is for machines: code, markup, data. Never raises, whatever the bytes."""

_SYMBOLS = b"{}[]()<>=;_|&+\\/"
# A short text may have a few by chance.
_CHANCE = 3
# Of 100 bytes of prose up to 4 are such signs, of code 12 and more.
_PROSE = 0.04
_CODE = 0.12


def code_share(text: bytes) -> float:
    """The share, 0 to 1: all that is fenced, and of the rest as much as its signs tell."""
    pieces = text.split(b"```")
    fenced = sum(map(len, pieces[1::2]))
    rest = b"".join(pieces[::2])
    if not rest:
        return 1.0 if fenced else 0.0
    signs = len(rest) - len(rest.translate(None, _SYMBOLS))
    density = max(signs - _CHANCE, 0) / len(rest)
    share = min(max((density - _PROSE) / (_CODE - _PROSE), 0.0), 1.0)
    return round((fenced + share * len(rest)) / (fenced + len(rest)), 3)
