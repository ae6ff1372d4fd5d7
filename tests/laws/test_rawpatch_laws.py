"""Laws of patching raw JSON: what json.loads sees is what was meant, and every other byte stays."""

import json

from hypothesis import example, given
from hypothesis import strategies as st

from sixnines.dialects import rawpatch

# Biased to what could confuse a byte search: the very keys, quotes, colons, braces, escapes.
TEXTS = st.one_of(
    st.text(alphabet='model":{}[],\\ \n\u00e9x', max_size=12),
    st.sampled_from(['"model":"x"', "model", '{"model":1}', "\\"]),
)
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 5), st.floats(allow_nan=False, allow_infinity=False), TEXTS
)
KEYS = st.one_of(st.sampled_from(["model", "stream", "usage", "a"]), TEXTS)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=8
)
OBJECTS = st.dictionaries(KEYS, VALUES, max_size=5)
DUMPS = st.sampled_from(
    [
        json.dumps,
        lambda o: json.dumps(o, separators=(",", ":"), ensure_ascii=False),
        lambda o: json.dumps(o, indent=2),
        lambda o: " " + json.dumps(o, separators=(" , ", " :  ")) + "\n",
    ]
)


def escaped_key(body: str, key: str) -> str:
    return body.replace(f'"{key}"', '"' + "".join(f"\\u{ord(c):04x}" for c in key) + '"')


@given(OBJECTS, DUMPS, st.booleans())
def test_replacing_changes_the_member_and_nothing_else(value, dumps, hide):
    text = dumps(value)
    if hide:
        text = escaped_key(text, "model")
        value = json.loads(text)
    patched = rawpatch.replace(text.encode(), {"model": b'"new"'}, frozenset(value))
    assert json.loads(patched) == {**value, "model": "new"}


@given(OBJECTS, TEXTS, DUMPS, st.booleans(), st.booleans())
@example({"a": '"model'}, "m", json.dumps, False, True)
@example({"a": "\n"}, 'quoted "model"', json.dumps, False, False)
@example({"a": '"model": "x"'}, "m", json.dumps, True, False)
@example({"model\\": {"model": "x"}}, "m", json.dumps, False, True)
def test_a_models_name_is_replaced_and_nothing_else(value, name, dumps, hide, first):
    value = {"model": name, **value, "model": name} if first else {**value, "model": name}  # noqa: F601 - the place
    text = dumps(value)
    if hide:
        text = escaped_key(text, "model")
        value = json.loads(text)
    for body in (text.encode(), b" " * 2000 + text.encode()):  # short ones and long ones are looked through differently
        changed = rawpatch.replace_model(body, b'"new"')
        assert json.loads(changed) == {**value, "model": "new"}
        assert changed == rawpatch.replace(body, {"model": b'"new"'}, ("model",))


def test_a_models_name_whose_key_is_hidden_is_found_beside_one_that_is_not():
    body = b'{"mod\\u0065l":"a","x":{"model":"b"}}'
    assert json.loads(rawpatch.replace_model(body, b'"new"')) == {"model": "new", "x": {"model": "b"}}


@given(OBJECTS, DUMPS)
def test_several_members_at_once(value, dumps):
    edits = {"model": b'"new"', "stream": b"true", "stream_options": b'{"include_usage":true}'}
    patched = rawpatch.replace(dumps(value).encode(), edits, frozenset(value))
    assert json.loads(patched) == {**value, **{key: json.loads(raw) for key, raw in edits.items()}}


@given(OBJECTS, DUMPS)
def test_removing_takes_the_member_away_and_nothing_else(value, dumps):
    value = {**value, "usage": {"model": [1, {"usage": "}"}]}}
    patched = rawpatch.remove(dumps(value).encode(), "usage")
    assert json.loads(patched) == {key: each for key, each in value.items() if key != "usage"}


@given(OBJECTS)
def test_bytes_before_and_after_the_value_stay_as_they_were(value):
    text = json.dumps(
        {"first": 1, "model": "old", **{k: v for k, v in value.items() if k not in ("model", "first")}}, indent=1
    )
    patched = rawpatch.replace(text.encode(), {"model": b'"new"'}, {"model"})
    before, _, after = text.partition('"model": "old"')
    assert patched == before.encode() + b'"model": "new"' + after.encode()


def test_a_member_given_twice_is_changed_twice():
    patched = rawpatch.replace(b'{"model":"a","x":1,"model":"b"}', {"model": b'"n"'}, {"model"})
    assert patched == b'{"model":"n","x":1,"model":"n"}'


def test_a_nested_member_of_the_same_name_is_left_alone():
    body = b'{"tools":[{"parameters":{"properties":{"model":{"type":"string"}}}}],"model":"a"}'
    assert rawpatch.replace(body, {"model": b'"n"'}, {"model"}) == body.replace(b'"model":"a"', b'"model":"n"')


def test_a_value_that_spells_the_key_is_left_alone():
    body = b'{"type":"model","model":"a"}'
    assert rawpatch.replace(body, {"model": b'"n"'}, {"model"}) == b'{"type":"model","model":"n"}'


def test_a_member_is_put_into_an_empty_object():
    assert rawpatch.replace(b" { } ", {"a": b"1"}, ()) == b' {"a":1 } '
