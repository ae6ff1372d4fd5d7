"""An answer that several providers gave in turn is one answer, wherever each of them broke off."""

from hypothesis import assume, event, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from sixnines.dialects.neutral import StreamFault, Usage
from sixnines.dialects.said import Said
from sixnines.domain.kind import Continues
from sixnines.domain.operation import Dialect, Operation
from sixnines.registry import FORMATS
from support import halves, neutral_values
from support.changed import fields_of
from support.cuts import cut, cut_places
from support.halves import HEAD, PROMPT_TOKENS, Provider, answer

LAW = settings(max_examples=150, deadline=None)
# Texts whose seams are likely to fall into white space.
WHOLES = st.lists(
    st.sampled_from(["a", "Hello", " world", " ", "\n", "\n\n", "    ", "\t", "é", "🦙", "data: x", '"\\'])
    | neutral_values.SAID,
    min_size=1,
    max_size=12,
).map("".join)
OPERATIONS = st.sampled_from([Operation.CHAT, Operation.COMPLETION])


def providers(operation: Operation, *, breaks: bool) -> st.SearchStrategy[Provider]:
    dialects = [dialect for dialect, formats in FORMATS.items() if operation in formats]
    return st.builds(
        Provider,
        dialect=st.sampled_from(dialects),
        sizes=st.lists(st.integers(1, 4), min_size=1, max_size=3).map(tuple),
        breaks_at=st.integers(0, 10_000) if breaks else st.none(),
        cuts=cut_places(),
        continues=st.sampled_from([Continues.EXACTLY, Continues.TRIMMED]),
        number=st.integers(1, 9),
    )


@st.composite
def relays(draw: st.DrawFn, operation: Operation) -> list[Provider]:
    broken = draw(st.lists(providers(operation, breaks=True), min_size=1, max_size=3))
    return [*broken, draw(providers(operation, breaks=False))]


@given(st.data(), OPERATIONS, WHOLES)
@LAW
def test_several_halves_are_one_answer(data, operation, whole) -> None:
    chain = data.draw(relays(operation))
    told = answer(operation, whole, chain)
    event(f"halves: {len({chunk['id'] for chunk in told.chunks})}")
    assert told.relay.complete
    assert told.relay.fault is None
    assert told.text == whole
    assert told.said.text == whole
    assert told.terminators == 1
    assert told.data.endswith(b"data: [DONE]\n\n")
    for repeated in ("id", "created", "model", "object"):
        assert len({chunk[repeated] for chunk in told.chunks}) == 1
    assert told.chunks[0]["model"] == HEAD.model
    finishes = [choice["finish_reason"] for choice in told.choices if choice["finish_reason"]]
    assert finishes == ["stop"]
    roles = [choice["delta"]["role"] for choice in told.choices if choice.get("delta", {}).get("role")]
    assert roles == (["assistant"] if operation is Operation.CHAT else [])
    assert {choice["index"] for choice in told.choices} == {0}


@given(st.data(), OPERATIONS, WHOLES, st.integers(0, 10_000))
@LAW
def test_an_answer_that_is_cut_after_its_finish_can_be_ended_and_before_it_cannot(data, operation, whole, at) -> None:
    provider = data.draw(providers(operation, breaks=False))
    before, after = halves.stream_of(
        provider, operation, whole, Usage(prompt_tokens=PROMPT_TOKENS, completion_tokens=1)
    )
    relay = halves.CODECS[Dialect.OPENAI, provider.dialect, operation].telling(HEAD, Said(), provider.continues)
    told = relay.feed(before + after[: at % (len(after) + 1)])
    if relay.complete:
        return
    closing = relay.closing()
    answered = halves.Answer(told + closing, relay.said, relay, 1)
    finishes = [choice["finish_reason"] for choice in answered.choices if choice["finish_reason"]]
    event(f"ended: {bool(closing)}")
    assert finishes == (["stop"] if closing else [])
    assert answered.terminators == bool(closing)
    assert answered.text == whole


@given(st.data(), OPERATIONS, WHOLES)
@LAW
def test_usage_is_told_once_and_counts_the_callers_prompt_and_the_whole_answer(data, operation, whole) -> None:
    broken = answer(operation, whole, data.draw(st.lists(providers(operation, breaks=True), min_size=1, max_size=2)))
    assume(broken.relay is not None)
    last = data.draw(providers(operation, breaks=False))
    told = continued(operation, whole, broken, last)
    usages = [chunk["usage"] for chunk in told.chunks if chunk.get("usage")]
    completion = broken.said.tokens + told.steps
    assert [(each["prompt_tokens"], each["completion_tokens"], each["total_tokens"]) for each in usages] == [
        (PROMPT_TOKENS, completion, PROMPT_TOKENS + completion)
    ]
    assert told.said.tokens == completion
    # The books have what the provider itself was asked and gave.
    assert told.relay.usage == Usage(prompt_tokens=PROMPT_TOKENS + broken.said.tokens, completion_tokens=told.steps)


def continued(operation: Operation, whole: str, broken: halves.Answer, last: Provider) -> halves.Answer:
    """`last` takes the answer up."""
    shown = broken.said.text.rstrip() if last.continues is Continues.TRIMMED else broken.said.text
    rest = whole[len(shown) :]
    steps = len(halves.steps_of(rest, last.sizes))
    usage = Usage(prompt_tokens=PROMPT_TOKENS + broken.said.tokens, completion_tokens=steps)
    before, after = halves.stream_of(last, operation, rest, usage)
    known = fields_of(broken.said)
    relay = halves.CODECS[Dialect.OPENAI, last.dialect, operation].telling(HEAD, broken.said, last.continues)
    out = b"".join(relay.feed(piece) for piece in cut(before + after, last.cuts)) + relay.end()
    assert fields_of(broken.said) == known  # whatever comes of a half, what the caller knew stays what it was
    return halves.Answer(broken.data + out, relay.said, relay, steps)


@given(st.data(), st.booleans(), cut_places())
@LAW
def test_a_first_half_is_relayed_as_without_a_record(data, chat, cuts) -> None:
    operation = Operation.CHAT if chat else Operation.COMPLETION
    dialect = data.draw(st.sampled_from([each for each, formats in FORMATS.items() if operation in formats]))
    steps = data.draw(neutral_values.streams(chat=chat, choices=2))
    renderer = FORMATS[dialect][operation].stream_renderer(replace(HEAD, id="up", model="upstream"))
    stream = b"".join([*(renderer.delta(step) for step in steps), renderer.done()])
    head = replace(HEAD, include_usage=data.draw(st.booleans()))
    codec = halves.CODECS[Dialect.OPENAI, dialect, operation]
    plain, telling = codec.relay(head), codec.telling(head, Said())
    for piece in cut(stream, cuts):
        assert telling.feed(piece) == plain.feed(piece)
    assert telling.end() == plain.end()
    for what in ("ready", "progress", "complete", "empty", "fault", "usage"):
        assert getattr(telling, what) == getattr(plain, what)


@given(st.data(), st.booleans())
@LAW
def test_an_answer_is_plain_only_while_it_is_the_text_of_one_choice(data, chat) -> None:
    operation = Operation.CHAT if chat else Operation.COMPLETION
    steps = data.draw(neutral_values.streams(chat=chat, choices=2))
    upto = data.draw(st.integers(0, len(steps)))
    renderer = FORMATS[Dialect.OPENAI][operation].stream_renderer(HEAD)
    relay = halves.CODECS[Dialect.OPENAI, Dialect.OPENAI, operation].telling(HEAD, Said())
    heard = [(step, said) for step in steps[:upto] if (said := renderer.delta(step))]
    relay.feed(b"".join(said for _, said in heard))
    visible = [step for step, _ in heard]
    assert relay.said.plain == all(step.index == 0 and is_bare(step, chat=chat) and not step.finish for step in visible)
    if relay.said.plain:
        assert relay.said.text == "".join(step.text for step in visible)


def is_bare(step, *, chat: bool) -> bool:
    """Whether the step, as the dialect says it, holds nothing besides text; completions have no place for the rest."""
    return step.logprobs is None and not (chat and (step.reasoning or step.refusal or step.tool_calls))


@given(WHOLES, st.sampled_from([Dialect.OPENAI, Dialect.OLLAMA, Dialect.ANTHROPIC]), st.text(min_size=1), cut_places())
@LAW
def test_a_provider_that_begins_to_think_instead_of_going_on_is_not_listened_to(whole, dialect, thought, cuts) -> None:
    said = Said([whole], 3)
    said.begin("id", 1)
    renderer = FORMATS[dialect][Operation.CHAT].stream_renderer(HEAD)
    stream = renderer.delta(neutral_values.Delta(reasoning=thought)) + renderer.delta(neutral_values.Delta(text="x"))
    relay = halves.CODECS[Dialect.OPENAI, dialect, Operation.CHAT].telling(HEAD, said)
    assert b"".join(relay.feed(piece) for piece in cut(stream, cuts)) == b""
    assert isinstance(relay.fault, StreamFault)
    assert relay.fault.code == "not_continued"
    assert relay.said.text == whole
