"""Error bodies for Hypothesis: the shapes that servers use, around texts that mean something somewhere."""

import json

from hypothesis import strategies as st

# What the tables look for, in the words of those who say it.
TELLING = (
    "Incorrect API key provided",
    "API key not valid. Please pass a valid API key.",
    "invalid_api_key",
    "You exceeded your current quota, please check your plan and billing details.",
    "insufficient_quota",
    "Your credit balance is too low to access the Anthropic API.",
    "You have reached your specified API usage limits.",
    "you have reached your weekly usage limit",
    "this model requires a subscription",
    "This organization has been disabled.",
    "Rate limit reached",
    "rate_limit_exceeded",
    "server busy, please try again.  maximum pending requests exceeded",
    "Overloaded",
    "overloaded_error",
    "Loading model",
    "no slot available",
    "Context size has been exceeded.",
    "This model's maximum context length is 1024 tokens.",
    "context_length_exceeded",
    "the input length exceeds the context length",
    "prompt is too long: 205000 tokens > 200000 maximum",
    "Output blocked by content filtering policy",
    "content_filter",
    "your input was flagged",
    "The model `x` does not exist",
    "model_not_found",
    "does not support tools",
    "image input is not supported",
    "Failed to parse tools: ",
    'can only concatenate str (not "list") to str',
    "Llama model must be created with embedding=True to call this method",
    "1 validation error:\n  {'type': 'x', 'loc': ('body', 'messages'), 'msg': 'Field required', 'input': 'y'}",
    "Error: Jinja Exception: roles must alternate",
    'Traceback (most recent call last):\n  File "/srv/app.py", line 3, in f',
    "cannot schedule new futures after shutdown",
    "Not Found",
    "<html><title>502 Bad Gateway</title></html>",
)

texts = st.one_of(st.sampled_from(TELLING), st.text(max_size=80), st.lists(st.sampled_from(TELLING)).map(" ".join))
_names = st.one_of(st.none(), st.integers(), st.sampled_from(TELLING), st.text(max_size=20))


def _dumps(value: object) -> bytes:
    return json.dumps(value).encode()


def bodies_saying(text: st.SearchStrategy[str]) -> st.SearchStrategy[bytes]:
    """Bodies of every shape whose only words are `text`."""
    return text.flatmap(
        lambda said: st.sampled_from(
            [
                _dumps({"error": {"message": said, "type": "t", "param": None, "code": None}}),
                _dumps({"error": {"code": 0, "message": said}}),
                _dumps({"error": said}),
                _dumps({"detail": said}),
                _dumps({"detail": [{"loc": ["body", "x"], "msg": said, "input": said}]}),
                _dumps({"object": "error", "message": said}),
                _dumps([{"error": {"message": said}}]),
                _dumps({"error": json.dumps({"error": {"message": said}})}),
                _dumps({"type": "error", "error": {"type": "t", "message": said}}),
            ]
        )
    )


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), texts),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                [
                    "error",
                    "message",
                    "detail",
                    "type",
                    "code",
                    "param",
                    "status",
                    "details",
                    "errors",
                    "metadata",
                    "raw",
                    "msg",
                    "loc",
                ]
            ),
            inner,
            max_size=5,
        ),
    ),
    max_leaves=12,
)
"""JSON that looks like an error in all the wrong ways."""

bodies = st.one_of(
    st.binary(max_size=200),
    texts.map(str.encode),
    bodies_saying(texts),
    json_values.map(_dumps),
    st.tuples(json_values.map(_dumps), st.integers(0, 200)).map(lambda cut: cut[0][: cut[1]]),
    st.builds(
        lambda message, kind, code, param: _dumps(
            {"error": {"message": message, "type": kind, "code": code, "param": param}}
        ),
        texts,
        _names,
        _names,
        _names,
    ),
)
"""Any error body."""

_header_values = st.one_of(
    st.binary(max_size=30),
    st.integers(-10, 10**12).map(lambda seconds: str(seconds).encode()),
    st.just(b"Mon, 23 Nov 2026 19:31:00 GMT"),
)
headers = st.lists(
    st.tuples(
        st.sampled_from([b"retry-after", b"retry-after-ms", b"x-ms-retry-after-ms", b"content-type"]), _header_values
    ),
    max_size=4,
)
"""Headers of an error."""

_letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
secrets = st.one_of(
    st.text(_letters, min_size=20, max_size=60).map(lambda key: f"sk-{key}"),
    st.text(_letters, min_size=20, max_size=60).map(lambda key: f"sk-ant-api03-{key}"),
    st.text(_letters, min_size=20, max_size=60).map(lambda key: f"hf_{key}"),
    st.text(_letters, min_size=20, max_size=60).map(lambda key: f"Bearer {key}"),
    st.tuples(st.text("0123456789abcdef", min_size=30, max_size=30), st.text(_letters, min_size=24, max_size=24)).map(
        lambda halves: f"a1{halves[0]}.{halves[1]}"  # Ollama's form
    ),
    st.text(_letters, min_size=30, max_size=30).map(lambda key: f"AIza{key}"),
)
"""Credentials in the forms that vendors give them."""

places = st.one_of(
    st.sampled_from(
        [
            "http://10.0.0.7:8080/v1/chat/completions",
            "https://user:pw@gpu-box.lan/v1?key=1",
            "10.0.0.7:8080",
            "[fd00::7]:8080",
            "gpu-box.lan:11434",
            "/srv/venvs/x/lib/python3.11/site-packages/llama_cpp/server/app.py",
            "/home/me/models/m.gguf",
            "~/.ollama/models/blobs/sha256-1",
            "C:\\Users\\me\\model.gguf",
        ]
    ),
    st.text(_letters, min_size=3, max_size=12).map(lambda name: f"/srv/{name}/model.gguf"),
)
"""Where things are: URLs, addresses, files."""
