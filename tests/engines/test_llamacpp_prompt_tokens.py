"""The estimate of a prompt's tokens against what a real tokenizer makes of the labelled prompts."""

import json
from collections.abc import Iterator

import httpx
import pytest

from eval.routing.prompts import FOLDER
from sixnines.endpoints.chat_completions import ENDPOINT
from sixnines.routing.features import features
from sixnines.routing.reading.tokens import A_PICTURE
from support.real_engine import real_engine

# Its tokenizer knows English and code, and takes every digit for a token.
ENGLISH = ("agentic", "chat", "code", "creative", "extraction", "long_simple", "maths", "multi_turn", "summaries")
OTHERS = ("chinese", "french", "german", "japanese", "spanish")
LEAST = 30
"""Tokens of a prompt whose ratio is looked at: of shorter ones it is chance."""
AROUND = 4
"""Tokens of a message that are not its text."""


@pytest.fixture(scope="module")
def pairs(tmp_path_factory) -> Iterator[dict[str, list[tuple[int, int]]]]:
    """For each kind of prompts: the estimate and the truth of each."""
    with (
        real_engine(tmp_path_factory.mktemp("engine") / "log") as engine,
        httpx.Client(base_url=engine.base_url) as client,
    ):
        yield {kind: [pair(client, each) for each in bodies(kind)] for kind in (*ENGLISH, *OTHERS)}


def bodies(kind: str) -> list[dict[str, object]]:
    return [json.loads(line)["body"] for line in (FOLDER / f"{kind}.jsonl").read_text().splitlines()]


def pair(client: httpx.Client, body: dict[str, object]) -> tuple[int, int]:
    """The estimate for the texts and tools of a body, and how many tokens they are."""
    messages = body["messages"]
    assert isinstance(messages, list)
    texts = [each["content"] for each in messages if isinstance(each.get("content"), str)]
    texts += [json.dumps(each["tool_calls"]) for each in messages if "tool_calls" in each]
    texts += [json.dumps(body["tools"])] if "tools" in body else []
    truth = sum(len(client.post("/tokenize", json={"content": text}).json()["tokens"]) for text in texts)
    found = features(ENDPOINT.read(json.dumps(body, ensure_ascii=False).encode()))
    return found.prompt_tokens - A_PICTURE * found.images - AROUND * len(messages), truth


def ratio(found: list[tuple[int, int]]) -> float:
    """The estimate of all prompts together for one token of theirs."""
    return sum(estimate for estimate, _ in found) / sum(truth for _, truth in found)


@pytest.mark.parametrize("kind", ENGLISH)
def test_english_prompts_are_estimated_within_a_half(pairs, kind):
    assert 0.66 < ratio(pairs[kind]) < 1.5


@pytest.mark.parametrize("kind", OTHERS)
def test_other_languages_are_estimated_at_no_less_than_half_even_beside_an_english_tokenizer(pairs, kind):
    assert 0.5 < ratio(pairs[kind]) < 1.5


@pytest.mark.parametrize("kind", [*ENGLISH, *OTHERS])
def test_no_single_prompt_is_far_off(pairs, kind):
    assert [each for each in pairs[kind] if each[1] >= LEAST and not 0.4 < each[0] / each[1] < 1.6] == []
