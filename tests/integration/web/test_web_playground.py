"""The playground over HTTP: a call like any other, told in lines, for people whom the web page admits and nobody else."""

import json

import pytest

from support.lab import Lab, one_engine, two_engines

PATH = "/ui/playground"
KEYED = 'server: {listen: "127.0.0.1:0", admin_key: "env:ADMIN_KEY", api_keys: ["env:CALLER_KEY"]}\n'
ENVIRONMENT = {"ADMIN_KEY": "an-admin-key-of-a-test", "CALLER_KEY": "a-caller-key-of-a-test"}
BREAKABLE = 'server: {listen: "127.0.0.1:0", fault_injection: true}\n'
SLOWLY = {"default": {"first_token_s": 0.01, "count": 10_000, "tokens_per_s": 50}}


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


def token(client) -> str:
    return client.get(PATH, headers={"accept": "text/html"}).text.partition('data-token="')[2].partition('"')[0]


def chat(model="m", **more):
    return {"model": model, "messages": [{"role": "user", "content": "Say hello."}], **more}


def say(client, body=None, **headers):
    sent = {"x-sixnines-form": token(client), "content-type": "application/json", **headers}
    return client.post(PATH, content=json.dumps(chat() if body is None else body), headers=sent)


def told(answer) -> list[dict]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in answer.text.splitlines()]


def text_of(lines) -> str:
    return "".join(each["text"] for each in lines if each["type"] == "piece")


def test_an_answer_comes_in_pieces_with_who_gave_it_and_is_remembered_like_any_other(lab):
    client = lab.serve(two_engines(lab.engine(script={"default": {"text": "Hello you."}}), lab.engine()))
    lines = told(say(client))
    head, trail = lines[0], lines[-1]
    assert (head["type"], head["provider"], head["model"], head["fallback"]) == ("head", "a", "m", None)
    assert text_of(lines) == "Hello you."
    assert (trail["type"], trail["provider"], trail["outcome"]) == ("trail", "a", "ok")
    assert trail["completion_tokens"] > 0
    assert trail["tried"][0].startswith("a/up answered after ")
    remembered = client.get(f"/admin/v1/requests/{head['request']}").json()
    assert (remembered["asked_model"], remembered["streamed"], remembered["outcome"]) == ("m", True, "ok")


def test_what_went_wrong_first_is_told_in_words(lab):
    broken = lab.engine(script={"default": {"fault": {"kind": "close_before_head"}}})
    lines = told(say(lab.serve(two_engines(broken, lab.engine()))))
    assert (lines[0]["provider"], lines[0]["fallback"], lines[0]["attempts"]) == ("b", "transport", "2")
    failed, answered = lines[-1]["tried"]
    assert failed.startswith("a/up failed after ")
    assert "(transport)" in failed
    assert answered.startswith("then b/up answered after ")


def test_an_answer_that_nobody_gives_ends_with_the_error_and_the_trail(lab):
    broken = lab.engine(script={"default": {"fault": {"kind": "close_before_head"}}})
    lines = told(say(lab.serve(one_engine(broken))))
    assert [each["type"] for each in lines] == ["head", "failed", "trail"]
    assert lines[1]["code"] == "provider_unreachable"
    assert (lines[2]["provider"], lines[2]["outcome"]) == (None, "failed")
    assert "a/up failed" in lines[2]["tried"][0]


def test_a_name_that_means_nothing_is_told(lab):
    lines = told(say(lab.serve(one_engine(lab.engine())), chat("nobody")))
    assert (lines[1]["type"], lines[1]["code"]) == ("failed", "model_not_found")


def test_a_stream_that_breaks_is_told_in_the_end(lab):
    cut = lab.engine(script={"default": {"text": "word " * 50, "fault": {"kind": "close", "after_chunks": 3}}})
    lines = told(say(lab.serve(one_engine(cut))))
    assert text_of(lines)
    assert lines[-2]["type"] == "failed"
    assert lines[-1]["outcome"] == "broken"


def test_the_answer_of_a_page_that_leaves_is_cancelled(lab):
    engine = lab.engine(script=SLOWLY)
    client = lab.serve(one_engine(engine))
    sent = {"x-sixnines-form": token(client), "content-type": "application/json"}
    with client.stream("POST", PATH, content=json.dumps(chat()), headers=sent) as answer:
        for line in answer.iter_lines():
            if json.loads(line)["type"] == "piece":
                break
    lab.until(lambda: engine.cancelled == 1)
    lab.until(lambda: client.get("/admin/v1/requests").json()["requests"][0]["outcome"] == "client_gone")


def test_what_a_page_wants_is_passed_on(lab):
    engine = lab.engine()
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]
    told(say(lab.serve(one_engine(engine)), {"model": "m", "messages": messages, "max_tokens": 9, "temperature": 0.5}))
    asked = engine.requests[-1].json()
    assert (asked["max_tokens"], asked["temperature"], asked["messages"]) == (9, 0.5, messages)


@pytest.mark.parametrize("body", [{}, {"model": "m"}, chat(stream=False), chat(messages="hi"), [], "hi"])
def test_what_means_nothing_is_refused_before_anything_is_asked(lab, body):
    engine = lab.engine()
    client = lab.serve(one_engine(engine))
    assert say(client, body).status_code == 400
    assert engine.total == 0


def test_nobody_asks_without_the_token_of_his_own_page(lab):
    engine = lab.engine()
    client = lab.serve(one_engine(engine))
    for headers in ({}, {"x-sixnines-form": "another"}, {"x-sixnines-form": ""}):
        answer = client.post(PATH, json=chat(), headers=headers)
        assert answer.status_code == 403
    assert say(client, **{"sec-fetch-site": "cross-site"}).status_code == 403
    assert say(client, origin="https://evil.example").status_code == 403
    assert engine.total == 0


def test_the_cookie_asks_here_and_is_no_key_for_callers(lab):
    client = lab.serve(KEYED + one_engine(lab.engine()), ENVIRONMENT)
    assert say(client).status_code == 401
    client.post("/ui/login", data={"key": ENVIRONMENT["ADMIN_KEY"]})
    assert text_of(told(say(client)))
    assert client.post("/v1/chat/completions", json=chat()).status_code == 401


def test_a_provider_is_broken_and_mended_from_the_page(lab):
    client = lab.serve(BREAKABLE + two_engines(lab.engine(), lab.engine()))
    form = {"token": token(client), "model": "m", "provider": "a", "fault": "refuse", "seconds": "60"}
    panel = client.post(PATH, data=form, headers={"hx-request": "true"}).text
    assert "broken on purpose: refuse" in panel
    assert "<html" not in panel
    assert told(say(client))[0]["provider"] == "b"
    panel = client.post(PATH, data={**form, "do": "mend"}, headers={"hx-request": "true"}).text
    assert "broken on purpose" not in panel
    assert told(say(client))[0]["provider"] == "a"


def test_the_page_says_what_the_gateway_refuses(lab):
    client = lab.serve(two_engines(lab.engine(), lab.engine()))
    form = {"token": token(client), "model": "m", "provider": "a", "fault": "refuse", "seconds": "60"}
    panel = client.post(PATH, data=form, headers={"hx-request": "true"})
    assert panel.status_code == 200
    assert "server.fault_injection: true" in panel.text
    assert 'aria-label="Break a"' not in panel.text
    assert client.post(PATH, data={**form, "seconds": "soon"}).status_code == 400


def test_the_providers_of_the_chosen_model_are_shown_its_own_first(lab):
    a, b = lab.engine(), lab.engine()
    client = lab.serve(f"""
providers:
  a: {{kind: openai-compatible, base_url: "{a.base_url}"}}
  b: {{kind: openai-compatible, base_url: "{b.base_url}"}}
models:
  one: {{deployments: [{{provider: a, model: up}}]}}
  two: {{deployments: [{{provider: b, model: up}}], fallbacks: [one]}}
""")
    asked = {"hx-request": "true"}
    assert "<strong>b</strong>" not in client.get(f"{PATH}?model=one", headers=asked).text
    both = client.get(f"{PATH}?model=two", headers=asked).text
    assert both.index("<strong>b</strong>") < both.index("<strong>a</strong>")
    assert "fallback; " in both
