"""Scripts: what is read, what is refused, and how it is said."""

import msgspec
import pytest

from sixnines.testing.faults import Fault, Hang, HugeHeaders, Preset
from sixnines.testing.script import Asked, Behaviour, FinishReason, Script, ScriptError, make_script, read_script


def test_an_empty_script_is_a_script() -> None:
    assert read_script("") == read_script("{}") == make_script({}) == Script()


def test_yaml_and_json_say_the_same() -> None:
    yaml = read_script("seed: 3\nrules:\n  - when: {path: /v1/*}\n    then: {error: rate}\n")
    json = read_script('{"seed": 3, "rules": [{"when": {"path": "/v1/*"}, "then": {"error": "rate"}}]}')
    assert yaml == json
    assert yaml.rules[0].then.error is not None
    assert yaml.rules[0].then.error.preset is Preset.RATE


def test_short_spellings_mean_the_long_ones() -> None:
    script = read_script("default: {fault: hang}\nrules: [{nth: 3, then: {fault: {kind: error_event, error: rate}}}]")
    assert script.default.fault == Hang()
    assert script.rules[0].nth == (3,)
    long = read_script(
        "default: {fault: {kind: hang}}\nrules: [{nth: [3], then: {fault: {kind: error_event, error: {preset: rate}}}}]"
    )
    assert script == long


def test_a_script_survives_the_way_to_another_process() -> None:
    script = read_script(
        "models: [a, b]\nslots: 2\nqueue: 0\n"
        "default: {json: null, tool_calls: [{name: f, arguments: {x: 1}}], finish: content_filter}\n"
        "rules: [{when: {operation: any, header: {x: y}}, chance: 0.5, then: {fault: {kind: huge_headers, size: 9}}}]\n"
    )
    assert read_script(msgspec.json.encode(script).decode()) == script
    assert script.rules[0].then.fault == HugeHeaders(size=9)
    assert script.default.json is None
    assert script.default.finish is FinishReason.CONTENT_FILTER
    assert script.rules[0].when.operation is Asked.ANY


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("modles: [a]", 'script: top level: Object contains unknown field `modles`; did you mean "models"?'),
        ("default: {txt: hi}", 'script: default: Object contains unknown field `txt`; did you mean "text"?'),
        ("default: {fault: hangg}", "script: default.fault.kind: Invalid value 'hangg'; did you mean \"hang\"?"),
        (
            "default: {fault: {kind: hang, after: 2}}",
            "script: default.fault: Object contains unknown field `after`",
        ),
        (
            "default: {fault: {kind: html, after_chunks: 2}}",
            "script: default.fault: Object contains unknown field `after_chunks`",
        ),
        ("default: {error: rat}", "script: default.error.preset: Invalid enum value 'rat'; did you mean \"rate\"?"),
        (
            "rules: [{when: {operation: chats}, then: {}}]",
            "script: rules[0].when.operation: Invalid enum value 'chats'; did you mean \"chat\"?",
        ),
        ("rules: [{when: {}}]", "script: rules[0]: Object missing required field `then`"),
        ("rules: [{nth: 0, then: {}}]", "script: rules[0].nth[0]: Expected `int` >= 1"),
        ("rules: [{chance: 1.5, then: {}}]", "script: rules[0].chance: Expected `float` <= 1.0"),
        ("default: {text: a, echo: true}", "script: default: text and echo exclude each other: keep one"),
        ("default: {error: rate, fault: hang}", "script: default: error and fault exclude each other: keep one"),
        (
            "default: {error: rate, text: a, tokens_per_s: 5}",
            "script: default: text, tokens_per_s: without effect beside an error or a fixed answer; remove it",
        ),
        ("default: {tokens_per_s: 0}", "script: default.tokens_per_s: Expected `float` > 0.0"),
        ("models: []", "script: models: Expected `array` of length >= 1"),
        ("queue: 3", "script: top level: queue without slots has no effect: give slots as well"),
        (
            "interrupt: true\nslots: 1",
            "script: top level: interrupt and slots exclude each other: an interrupted stream makes room at once",
        ),
        ("- a list", "script: top level: Expected `object`, got `array`"),
        ("default: 3", "script: default: Expected `object`, got `int`"),
        ("rules: [3]", "script: rules[0]: Expected `object`, got `int`"),
    ],
)
def test_what_is_wrong_is_said_with_its_place_and_the_nearest_word(text: str, complaint: str) -> None:
    with pytest.raises(ScriptError) as caught:
        read_script(text)
    assert str(caught.value) == complaint


@pytest.mark.parametrize("text", ["a: b: c", "a: 1\na: 2", "\t- x", "{"])
def test_what_is_no_yaml_is_said_in_one_line(text: str) -> None:
    with pytest.raises(ScriptError, match=r"^my\.yaml: not YAML: [^\n]+$"):
        read_script(text, "my.yaml")


@pytest.mark.parametrize("fault", Fault.__args__)
def test_every_fault_can_be_written_by_its_name_alone(fault: type) -> None:
    name = fault.__struct_config__.tag
    assert read_script(f"default: {{fault: {name}}}").default.fault == fault()


def test_fields_at_their_defaults_count_as_not_given() -> None:
    assert make_script({"default": {"error": "rate", "text": None, "echo": False}}).default == Behaviour(
        error=make_script({"default": {"error": "rate"}}).default.error
    )
