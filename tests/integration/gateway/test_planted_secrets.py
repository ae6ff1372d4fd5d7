"""Secrets are planted wherever one can get in, and looked for in everything that comes out: the log, answers, pages
for operators, and what a collector gets.
"""

import asyncio
import contextlib
import json
import signal
import time

import httpx
import pytest

from sixnines.bootstrap import build
from sixnines.config.load import read_text
from sixnines.registry import CATALOG
from support.collector import Collector
from support.gateway_process import GatewayProcess
from support.lab import WAIT_S, Lab, chat, config_text

PROVIDER_KEY = "plain looking provider key 4711"  # nothing but its value tells that it is one
COLLECTOR_KEY = "plain-looking-collector-key-0815"
CALLER_KEY = "sk-caller-planted-000000000001"
ADMIN_KEY = "sk-admin-planted-0000000000002"
QUOTED = "sk-proj-planted-in-an-answer-00003"
IN_URL = "planted-password-in-a-url"
PROMPTED = "sk-ant-planted-in-a-prompt-000004"
BEARER = "planted.bearer.token.of.a.caller"
IN_MODEL = "hf_plantedasamodelsname00005"
TOKEN = "eyJhbGciOiJub25lIn0.eyJwbGFudGVkIjoxfQ.cGxhbnRlZA"
PROMPT = "the-prompt-that-nobody-may-see"
ANSWER = "the-answer-that-nobody-may-see"
SECRETS = [PROVIDER_KEY, COLLECTOR_KEY, CALLER_KEY, ADMIN_KEY, QUOTED, IN_URL, PROMPTED, BEARER, TOKEN]
ENVIRONMENT = {"UP": PROVIDER_KEY, "CALLER": CALLER_KEY, "ADMIN": ADMIN_KEY, "COLLECTOR": COLLECTOR_KEY}
ECHO = f"Incorrect key {PROVIDER_KEY}; use {QUOTED} at https://user:{IN_URL}@engine.test/v1?api_key={QUOTED}, or Bearer {BEARER}, or {TOKEN}"

CHUNK = {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": "x"}}]}
STREAM = f"data: {json.dumps(CHUNK)}\n\ndata: {json.dumps({'error': {'message': ECHO}})}\n\n"


def server(collector, log):
    return f"""server:
  listen: "127.0.0.1:0"
  api_keys: ["env:CALLER"]
  admin_key: "env:ADMIN"
  log: {log}
  tracing: {{endpoint: "{collector.url}", headers: {{x-api-key: "env:COLLECTOR"}}}}
"""


def models(lab):
    """Each way in which a provider can quote a secret has a model of its own."""
    answers = {
        "unauthorized": {"respond": {"status": 401, "body": {"error": {"message": ECHO}}}},
        "refused": {"respond": {"status": 400, "body": {"error": {"message": ECHO, "code": "x"}}}},
        "broken": {"respond": {"status": 500, "body": ECHO}},
        "event": {"respond": {"body": STREAM, "headers": {"content-type": "text/event-stream"}}},
        "echo": {"text": f"{ANSWER} {ECHO}"},
    }
    providers, names = "", ""
    for name, answer in answers.items():
        url = lab.engine("openai", {"default": answer}).base_url
        providers += f'  {name}: {{kind: openai-compatible, base_url: "{url}", api_key: "env:UP"}}\n'
        names += f"  {name}: {{deployments: [{{provider: {name}, model: up}}], attempts: 1}}\n"
    return f"defaults: {{health: {{active: false}}, breaker: {{failures: 1}}}}\nproviders:\n{providers}models:\n{names}"


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


def everything(lab, tmp_path, log):
    """What comes out: for the operator in one text, the answers in another."""
    with (
        Collector() as collector,
        GatewayProcess(tmp_path, server(collector, log) + models(lab), ENVIRONMENT) as gateway,
    ):
        admin = {"authorization": f"Bearer {ADMIN_KEY}"}
        answers, count = "", 0
        with gateway.client() as client:
            prompt = f"{PROMPT} {PROMPTED} Authorization: Bearer {BEARER} {PROVIDER_KEY} {TOKEN}"
            body = {"messages": [{"role": "user", "content": prompt}]}
            for name in ("unauthorized", "refused", "broken", "event", "echo", IN_MODEL):
                for stream in (False, True):
                    headers = {"authorization": f"Bearer {CALLER_KEY}", "x-leak": PROMPTED, "cookie": BEARER}
                    answer = client.post("/v1/chat/completions", json=chat(stream, model=name, **body), headers=headers)
                    count += 1
                    if name != "echo":  # that is what the model has said
                        answers += f"{answer.headers}{answer.text}"
            wrong = client.post(
                "/v1/chat/completions", json=chat(**body), headers={"authorization": f"Bearer {BEARER}"}
            )
            answers += wrong.text
            told = ""
            for path in ("/metrics", "/admin/v1/requests?limit=100", "/admin/v1/providers"):
                page = client.get(path, headers=admin)
                assert page.status_code == 200
                told += page.text
            for request in client.get("/admin/v1/requests?limit=100", headers=admin).json()["requests"]:
                told += client.get(f"/admin/v1/requests/{request['id']}", headers=admin).text
        deadline = time.monotonic() + WAIT_S
        while gateway.log.count("request_id") < count + 1:
            assert time.monotonic() < deadline, gateway.log
            time.sleep(0.02)
        gateway.signal(signal.SIGTERM)
        gateway.ended()
        gateway._reader.join(WAIT_S)
        traces = b"".join(collector.bodies).decode("utf-8", "replace")
        assert traces.count("sixnines.request.id") == count + 1
        return gateway.log + told + traces, answers


@pytest.mark.parametrize("form", ["json", "text"])
def test_no_secret_and_no_prompt_comes_out(lab, tmp_path, form):
    told, answers = everything(lab, tmp_path, f"{{format: {form}, requests: true}}")
    for secret in SECRETS:
        assert secret not in told, secret
        assert secret not in answers, secret
    assert "plain looking provider" not in told
    for content in (PROMPT, ANSWER):
        assert content not in told


def test_content_is_told_without_secrets(lab, tmp_path):
    told, _ = everything(lab, tmp_path, "{format: json, requests: true, log_content: true, max_content: 8KiB}")
    for secret in SECRETS:
        assert secret not in told, secret
    lines = [json.loads(line) for line in told.splitlines() if line.startswith('{"time"') and '"question"' in line]
    assert len(lines) == 13
    assert all(PROMPT in line["question"] for line in lines)
    assert sum(ANSWER in line.get("answer", "") for line in lines) == 2


async def test_a_stream_that_breaks_with_a_secret_passes_none_on(tmp_path):
    """After the commit point: the error comes in a piece of its own."""

    async def answer(reader, writer):
        with contextlib.suppress(asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n")
            first, second, _ = STREAM.encode().split(b"\n\n")
            writer.write(first + b"\n\n")
            await asyncio.sleep(0.2)
            writer.write(second + b"\n\n")
            await writer.drain()
        writer.close()

    engine = await asyncio.start_server(answer, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{engine.sockets[0].getsockname()[1]}"
    config = f"""
defaults: {{health: {{active: false}}}}
providers: {{a: {{kind: vllm, base_url: "{url}", api_key: "env:UP"}}}}
models: {{m: {{deployments: [{{provider: a, model: up}}]}}}}
"""
    snapshot = read_text(config_text(config), "lab.yaml", ENVIRONMENT, CATALOG).snapshot
    gateway = build(snapshot)
    try:
        ((host, port),) = await gateway.start()
        async with httpx.AsyncClient(base_url=f"http://{host}:{port}", timeout=WAIT_S, trust_env=False) as client:
            text = (await client.post("/v1/chat/completions", json=chat(stream=True))).text
            told = (await client.get("/admin/v1/requests")).text
            (found,) = json.loads(told)["requests"]
            told += (await client.get(f"/admin/v1/requests/{found['id']}")).text
    finally:
        await gateway.stop()
        engine.close()
    assert found["outcome"] == "broken"
    assert "Incorrect key [secret]" in told
    for secret in (PROVIDER_KEY, QUOTED, IN_URL, TOKEN):
        assert secret not in text
        assert secret not in told
