"""The `openai` Python package: embeddings, legacy completions and the list of models."""

import base64
import struct

import openai
import pytest

from sixnines.testing.answers import GREETING
from support.front import KINDS, Front, exactly

EMBEDDERS = ["openai", "vllm", "llamacpp", "ollama"]
COMPLETERS = ["openai", "vllm", "llamacpp", "llamacpp-python", "ollama"]
WITH_USAGE = ["openai", "vllm", "llamacpp", "ollama"]


@pytest.mark.parametrize("front", EMBEDDERS, indirect=True)
def test_embeddings_are_unpacked_from_the_base64_that_the_client_asks_for(front: Front, client: openai.OpenAI) -> None:
    packed = client.embeddings.create(model=front.model, input=["one", "two", "one"])
    plain = client.embeddings.create(model=front.model, input=["one", "two", "one"], encoding_format="float")
    exactly(plain)
    exactly(packed)
    one, two, again = (each.embedding for each in packed.data)
    assert one == again != two
    assert [each.embedding for each in plain.data] == [one, two, one]  # they are float32 and lose nothing
    assert [each.index for each in packed.data] == [0, 1, 2]
    assert packed.model == front.model
    assert packed.usage.prompt_tokens == packed.usage.total_tokens == 3


@pytest.mark.parametrize("front", EMBEDDERS, indirect=True)
def test_one_text_gives_one_vector_of_the_length_that_was_asked_for(front: Front, client: openai.OpenAI) -> None:
    answer = client.embeddings.create(model=front.model, input="one", dimensions=4)
    assert [len(each.embedding) for each in answer.data] == [4]


@pytest.mark.parametrize("front", EMBEDDERS, indirect=True)
def test_base64_is_little_endian_float32(front: Front, client: openai.OpenAI) -> None:
    asked = {"model": front.model, "input": "one"}
    raw = client.embeddings.with_raw_response.create(**asked, encoding_format="base64").http_response.json()
    plain = client.embeddings.create(**asked, encoding_format="float").data[0].embedding
    numbers = struct.unpack(f"<{len(plain)}f", base64.b64decode(raw["data"][0]["embedding"]))
    assert list(numbers) == plain


@pytest.mark.parametrize("front", ["openai", "vllm", "llamacpp"], indirect=True)
def test_token_numbers_are_embedded_by_who_takes_them(front: Front, client: openai.OpenAI) -> None:
    answer = client.embeddings.create(model=front.model, input=[[1, 2, 3], [4]])
    assert len(answer.data) == 2


@pytest.mark.parametrize("front", ["ollama"], indirect=True)
def test_token_numbers_for_who_takes_text_are_refused(front: Front, client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.embeddings.create(model=front.model, input=[[1, 2, 3]])
    assert caught.value.param == "input"


@pytest.mark.parametrize("front", ["anthropic"], indirect=True)
def test_what_a_provider_does_not_serve_is_the_callers_to_change(front: Front, client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="serves embeddings"):
        client.embeddings.create(model=front.model, input="one")
    with pytest.raises(openai.BadRequestError, match="serves completions"):
        client.completions.create(model=front.model, prompt="Once")
    assert front.engine.requests == []


@pytest.mark.parametrize("front", ["llamacpp-python"], indirect=True)
def test_one_vector_per_token_is_no_embedding(front: Front, client: openai.OpenAI) -> None:
    with pytest.raises(openai.InternalServerError) as caught:
        client.embeddings.create(model=front.model, input="one two")
    assert caught.value.status_code == 502


@pytest.mark.parametrize("front", COMPLETERS, indirect=True)
def test_a_completion_is_answered_in_the_very_types_of_the_client(front: Front, client: openai.OpenAI) -> None:
    answer = client.completions.create(model=front.model, prompt="Once", max_tokens=2)
    exactly(answer)
    assert answer.choices[0].text == "Hello from"
    assert answer.choices[0].finish_reason == "length"
    assert answer.model == front.model
    assert answer.object == "text_completion"
    if front.kind in WITH_USAGE:
        assert answer.usage is not None
        assert answer.usage.completion_tokens == 2


@pytest.mark.parametrize("front", COMPLETERS, indirect=True)
def test_a_completion_is_streamed(front: Front, client: openai.OpenAI) -> None:
    chunks = list(client.completions.create(model=front.model, prompt="Once", stream=True))
    choices = [choice for chunk in chunks for choice in chunk.choices]
    assert "".join(choice.text for choice in choices) == GREETING
    assert choices[-1].finish_reason == "stop"
    assert {chunk.model for chunk in chunks} == {front.model}
    assert {chunk.object for chunk in chunks} == {"text_completion"}
    assert {chunk.usage for chunk in chunks} == {None}


@pytest.mark.parametrize("front", WITH_USAGE, indirect=True)
def test_a_streamed_completion_reports_usage_to_who_asks(front: Front, client: openai.OpenAI) -> None:
    options = {"include_usage": True}
    chunks = list(client.completions.create(model=front.model, prompt="Once", stream=True, stream_options=options))
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens == 7


@pytest.mark.parametrize("front", ["openai", "vllm"], indirect=True)
def test_several_prompts_go_to_who_takes_them(front: Front, client: openai.OpenAI) -> None:
    client.completions.create(model=front.model, prompt=["Once", "Twice"])
    assert front.sent()["prompt"] == ["Once", "Twice"]


def test_models_are_listed_in_the_very_types_of_the_client(fronts: dict[str, Front], client: openai.OpenAI) -> None:
    models = list(client.models.list())
    for model in models:
        exactly(model)
    assert [model.id for model in models] == KINDS
    assert {model.object for model in models} == {"model"}


def test_a_model_is_found_by_its_name(fronts: dict[str, Front], client: openai.OpenAI) -> None:
    model = client.models.retrieve("llamacpp-python")
    exactly(model)
    assert model.id == "llamacpp-python"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("nonsuch")
