"""How many tokens a text probably has, told by its bytes. An estimate: no tokenizer is asked.

Never for limits that must hold: `Call.tokens_floor` is what is certain.
"""

# Bytes to a token, in round numbers. English prose has 4 to 4.5 and other Latin languages a little less.
_PLAIN = 4
# Some tokenizers take digits one by one, some by threes.
_DIGIT = 2
# Beyond ASCII a character has two to four bytes, and about one token where the vocabulary is large.
_WIDE = 3
# `\u4e2d`, which is how many encoders write such a character: six bytes, one token.
_ESCAPE = 6

# Between what a picture costs at OpenAI (85 to 1,105), Anthropic (up to 1,600) and Qwen-VL (256 to 1,280).
A_PICTURE = 800

_DIGITS = b"0123456789"
_ASCII = bytes(range(0x80))


def per_byte(sample: bytes) -> float:
    """Tokens in one byte of JSON text such as `sample`."""
    size = len(sample)
    if not size:
        return 0.0
    escapes = sample.count(b"\\u")
    digits = 0 if escapes else size - len(sample.translate(None, _DIGITS))  # those of an escape are none
    wide = 0 if sample.isascii() else len(sample.translate(None, _ASCII))
    plain = size - digits - wide - _ESCAPE * escapes
    return (plain / _PLAIN + digits / _DIGIT + wide / _WIDE + escapes) / size
