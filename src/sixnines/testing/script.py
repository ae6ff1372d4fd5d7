"""A script: how a stand-in engine behaves, as validated values, and the reader that makes them from YAML or JSON.

Nothing is ever ignored: an unknown key, a value out of range or two keys that exclude each other is a `ScriptError`
that says where and what to do. Reads no files.
"""

import difflib
import enum
import re
from typing import Annotated

import msgspec

from sixnines.testing.faults import Count, ErrorSpec, Fault, Interval, Positive, Preset, Seconds


class ScriptError(ValueError):
    """The script cannot be used; the message is one line for people."""


class Asked(enum.StrEnum):
    """What a request asks for, as far as rules tell requests apart."""

    CHAT = "chat"
    COMPLETION = "completion"
    EMBEDDING = "embedding"
    INFO = "info"  # everything else: health, models, metrics, ...
    ANY = "any"  # in a rule only


class FinishReason(enum.StrEnum):
    """Why a scripted answer ends, in OpenAI's words; each kind writes its own."""

    STOP = "stop"
    LENGTH = "length"
    TOOL_CALLS = "tool_calls"
    CONTENT_FILTER = "content_filter"


class ToolCallSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A call of a function.

    Attributes:
        name: the function.
        arguments: an object, or text exactly as the model "wrote" it (which may be broken JSON).
        id: the call's id; None makes one up.
    """

    name: str
    arguments: dict[str, object] | str = {}
    id: str | None = None


class UsageSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Token counts to report instead of the counted ones; None keeps the counted one."""

    prompt_tokens: Count | None = None
    completion_tokens: Count | None = None
    cached_tokens: Count | None = None
    reasoning_tokens: Count | None = None


class Respond(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A fixed answer.

    Attributes:
        status: the HTTP status.
        body: text as it is, or any other value as JSON.
        headers: added to (and winning over) `content-type`.
    """

    status: Annotated[int, msgspec.Meta(ge=200, le=599)] = 200
    body: object = ""
    headers: dict[str, str] = {}


ANSWER_SOURCES = ("text", "echo", "lorem", "count", "json")
_OUTCOMES = ("error", "respond", "fault")


class Behaviour(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What one request gets. Everything is optional: `{}` answers a short greeting at once.

    Attributes:
        text: the answer, word for word.
        echo: answer the last message of the prompt.
        lorem: answer this many tokens of filler text, the same for the same seed.
        count: answer "0 1 2 ..." up to this many tokens, so that a lost or swapped chunk shows.
        json: answer this value as JSON text.
        reasoning: thinking before the answer, where the kind has a field for it.
        tool_calls: calls of functions after the answer's text (which is empty unless given).
        finish: why the answer ends; None follows from the rest.
        usage: token counts to report.
        report_usage: False leaves usage out everywhere.
        dimensions: length of embedding vectors.
        head_s: seconds before status and headers.
        first_token_s: seconds from the head to the first content.
        tokens_per_s: pace of the content; None sends all at once.
        error: an error instead of an answer.
        respond: a fixed answer instead.
        fault: what goes wrong on the wire.
    """

    text: str | None = None
    echo: bool = False
    lorem: Positive | None = None
    count: Positive | None = None
    json: object = msgspec.UNSET
    reasoning: str | None = None
    tool_calls: tuple[ToolCallSpec, ...] = ()
    finish: FinishReason | None = None
    usage: UsageSpec = UsageSpec()
    report_usage: bool = True
    dimensions: Positive = 8
    head_s: Seconds = 0.0
    first_token_s: Seconds = 0.0
    tokens_per_s: Interval | None = None
    error: ErrorSpec | None = None
    respond: Respond | None = None
    fault: Fault | None = None

    def __post_init__(self) -> None:
        given = {name for name, value in msgspec.structs.asdict(self).items() if value != _DEFAULTS.get(name)}
        for group in (ANSWER_SOURCES, _OUTCOMES):
            chosen = [name for name in group if name in given]
            if len(chosen) > 1:
                raise ValueError(f"{' and '.join(chosen)} exclude each other: keep one")
        if given & {"error", "respond"}:
            idle = sorted(given - {"error", "respond", "head_s"})
            if idle:
                raise ValueError(f"{', '.join(idle)}: without effect beside an error or a fixed answer; remove it")

    @property
    def trouble(self) -> str:
        """The name of the error or fault that is asked for; empty where there is none."""
        if self.error is not None:
            return str(self.error.preset)
        return "" if self.fault is None else str(self.fault.__struct_config__.tag)


_DEFAULTS: dict[str, object] = {
    field.name: field.default for field in msgspec.structs.fields(Behaviour) if field.default is not msgspec.NODEFAULT
}


class When(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The requests a rule is for; all that is given must hold. `path` and `model` may hold `*`.

    Attributes:
        operation: kind of request; None with no `path` means chat, completion and embedding.
        method: the HTTP method.
        path: the request path.
        model: the model asked for.
        stream: whether a stream was asked for.
        header: text that each named header must contain.
        prompt: text that the prompt must contain.
    """

    operation: Asked | None = None
    method: str | None = None
    path: str | None = None
    model: str | None = None
    stream: bool | None = None
    header: dict[str, str] = {}
    prompt: str | None = None


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One line of the script. The first rule that applies decides.

    Attributes:
        when: the requests it is for.
        nth: only these of them, counted from 1; empty means all.
        times: at most this many of them.
        chance: apply with this probability (seeded, so a run can be repeated).
        then: what they get.
    """

    when: When = When()
    nth: tuple[Positive, ...] = ()
    times: Positive | None = None
    chance: Annotated[float, msgspec.Meta(gt=0, le=1)] = 1.0
    then: Behaviour


class Script(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything a stand-in needs to know.

    Attributes:
        seed: of every made-up id, filler text and chance.
        models: the names it serves; the first answers requests without a name.
        any_model: serve every name; None does as the kind does (llama.cpp serves every name, others answer 404).
        api_keys: accepted keys; empty accepts anyone. Test values, never real secrets.
        context_window: tokens; a longer prompt is answered as the kind does.
        vision: whether the model takes images.
        slots: requests generated at once, the rest waits without a byte; None is no limit.
        queue: requests that may wait for a slot, the rest gets `overloaded`; None is no limit.
        refuse: reset every new connection as soon as it is accepted (not those to the admin port).
        interrupt: a new request cuts the running stream short, as the llama.cpp Python server does by default;
            that kind only.
        default: what requests get that no rule is for.
        rules: tried in order.
    """

    seed: int = 1
    models: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)] = ("mock",)
    any_model: bool | None = None
    api_keys: tuple[str, ...] = ()
    context_window: Positive = 8192
    vision: bool = True
    slots: Positive | None = None
    queue: Count | None = None
    refuse: bool = False
    interrupt: bool = False
    default: Behaviour = Behaviour()
    rules: tuple[Rule, ...] = ()

    def __post_init__(self) -> None:
        if self.queue is not None and self.slots is None:
            raise ValueError("queue without slots has no effect: give slots as well")
        if self.interrupt and self.slots is not None:
            raise ValueError("interrupt and slots exclude each other: an interrupted stream makes room at once")


def read_script(text: str, name: str = "script") -> Script:
    """A script from YAML 1.2 or JSON text.

    Raises:
        ScriptError: the text is neither, or not a script; the message begins with `name`.
    """
    from ruamel.yaml import YAML  # noqa: PLC0415 - a slow import that scripts given as values never need
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415

    try:
        document = YAML(typ="safe", pure=True).load(text)
    except YAMLError as error:
        raise ScriptError(f"{name}: not YAML: {' '.join(str(error).split())}") from error
    return make_script({} if document is None else document, name)


def make_script(document: object, name: str = "script") -> Script:
    """A script from plain values (dicts, lists, ...).

    Raises:
        ScriptError: the values are not a script; the message begins with `name`.
    """
    try:
        return msgspec.convert(_spell_out(document), Script)
    except msgspec.ValidationError as error:
        raise ScriptError(f"{name}: {_explain(str(error))}") from error


def _spell_out(document: object) -> object:
    """The long form of the short spellings: `fault: hang`, `error: rate`, `nth: 3`."""
    if not isinstance(document, dict):
        return document
    script = dict(document)
    if "default" in script:
        script["default"] = _spell_out_behaviour(script["default"])
    if isinstance(script.get("rules"), list | tuple):
        script["rules"] = [_spell_out_rule(rule) for rule in script["rules"]]
    return script


def _spell_out_rule(rule: object) -> object:
    if not isinstance(rule, dict):
        return rule
    long = dict(rule)
    if isinstance(long.get("nth"), int):
        long["nth"] = [long["nth"]]
    if "then" in long:
        long["then"] = _spell_out_behaviour(long["then"])
    return long


def _spell_out_behaviour(behaviour: object) -> object:
    if not isinstance(behaviour, dict):
        return behaviour
    long = dict(behaviour)
    if isinstance(long.get("fault"), str):
        long["fault"] = {"kind": long["fault"]}
    if isinstance(long.get("fault"), dict) and isinstance(long["fault"].get("error"), str):
        long["fault"] = {**long["fault"], "error": {"preset": long["fault"]["error"]}}
    if isinstance(long.get("error"), str):
        long["error"] = {"preset": long["error"]}
    return long


_AT = re.compile(r" - at `\$\.?(?P<path>[^`]*)`$")
_UNKNOWN = re.compile(r"unknown field `(?P<word>[^`]*)`|[Ii]nvalid (?:enum )?value '(?P<value>[^']*)'")


def _fields(struct: type[msgspec.Struct]) -> tuple[str, ...]:
    return struct.__struct_fields__


# The words that are known at a place, by the last key of its path.
_KNOWN: dict[str, tuple[str, ...]] = {
    "top level": _fields(Script),
    "default": _fields(Behaviour),
    "then": _fields(Behaviour),
    "rules": _fields(Rule),
    "when": _fields(When),
    "usage": _fields(UsageSpec),
    "tool_calls": _fields(ToolCallSpec),
    "respond": _fields(Respond),
    "error": _fields(ErrorSpec),
    "kind": tuple(str(fault.__struct_config__.tag) for fault in Fault.__args__),
    "preset": tuple(Preset),
    "operation": tuple(Asked),
    "finish": tuple(FinishReason),
}


def _explain(complaint: str) -> str:
    """A complaint of the decoder with the place in front and the nearest known word behind."""
    place = _AT.search(complaint)
    what = _AT.sub("", complaint)
    where = place["path"] if place and place["path"] else "top level"
    unknown = _UNKNOWN.search(what)
    known = _KNOWN.get(where.rpartition(".")[2].partition("[")[0], ())
    near = difflib.get_close_matches(unknown["word"] or unknown["value"], known, 1) if unknown else []
    hint = f'; did you mean "{near[0]}"?' if near else ""
    return f"{where}: {what}{hint}"
