"""Laws of features: never an exception, never more work for a longer body, and the ends tell what the whole tells."""

import json
import time

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sixnines.dialects.call import Call
from sixnines.domain.features import Features
from sixnines.domain.operation import Dialect, Operation
from sixnines.endpoints.chat_completions import ENDPOINT as CHAT
from sixnines.endpoints.completions import ENDPOINT as COMPLETION
from sixnines.endpoints.embeddings import ENDPOINT as EMBEDDING
from sixnines.errors import MalformedRequest
from sixnines.routing.features import features
from sixnines.routing.reading import ends, whole
from sixnines.routing.reading.excerpt import WHOLE

# Long bodies take their time on a machine that does other things as well.
LAW = settings(deadline=None)
FEW = settings(deadline=None, max_examples=20)

# What is looked for, what it looks like from afar, and what parts it.
TRICKY = st.sampled_from(
    [
        '"', "\\", '\\"', "\n\n", ":\n", "```", "?", '"role":"user"', '"role": "user"', '"content":"x"', '"text":"', "é", "证明",
        "\ud7ff", "\u2028", "😀", "prove ", "translate ", "{", "}", "[", "]", "},{", " ", "\x00", "data:image/png;base64,AAAA",
    ]
)  # fmt: skip
TEXT = st.one_of(TRICKY, st.text(max_size=12), st.lists(TRICKY, max_size=8).map("".join))
ROLES = st.sampled_from(["system", "developer", "user", "assistant", "tool", "function", "", "User"])
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-5, 10**18), st.floats(allow_nan=False, allow_infinity=False), TEXT),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXT, inner, max_size=3)),
    max_leaves=6,
)  # fmt: skip
PARTS = st.lists(
    st.one_of(
        st.fixed_dictionaries({"type": st.just("text"), "text": TEXT}),
        st.fixed_dictionaries({"type": st.just("image_url"), "image_url": st.fixed_dictionaries({"url": TEXT})}),
        JSON,
    ),
    max_size=4,
)
MESSAGES = st.lists(
    st.fixed_dictionaries(
        {"role": ROLES}, optional={"content": st.one_of(TEXT, PARTS, JSON), "tool_calls": JSON, "name": TEXT}
    ),
    min_size=1,
    max_size=5,
)
MORE = {"tools": st.one_of(st.lists(JSON, max_size=3), JSON), "response_format": st.one_of(
    st.fixed_dictionaries({"type": st.sampled_from(["text", "json_object", "json_schema", "x"])}), JSON)}  # fmt: skip
FILLER = st.sampled_from(["word ", "证明", "A", '\\"', "{}", '","role":"user","content":"', "\n", "1,", "😀"])


def bare_call(data: bytes, operation: Operation) -> Call:
    """A call that no endpoint has checked."""
    return Call(operation, Dialect.OPENAI, "m", data, frozenset(), False, False, None, lambda _: None)


def is_sane(found: Features) -> bool:
    """Every feature is within its range, and none of them is a text of the caller's."""
    counts = (
        found.tokens_floor, found.prompt_tokens, found.asking_tokens, found.turns, found.tools, found.tool_messages,
        found.images, found.questions, found.reasoning, found.composing, found.routine,
    )  # fmt: skip
    plain = msgspec.convert(msgspec.to_builtins(found), Features, strict=True)
    return all(type(each) is int and each >= 0 for each in counts) and 0.0 <= found.code_share <= 1.0 and plain == found


@LAW
@given(
    messages=MESSAGES,
    more=st.fixed_dictionaries({}, optional=MORE),
    filler=FILLER,
    long=st.booleans(),
    escaped=st.booleans(),
)
def test_whatever_the_chat_endpoint_takes_has_features(messages, more, filler, long, escaped):
    if long:
        messages.insert(len(messages) // 2, {"role": "assistant", "content": filler * (WHOLE // len(filler) + 1)})
    body = json.dumps({"model": "m", "messages": messages, **more}, ensure_ascii=escaped)
    try:
        call = CHAT.read(body.encode("utf-8", "surrogatepass"))
    except MalformedRequest:
        return
    assert is_sane(features(call))


@pytest.mark.parametrize(("endpoint", "key"), [(COMPLETION, "prompt"), (EMBEDDING, "input")], ids=["prompt", "input"])
@LAW
@given(value=st.one_of(TEXT, st.lists(st.one_of(TEXT, JSON))), filler=FILLER, long=st.booleans())
def test_whatever_the_other_endpoints_take_has_features(endpoint, key, value, filler, long):
    if long:
        value = [value, filler * (WHOLE // len(filler) + 1)]
    try:
        call = endpoint.read(json.dumps({"model": "m", key: value}).encode())
    except MalformedRequest:
        return
    assert is_sane(features(call))


@LAW
@given(
    st.lists(st.one_of(st.binary(max_size=20), TRICKY.map(lambda text: text.encode()))),
    st.sampled_from(Operation),
    st.integers(0, 2),
)
@example([b'{"messages":[{"role":"user","content":"\\'], Operation.CHAT, 1)
def test_bytes_that_are_no_request_at_all_have_features(pieces, operation, size):
    data = b"".join(pieces)
    assert is_sane(features(bare_call(data + data[-9:] * (size * WHOLE // 9), operation)))


PLAIN = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
SAID = st.one_of(PLAIN, TEXT)
ANSWER = "the answer that is made long"


@st.composite
def conversations(draw):
    """A chat around one long answer of the model, whose content is `ANSWER`, and how an encoder writes it."""
    backwards = draw(st.booleans())

    def message(role, content):
        if isinstance(content, list):
            content = [{"type": "text", "text": each} for each in content]
        pairs = [("role", role), ("content", content)]
        return dict(reversed(pairs) if backwards else pairs)

    def said(*roles):
        return [
            message(role, draw(SAID | st.lists(SAID, min_size=1, max_size=3)))
            for role in draw(st.lists(st.sampled_from(roles), max_size=3))
        ]

    messages = [
        *said("system", "user", "assistant", "tool"),
        message("assistant", ANSWER),
        message("user", draw(SAID | st.lists(SAID, min_size=1, max_size=3))),
        *said("user", "assistant", "tool"),
    ]
    tool = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
    form = draw(st.sampled_from([{"type": "json_object"}, {"type": "json_schema", "json_schema": {"name": "x"}}]))
    members = [("model", "m"), ("messages", messages)]
    members += draw(st.sets(st.sampled_from(["tools", "response_format", "user"])).map(sorted).map(
        lambda keys: [(key, {"tools": [tool] * 3, "response_format": form, "user": "content"}[key]) for key in keys]
    ))  # fmt: skip
    style = draw(st.sampled_from([(",", ":"), (", ", ": "), (" ,\n", " : ")]))
    return dict(draw(st.permutations(members))), style, draw(st.booleans())


@LAW
@given(conversations(), FILLER)
def test_the_ends_of_a_conversation_tell_what_all_of_it_tells(conversation, filler):
    request, separators, escaped = conversation
    body = json.dumps(request, ensure_ascii=escaped, separators=separators)
    unit = json.dumps(filler, ensure_ascii=escaped)[1:-1]
    long = body.replace(f'"{ANSWER}"', f'"{unit * (WHOLE // len(unit) + 1)}"').encode()
    seen, there = ends.read(long, Operation.CHAT), whole.read(long, Operation.CHAT)
    assert seen.asked == there.asked
    assert (seen.tools, seen.output) == (there.tools, there.output)
    assert seen.turns <= there.turns
    assert seen.tool_messages <= there.tool_messages


@LAW
@given(begins=PLAIN, filler=FILLER, closes=PLAIN, escaped=st.booleans(), shift=st.integers(0, 12))
def test_both_ends_of_a_long_message_are_seen_wherever_it_is_cut(begins, filler, closes, escaped, shift):
    """The cuts move by one byte from example to example, through every escape and character of the filler."""
    text = begins + filler * (WHOLE // len(filler) + 1) + "x" * shift + closes
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": text}]}, ensure_ascii=escaped).encode()
    assert ends.read(body, Operation.CHAT).asked == whole.read(body, Operation.CHAT).asked


@FEW
@given(st.binary(min_size=1, max_size=50), st.integers(1, 4))
def test_what_lies_between_the_ends_and_the_samples_is_not_looked_at(noise, megabytes):
    """So a longer body takes no longer."""
    body = bytearray(b'{"messages":[{"role":"user","content":"' + b"word " * (megabytes * 200_000) + b'"}]}')
    before = ends.read(bytes(body), Operation.CHAT)
    step = len(body) / 32
    for piece in range(2, 30):
        at = int(piece * step) + 600  # a sample has 512 bytes
        body[at : at + len(noise)] = noise
    assert ends.read(bytes(body), Operation.CHAT) == before


SHAPES = {
    "empty messages": lambda n: b'{"messages":[%b{}]}' % (b'{"role":"user"},' * (n // 16)),
    "empty parts": lambda n: b'{"messages":[{"role":"user","content":[%b{}]}]}' % (b"{}," * (n // 3)),
    "parts that are none": lambda n: b'{"messages":[{"role":"user","content":[%b1]}]}' % (b"1," * (n // 2)),
    "quotes": lambda n: b'{"messages":[{"role":"user","content":"%b"}]}' % (b'\\"' * (n // 2)),
    "backslashes": lambda n: b'{"messages":[{"role":"user","content":"%b"}]}' % (b"\\\\" * (n // 2)),
    "a backslash too many": lambda n: b'{"messages":[{"role":"user","content":"%b"}]}' % (b"\\" * (n | 1)),
    "keys": lambda n: b"{%b}" % (b'"role":"user","content":[' * (n // 25)),
    "spaces": lambda n: b'{"messages":[{"role"%b:"user"}]}' % (b" " * n),
    "keys and spaces": lambda n: b"{%b" % (b'"role"      ' * (n // 12)),
    "texts": lambda n: b'{"role":"user","content":[%b' % (b'"text":"x",' * (n // 11)),
    "open texts": lambda n: b'{"role":"user","content":[%b' % (b'"text":' * (n // 7)),
    "fences": lambda n: b'{"messages":[{"role":"user","content":"%b"}]}' % (b"```" * (n // 3)),
    "blank lines": lambda n: b'{"messages":[{"role":"user","content":"%b"}]}' % (b"\\n\\n" * (n // 4)),
    "brackets": lambda n: b"[" * n,
    "nested": lambda n: b'{"messages":[{"role":"user","content":%b%b}]}' % (b"[" * (n // 2), b"]" * (n // 2)),
    "tools": lambda n: b'{"messages":[],"tools":[%b1]}' % (b"1," * (n // 2)),
    "no ASCII": lambda n: b'{"messages":[{"role":"user","content":"%b"}]}' % ("证".encode() * (n // 3)),
}


def cpu_s(data: bytes, operation: Operation) -> float:
    """The least CPU time of several tries."""
    call, found = bare_call(data, operation), []
    for _ in range(5):
        began = time.process_time()
        features(call, tokens_floor=0)
        found.append(time.process_time() - began)
    return min(found)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("operation", Operation)
def test_no_body_takes_long_and_none_more_than_its_size_explains(shape, operation):
    """Eight times the bytes: at most thirty times the time, which leaves room for a disturbed machine; squared it were 64."""
    eighth, most = cpu_s(SHAPES[shape](WHOLE // 8), operation), cpu_s(SHAPES[shape](WHOLE - 100), operation)
    assert most < 30 * max(eighth, 2e-5)
    assert cpu_s(SHAPES[shape](30_000_000), operation) < 0.03
