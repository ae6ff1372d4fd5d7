"""JSON that is broken, endless, ambiguous or of the wrong type: a quick 400 in OpenAI's form, nothing sent upstream."""

import json
import time

import pytest

from support.lab import Lab, one_engine

MIB = 1024 * 1024
PATHS = {
    "/v1/chat/completions": '"messages":[{"role":"user","content":"x"}]',
    "/v1/completions": '"prompt":"x"',
    "/v1/embeddings": '"input":"x"',
}


@pytest.fixture(scope="module", params=["openai-compatible", "ollama"])
def lab(request):
    """In front of a provider that gets the caller's bytes, and of one that gets a translation."""
    with Lab() as lab:
        engine = lab.engine("ollama" if request.param == "ollama" else "openai")
        lab.serve(one_engine(engine, kind=request.param))
        lab.upstream = engine
        yield lab


@pytest.fixture(autouse=True)
def nothing_goes_upstream(lab):
    before = len(lab.upstream.requests)
    yield
    assert len(lab.upstream.requests) == before


@pytest.fixture
def refused(lab):
    """Posts a body, and returns the error of the 400 that it must get at once."""
    client = lab.client()

    def post(body, path="/v1/chat/completions"):
        content = body if isinstance(body, bytes) else body.encode()
        began = time.monotonic()
        answer = client.post(path, content=content, headers={"content-type": "application/json"})
        assert time.monotonic() - began < 2, "work that grows faster than the body"
        assert answer.status_code == 400, answer.text[:300]
        assert len(answer.content) < 1000
        error = answer.json()["error"]
        assert set(error) == {"message", "type", "param", "code"}
        assert error["type"] == "invalid_request_error"
        return error

    return post


def with_members(path, *members):
    return "{" + ",".join(('"model":"m"', PATHS[path], *members)) + "}"


DEEP = {
    "arrays": "[" * MIB,
    "arrays that end": "[" * (MIB // 2) + "]" * (MIB // 2),
    "objects": '{"a":' * (MIB // 5),
    "objects that end": '{"a":' * (MIB // 6) + "1" + "}" * (MIB // 6),
    "both": '[{"a":' * (MIB // 6),
}
PLACES = {
    "alone": "%s",
    "as the model": '{"model":%s',
    "in an unread field": '{"model":"m","messages":[{"role":"user","content":"x"}],"metadata":%s}',
    "before what is read": '{"metadata":%s,"model":"m","messages":[{"role":"user","content":"x"}]}',
    "in a message": '{"model":"m","messages":[{"role":"user","content":%s}]}',
    "as a message": '{"model":"m","messages":[%s]}',
    "in stream_options": '{"model":"m","messages":[{"role":"user","content":"x"}],"stream_options":{"x":%s}}',
    "as a key": '{"model":"m","messages":[{"role":"user","content":"x"}],%s',
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("depth", DEEP)
def test_a_mebibyte_of_depth_is_refused_anywhere(refused, depth, place):
    refused(PLACES[place] % DEEP[depth])


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("depth", DEEP)
def test_a_mebibyte_of_depth_is_refused_in_every_endpoint(refused, depth, path):
    field = {"/v1/chat/completions": "messages", "/v1/completions": "prompt", "/v1/embeddings": "input"}[path]
    refused(f'{{"model":"m","{field}":[{DEEP[depth]}]}}', path)


NO_JSON = [
    "NaN", "Infinity", "-Infinity", "nan", "undefined", "None", "True", "'x'", "01", "+1", ".5", "1.", "0x10", "1e", "-", "",
    '"\\q"', '"\\u12"', '"a\nb"', '"\x00"', "[1,]", '{"a":1,}', "{a:1}", "1 2", "// x\n1", '"\\ud800"', '"\\udc00"',
    '"\\ud800\\u0041"', '"\\ud800x"', '["\\udc00\\ud800"]',
]  # fmt: skip


@pytest.mark.parametrize("value", NO_JSON)
def test_what_is_no_json_is_refused_also_where_nobody_reads_it(refused, value):
    for path in PATHS:
        assert refused(with_members(path, f'"metadata":{{"x":{value}}}'), path)["code"] == "invalid_json"
        assert refused(with_members(path, f'"seed":{value}'), path)["code"] == "invalid_json"


@pytest.mark.parametrize("text", ["\\ud800", "\\udfff", "\\ud83d", "\\ude00\\ud83d"])
def test_half_a_character_is_refused_in_a_prompt_too(refused, text):
    """Python engines fail on it with a 500, which would make a healthy engine look broken."""
    refused(f'{{"model":"m","messages":[{{"role":"user","content":"{text}"}}]}}')
    refused(f'{{"model":"m","prompt":"{text}"}}', "/v1/completions")
    refused(f'{{"model":"m","input":["{text}"]}}', "/v1/embeddings")


@pytest.mark.parametrize("number", ["1e999", "-1e999", "1e400", "1" * 5000, "-" + "9" * 5000, "9" * (MIB + 1)])
def test_a_number_that_no_engine_can_hold_is_refused_by_name(refused, number):
    for path in PATHS:
        error = refused(with_members(path, f'"temperature":{number}'), path)
        assert (error["param"], error["code"]) == ("temperature", "invalid_value")
        refused(with_members(path, f'"metadata":[{{"x":[{number[:60000]}]}}]'), path)
    assert refused(with_members("/v1/chat/completions", f'"max_tokens":{number}'))["param"] == "max_tokens"


@pytest.mark.parametrize("number", ["1" * 30, "1e30", "1.5", "-9223372036854775809"])
def test_a_count_of_tokens_is_a_whole_number_of_a_size_that_exists(refused, number):
    for field in ("max_tokens", "max_completion_tokens"):
        assert refused(with_members("/v1/chat/completions", f'"{field}":{number}'))["param"] == field
    assert (
        refused(with_members("/v1/completions", f'"max_tokens":{number}'), "/v1/completions")["param"] == "max_tokens"
    )


GOOD = with_members("/v1/chat/completions").encode()


@pytest.mark.parametrize(
    "body",
    [
        b"\xef\xbb\xbf" + GOOD, GOOD.decode().encode("utf-16"), GOOD.decode().encode("utf-32"), GOOD + GOOD, GOOD + b",",
        GOOD + b"x", GOOD + b"\x00", GOOD + b"\n{}", GOOD[:-1], b"\x00" + GOOD, GOOD[:-1] + b',"x":"\xff"}',
        GOOD[:-1] + b',"\xc3":1}', GOOD[:-1] + b',"x":"\xed\xa0\x80"}', GOOD[:-1] + b',"x":"\xc0\xaf"}', GOOD[:-1] + b',"x"}',
        GOOD[:-1] + b",,}", b"\x0b" + GOOD, b" \n\t ", b"data: " + GOOD,
    ],
)  # fmt: skip
def test_bytes_around_and_within_that_do_not_belong_there(refused, body):
    assert refused(body)["code"] == "invalid_json"


@pytest.mark.parametrize("body", ["[]", "[{}]", '"x"', "1", "null", "true", json.dumps([json.loads(GOOD)])])
@pytest.mark.parametrize("path", PATHS)
def test_a_body_that_is_no_object(refused, path, body):
    assert refused(body, path)["code"] == "invalid_type"


@pytest.mark.parametrize("path", PATHS)
def test_an_empty_object_and_an_empty_body(refused, path):
    assert refused("{}", path)["param"] == "model"
    assert refused(" {\n} ", path)["param"] == "model"
    assert refused("", path)["code"] == "empty_body"


VALUES = {"string": '"x"', "number": "1", "fraction": "1.5", "boolean": "true", "null": "null", "array": "[]", "object": "{}"}  # fmt: skip
# Every field that the gateway reads, and what it may be.
READ = {
    "/v1/chat/completions": {
        "model": {"string"}, "messages": set(), "stream": {"boolean", "null"}, "stream_options": {"object", "null"},
        "max_tokens": {"number", "null"}, "max_completion_tokens": {"number", "null"},
    },
    "/v1/completions": {
        "model": {"string"}, "prompt": {"string", "array"}, "stream": {"boolean", "null"},
        "stream_options": {"object", "null"}, "max_tokens": {"number", "null"},
    },
    "/v1/embeddings": {"model": {"string"}, "input": {"string"}, "encoding_format": {"string", "null"}},
}  # fmt: skip
WRONG = [
    (path, field, kind)
    for path, fields in READ.items()
    for field, right in fields.items()
    for kind in VALUES
    if kind not in right
]


@pytest.mark.parametrize(("path", "field", "kind"), WRONG)
def test_a_field_of_the_wrong_type_is_refused_by_name(refused, path, field, kind):
    own = json.loads("{" + PATHS[path] + "}") | {"model": "m"}
    members = [f'"{name}":{json.dumps(value)}' for name, value in own.items() if name != field]
    error = refused("{" + ",".join([*members, f'"{field}":{VALUES[kind]}']) + "}", path)
    assert error["param"] == field
    assert error["code"] in {"invalid_type", "empty_array", "empty_input"}
    assert f"'{field}'" in error["message"]


@pytest.mark.parametrize(("value", "got"), [("1", "an integer"), ("1.5", "a decimal"), ("null", "null"), ("{}", "an object"), ("true", "a boolean")])  # fmt: skip
def test_text_that_is_none_is_told_what_it_is(refused, value, got):
    for path, field in (("/v1/completions", "prompt"), ("/v1/embeddings", "input")):
        message = refused(f'{{"model":"m","{field}":{value}}}', path)["message"]
        assert message == f"Invalid type for '{field}': expected one of a string or array, but got {got} instead."


@pytest.mark.parametrize("spelling", ['"model"', '"mod\\u0065l"', '"\\u006d\\u006f\\u0064\\u0065\\u006c"', '"model" ', '"\\u006Dodel"'])  # fmt: skip
@pytest.mark.parametrize("path", PATHS)
def test_a_model_that_is_named_twice_is_refused(refused, path, spelling):
    front = "{" + f'{spelling}:"other",' + with_members(path)[1:]
    behind = with_members(path, f'{spelling}:"other"')
    for body in (front, behind, behind.replace(":", " : "), behind.replace(",", " ,\n")):
        error = refused(body, path)
        assert (error["param"], error["code"]) == ("model", "duplicate_parameter")
        assert "'model'" in error["message"]


@pytest.mark.parametrize(
    "key",
    ["messages", "stream", "stream_options", "max_tokens", "max_completion_tokens", "n", "tools", "temperature", "odd", ""],
)  # fmt: skip
def test_no_other_key_may_stand_twice_either(refused, key):
    value = {"messages": '[{"role":"user","content":"y"}]', "stream_options": "{}", "stream": "false"}.get(key, "1")
    members = [f'"{key}":{value}'] * (1 if key == "messages" else 2)
    error = refused(with_members("/v1/chat/completions", *members))
    assert (error["param"], error["code"]) == (key, "duplicate_parameter")


def test_a_mebibyte_of_keys_is_refused_quickly_when_the_last_repeats_the_first(refused):
    keys = [f'"k{number}":{number}' for number in range(70_000)]
    assert refused(with_members("/v1/chat/completions", *keys, '"k0" : 0'))["param"] == "k0"
    assert refused(with_members("/v1/chat/completions", *keys, '"\\u006bk":1', '"kk":1'))["param"] == "kk"


def test_a_key_without_end_is_not_repeated_in_full(refused):
    key = "x" * 500_000
    assert refused(with_members("/v1/chat/completions", f'"{key}":1', f'"{key}":2'))["param"] == "x" * 100
    assert refused(with_members("/v1/chat/completions", f'"{key}":1e999'))["param"] == "x" * 100
