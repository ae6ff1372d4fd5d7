"""One value of a config is replaced, and every other character stays."""

import pytest

from sixnines.config.load import read_text
from sixnines.config.splice import CannotSplice, replace_texts, written
from support.catalog import CATALOG

MODEL = ("providers", "a", "service", "model")
TEXT = """\
# The lab.\r
version: 1
providers:   # all of them
  a:
    kind: vllm
    service:
      model: Qwen/Qwen2.5-7B   # the small one
      args: [--x, "1"]
  "b c": {kind: vllm, service: {model: 'it''s', parallel: 4}} # flow
models: {m: {deployments: [{provider: a, model: Qwen/Qwen2.5-7B}]}}
"""


@pytest.mark.parametrize(
    ("path", "old"),
    [
        (MODEL, "Qwen/Qwen2.5-7B   #"),
        (("providers", "b c", "service", "model"), "'it''s'"),
        (("models", "m", "deployments", 0, "model"), "Qwen/Qwen2.5-7B}"),
        (("providers", "a", "service", "args", 1), '"1"'),
    ],
)
def test_nothing_but_the_value_changes(path, old):
    changed = replace_texts(TEXT, {path: "new"})
    start = TEXT.index(old)
    size = len(old.rstrip(" #}"))
    assert changed == TEXT[:start] + "new" + TEXT[start + size :]


def test_several_values_change_at_once():
    where = ("models", "m", "deployments", 0, "model")
    changed = replace_texts(TEXT, {MODEL: "longer/than-before", where: "x"})
    assert changed == TEXT.replace("Qwen/Qwen2.5-7B ", "longer/than-before ").replace("Qwen/Qwen2.5-7B}", "x}")


@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "byte order mark"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_marks_and_line_ends_stay(mark, end):
    text = mark + end.join(["providers:", "  é:", "    model: a # b", ""])
    assert replace_texts(text, {("providers", "é", "model"): "c"}) == text.replace("model: a", "model: c")


@pytest.mark.parametrize(
    "value",
    [
        "local", "/srv/a b.gguf", "12", "null", "true", "~", "", "a: b", "a #b", "- a", "é", "it's", '"quoted"', "a\\b",
        "org/name:Q4_K_M", "{x}", "1e3", "./x", "-x", "*x", "a,b", "0x1f", "..", "a:", "@x",
    ],
)  # fmt: skip
def test_whatever_is_written_is_read_as_that_text(value):
    for text in (f"model: {written(value)}\n", f"x: {{model: {written(value)}, y: 1}}\n"):
        root = read_text(f"version: 1\nserver: {{}}\n{text}", "x", {}, CATALOG)
        assert root is not None
        path = ("model",) if text.startswith("model") else ("x", "model")
        if value:  # the text can be replaced again, so it stands there as one scalar
            assert replace_texts(text, {path: "z"}) == text.replace(written(value), "z", 1)


@pytest.mark.parametrize(
    "text",
    [
        "providers: {}",
        "providers: {a: {service: {model: &x old}}}",
        "providers: {b: &x old, a: {service: {model: *x}}}",
        "providers:\n  a:\n    service:\n      model: >\n        old\n",
        "providers: {a: {service: {model: }}}",
        "providers: {a: {service: {model: [old]}}}",
    ],
    ids=["nowhere", "anchor", "alias", "block", "nothing", "a list"],
)
def test_what_is_no_text_on_its_own_is_refused_by_name(text):
    with pytest.raises(CannotSplice, match=r"providers\.a\.service\.model does not stand there as text on its own"):
        replace_texts(text, {MODEL: "new"})
