"""Laws of what is refused because two decoders could read it differently."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sixnines.dialects import unambiguous
from sixnines.endpoints.chat_completions import ENDPOINT as CHAT
from sixnines.endpoints.completions import ENDPOINT as COMPLETION
from sixnines.endpoints.embeddings import ENDPOINT as EMBEDDING
from sixnines.errors import MalformedRequest

# What the gateway reads or sets, for some endpoint.
KNOWN = (
    "model", "messages", "prompt", "input", "stream", "stream_options", "max_tokens", "max_completion_tokens", "n",
    "temperature", "tools", "encoding_format",
)  # fmt: skip
# Text that looks like members, so that a walk by bytes has something to stumble over.
TRICKY = st.sampled_from(
    ["", '"', "\\", '\\"', ',"model":1', '"model"', '": "', "{", "}", "]", '{"n":1,"n":2}', "é", "\u2028", "😀", "\x7f", "\b", "/"]
)  # fmt: skip
TEXT = st.one_of(TRICKY, st.text(max_size=8), st.lists(TRICKY, max_size=3).map("".join))
KEYS = st.one_of(st.sampled_from(KNOWN), TEXT)
SPACES = st.sampled_from(["", "", "", " ", "\n  ", "\t \r\n"])
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-100, 10**20), st.floats(allow_nan=False, allow_infinity=False), TEXT),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=5,
)  # fmt: skip


@st.composite
def spelled(draw, text):
    """A JSON string, any of its characters as an escape."""
    pieces = []
    for character in text:
        plain = json.dumps(character, ensure_ascii=False)[1:-1]
        units = character.encode("utf-16-be")
        escaped = "".join(f"\\u{units[at] << 8 | units[at + 1]:04{draw(st.sampled_from('xX'))}}" for at in range(0, len(units), 2))  # fmt: skip
        if character == "/":
            plain = draw(st.sampled_from(["/", "\\/"]))
        pieces.append(escaped if draw(st.integers(0, 7)) == 0 else plain)
    return '"' + "".join(pieces) + '"'


@st.composite
def written(draw, members):
    """An object with these members in this order, as some encoder might write it."""
    style = draw(st.sampled_from(["compact", "spaced", "ascii", "free"]))
    if style == "free":
        parts = [
            f"{draw(SPACES)}{draw(spelled(key))}{draw(SPACES)}:{draw(SPACES)}"
            f"{json.dumps(value, indent=draw(st.sampled_from([None, 2])), ensure_ascii=draw(st.booleans()))}{draw(SPACES)}"
            for key, value in members
        ]
        return (draw(SPACES) + "{" + ",".join(parts) + "}" + draw(SPACES)).encode()
    colon, comma = (": ", ", ") if style == "spaced" else (":", ",")

    def dump(value):
        return json.dumps(value, separators=(comma, colon), ensure_ascii=style == "ascii")

    return ("{" + comma.join(dump(key) + colon + dump(value) for key, value in members) + "}").encode()


@st.composite
def without_repetition(draw):
    return draw(written(list(draw(st.dictionaries(KEYS, VALUES, max_size=6)).items())))


@st.composite
def with_repetition(draw):
    """A body in which one key stands twice, at any places, with values of any kind, and the key."""
    key = draw(KEYS)
    members = list(draw(st.dictionaries(KEYS, VALUES, max_size=5)).items())
    for value in (draw(VALUES), draw(VALUES)):
        members.insert(draw(st.integers(0, len(members))), (key, value))
    return draw(written(members)), key


@given(with_repetition())
@example((b'{"model":"a","model":"b"}', "model"))
@example((b'{"mod\\u0065l":"a","model":"b"}', "model"))
@example((b'{"model": 1, "n": 12, "model": 1}', "model"))
@example((b'{"n":12,"n":1}', "n"))
@example((b'{ "n":1,"n":12}', "n"))
@example((b'{ "n":{"x":1},"b":1,"n":1}', "n"))
@example((b'{ "n":1,"n":1,"b":1}', "n"))
@example((b'{"n": [], "a": 1, "b": 1, "c": 1, "d": 1,"n":1}', "n"))  # as long as with spaces and once
@example((b'{"a":1,"a":1 }', "a"))
@example((b'{"a/b":"\\n","a\\/b":1}', "a/b"))
@example(('{"\u00e9":"\\n","\\u00e9":1}'.encode(), "\u00e9"))
def test_a_key_that_stands_twice_is_refused_wherever_and_however_it_is_written(case):
    body, key = case
    with pytest.raises(MalformedRequest) as caught:
        unambiguous.check(body)
    assert (caught.value.param, caught.value.code) == (key[:100], "duplicate_parameter")


@given(without_repetition())
@example(b"{}")
@example(b' {"model"\n:\t"a", "model ":{"model":1,"n":[{"model":2}]}}')
@example(b'{"a":"\\",\\"a\\":1","b":"a"}')
@example(b'{"\\u0061":1,"b":"\\u0061"}')
def test_a_body_in_which_no_key_stands_twice_is_never_refused_for_it(body):
    unambiguous.check(body)


def call(endpoint, extra, at_front):
    """A good request of the endpoint's with `extra`, raw members, before or behind the others."""
    own = {
        CHAT: '"messages":[{"role":"user","content":"x"}]', COMPLETION: '"prompt":"x"', EMBEDDING: '"input":"x"',
    }[endpoint]  # fmt: skip
    good = f'"model":"m",{own}'
    return ("{" + (f"{extra},{good}" if at_front else f"{good},{extra}") + "}").encode()


@pytest.mark.parametrize("endpoint", [CHAT, COMPLETION, EMBEDDING], ids=lambda each: each.path)
@given(data=st.data(), at_front=st.booleans())
def test_no_endpoint_takes_a_model_named_twice(endpoint, data, at_front):
    key = data.draw(spelled("model"))
    value = data.draw(st.sampled_from(['"m"', '"other"', "null", "{}"]))
    with pytest.raises(MalformedRequest) as caught:
        endpoint.read(call(endpoint, f"{key}:{value}", at_front))
    assert caught.value.param == "model"
    assert caught.value.code in {"duplicate_parameter", "invalid_type"}


@pytest.mark.parametrize("code", [*range(0x80), 0x80, 0x7FF, 0x800, 0x2028, 0xFFFD, 0xFFFF, 0x10000, 0x10FFFF])
def test_no_character_of_a_key_can_be_written_shorter_than_the_length_test_thinks(code):
    """The length of a body tells only because nobody can write a key with fewer bytes than the encoder does."""
    spellings = [json.dumps(chr(code)), json.dumps(chr(code), ensure_ascii=False)]
    shortest = min(len(each.encode()) for each in spellings)
    assert len(unambiguous._encode(chr(code))) <= shortest
