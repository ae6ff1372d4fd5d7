"""How many tokens a text probably has, told by its bytes. An estimate: no tokenizer is asked.

Never for limits that must hold: `Call.tokens_floor` is what is certain.
"""

# Bytes of JSON text to a token, in round numbers that fit the tokenizers of today within a third either way: English
# prose takes 4 to 4.5 and code about 3.5. Beyond ASCII a character takes two to four bytes and about one token.
_PLAIN = 4
_WIDE = 3
# `\u4e2d`, which is how many encoders write what is not ASCII: six bytes, one token.
_ESCAPE = 6

# Between what a picture costs at OpenAI (85 to 1,105), Anthropic (up to 1,600) and Qwen-VL (256 to 1,280).
A_PICTURE = 800

_ASCII = bytes(range(128))


def per_byte(sample: bytes) -> float:
    """Tokens in one byte of JSON text such as `sample`."""
    size = len(sample)
    if not size:
        return 0.0
    escapes = sample.count(b"\\u")
    wide = 0 if sample.isascii() else len(sample.translate(None, _ASCII))
    return ((size - wide - _ESCAPE * escapes) / _PLAIN + wide / _WIDE + escapes) / size
