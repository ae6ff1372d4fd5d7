"""`server.log`: the lines of the real process, as whoever reads its standard error finds them."""

import fcntl
import json
import os
import re
import signal
import struct
import subprocess
import sys
import termios
import time

import httpx
import pytest

from support.gateway_process import GatewayProcess
from support.lab import WAIT_S, Lab, chat, config_text, one_engine, two_engines
from support.worker_processes import WorkerProcesses

PROMPT = "the-prompt-that-nobody-may-see"
ANSWER = "the-answer-that-nobody-may-see"
BROKEN = {"default": {"error": {"preset": "server_error"}}}


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


def logging(more="", form="json"):
    return f'server: {{listen: "127.0.0.1:0", log: {{format: {form}{more}}}}}\n'


def asking(**more):
    return chat(messages=[{"role": "user", "content": PROMPT}], **more)


def ask(client, **more):
    return client.post("/v1/chat/completions", json=asking(**more))


def of_requests(gateway, count):
    """The lines about requests, once there are so many."""
    deadline = time.monotonic() + WAIT_S
    while True:
        lines = [json.loads(line) for line in list(gateway.lines)]
        found = [line for line in lines if "request_id" in line]
        if len(found) >= count:
            return found
        assert time.monotonic() < deadline, gateway.log
        time.sleep(0.02)


def test_every_line_is_an_object_with_time_and_level(lab, tmp_path):
    with GatewayProcess(tmp_path, logging() + one_engine(lab.engine())) as gateway, gateway.client() as client:
        assert ask(client).status_code == 200
        gateway.signal(signal.SIGTERM)
        gateway.ended()
    lines = [json.loads(line) for line in gateway.lines]
    assert (lines[0]["message"].split()[0], lines[-1]["message"]) == ("serving", "stopped")
    for line in lines:
        assert line["level"] == "info"
        assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"])


def test_warnings_of_the_config_are_objects_too(lab, tmp_path):
    config = logging() + one_engine(lab.engine()) + "domains: {unused: {}}\n"
    with GatewayProcess(tmp_path, config) as gateway:
        first = json.loads(gateway.lines[0])
    assert first["level"] == "warning"
    assert "unused" in first["message"]


def test_a_request_is_one_line_when_it_has_ended(lab, tmp_path):
    engine = lab.engine("openai", {"default": {"text": ANSWER, "usage": {"prompt_tokens": 11, "completion_tokens": 3}}})
    config = logging(", requests: true") + one_engine(engine)
    with GatewayProcess(tmp_path, config) as gateway, gateway.client() as client:
        answer = ask(client)
        (line,) = of_requests(gateway, 1)
        stream = ask(client, stream=True)
        streamed = of_requests(gateway, 2)[1]
    assert line.pop("time")
    assert line.pop("ms") > 0
    assert line == {
        "level": "info", "message": "request ok", "request_id": answer.headers["x-sixnines-request-id"],
        "operation": "chat", "asked": "m", "model": "m", "provider": "a", "outcome": "ok", "status": 200,
        "stream": False, "attempts": 1, "prompt_tokens": 11, "completion_tokens": 3, "cost_micros": 0,
    }  # fmt: skip
    assert streamed["request_id"] == stream.headers["x-sixnines-request-id"]
    assert streamed["stream"] is True
    assert 0 < streamed["first_content_ms"] <= streamed["ms"]
    assert PROMPT not in gateway.log
    assert ANSWER not in gateway.log


def test_a_request_that_fails_is_one_line_with_what_was_tried(lab, tmp_path):
    config = logging(", requests: true") + two_engines(
        lab.engine("openai", BROKEN), lab.engine("openai", BROKEN), model="attempts: 2"
    )
    with GatewayProcess(tmp_path, config) as gateway, gateway.client() as client:
        answer = ask(client)
        (line,) = of_requests(gateway, 1)
        assert ask(client, model="unknown").status_code == 404
        refused = of_requests(gateway, 2)[1]
    assert (line["level"], line["message"], line["status"]) == ("warning", "request server", 502)
    assert [(each["deployment"], each["outcome"]) for each in line["tried"]] == [("a/up", "server"), ("b/up", "server")]
    assert gateway.log.count(answer.headers["x-sixnines-request-id"]) == 1
    assert (refused["level"], refused["outcome"], refused["error"]) == ("info", "refused", "model_not_found")


def test_a_level_leaves_out_what_is_less_bad(lab, tmp_path):
    config = logging(", requests: true, level: warning") + one_engine(
        lab.engine("openai", {"rules": [{"nth": 2, "then": {"error": "server_error"}}]}), model="attempts: 1"
    )
    with (
        GatewayProcess(tmp_path, config.replace("level: warning", "level: info")) as gateway,
        gateway.client() as client,
    ):
        gateway.write(config)
        gateway.signal(signal.SIGHUP)
        deadline = time.monotonic() + WAIT_S
        while ask(client).status_code != 502:
            assert time.monotonic() < deadline
        told = of_requests(gateway, 1)
        gateway.signal(signal.SIGTERM)
        gateway.ended()
    assert told[-1]["level"] == "warning"
    assert "stopped" not in gateway.log


def test_text_has_the_same_in_a_line_for_people(lab, tmp_path):
    config = logging(", requests: true", form="text") + two_engines(lab.engine("openai", BROKEN), lab.engine())
    with GatewayProcess(tmp_path, config) as gateway, gateway.client() as client:
        answer = ask(client)
        deadline = time.monotonic() + WAIT_S
        while "request ok" not in gateway.log:
            assert time.monotonic() < deadline, gateway.log
            time.sleep(0.02)
    (line,) = [line for line in gateway.lines if "request ok" in line]
    request_id = answer.headers["x-sixnines-request-id"]
    assert re.match(
        rf"\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d,\d{{3}} INFO request ok request_id={request_id} operation=chat asked=m ",
        line,
    )
    assert '"deployment":"a/up","outcome":"server"' in line


def test_content_is_told_where_that_is_wanted_and_cut(lab, tmp_path):
    engine = lab.engine("openai", {"rules": [{"nth": 1, "then": {"text": ANSWER}}], "default": {"lorem": 3000}})
    config = logging(", requests: true, log_content: true, max_content: 1KiB") + one_engine(engine)
    with GatewayProcess(tmp_path, config) as gateway, gateway.client() as client:
        ask(client)
        client.post(
            "/v1/chat/completions", json=chat(messages=[{"role": "user", "content": "word " * 5000}], stream=True)
        )
        one, two = of_requests(gateway, 2)
    assert json.loads(one["question"])["messages"][0]["content"] == PROMPT
    assert json.loads(one["answer"])["choices"][0]["message"]["content"] == ANSWER
    for content in (two["question"], two["answer"]):
        assert len(content) == 1024
        assert content.endswith("…")
    assert "word word" in two["question"]
    assert "data: " not in two["answer"]


def test_lines_of_several_workers_stay_whole(lab, tmp_path):
    engine = lab.engine("openai", {"default": {"lorem": 3000}})
    config = logging(", requests: true, log_content: true, max_content: 32KiB") + one_engine(engine)
    with WorkerProcesses(tmp_path, config, 3) as gateway:
        for _ in range(20):
            with gateway.client() as client:
                for _ in range(3):
                    assert ask(client).status_code == 200
        lines = of_requests(gateway, 60)
        gateway.signal(signal.SIGTERM)
        gateway.ended()
    assert len({line["request_id"] for line in lines}) == 60
    assert {line["process"] for line in lines} <= {"worker 1", "worker 2", "worker 3"}
    assert len({line["process"] for line in lines}) > 1
    assert min(len(json.dumps(line)) for line in lines) > 16_000  # more than a pipe takes at once
    last = json.loads(gateway.lines[-1])
    assert last["message"] == "stopped"


def serving_into(pipe, directory, config):
    """A gateway whose standard error is a pipe; the process and its URL once it listens."""
    file = directory / "sixnines.yaml"
    file.write_text(config_text(config))
    command = [sys.executable, "-m", "sixnines", "serve", "--config", str(file)]
    return subprocess.Popen(command, stderr=pipe, env={**os.environ, "XDG_STATE_HOME": str(directory / "state")})


def address_in(reader):
    """Where it listens, once it has said so; nothing after that is read."""
    said = ""
    while (found := re.search(r"listening on (http://[\w.:]+)", said)) is None:
        said += os.read(reader, 1000).decode()
    return found[1]


def waiting_in(pipe):
    """Bytes that nobody has read."""
    (size,) = struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)))
    return size


def test_a_reader_who_stops_reading_stops_nothing(lab, tmp_path):
    """The pipe is full within some lines; then more requests are served, and others fail and say so in the log."""
    engine = lab.engine("openai", {"default": {"text": "x" * 2000}})
    config = (
        logging(", requests: true, log_content: true, max_content: 4KiB")
        + f"""
defaults: {{health: {{active: false}}, breaker: {{failures: 1}}}}
providers:
  a: {{kind: openai-compatible, base_url: "{engine.base_url}"}}
  b: {{kind: openai-compatible, base_url: "{lab.engine("openai", BROKEN).base_url}"}}
models:
  m: {{deployments: [{{provider: a, model: up}}]}}
  broken: {{deployments: [{{provider: b, model: up}}], attempts: 1}}
"""
    )
    reader, writer = os.pipe()
    process = serving_into(writer, tmp_path, config)
    os.close(writer)
    try:
        url = address_in(reader)
        with httpx.Client(base_url=url, timeout=WAIT_S, trust_env=False) as client:
            deadline = time.monotonic() + WAIT_S
            while waiting_in(reader) < 60_000:  # of 64 KiB: what comes next does not fit
                assert ask(client).status_code == 200
                assert time.monotonic() < deadline
            for _ in range(100):
                assert ask(client).status_code == 200
            assert ask(client, model="broken").status_code == 502  # says that it rests, in a line that does not wait
            for _ in range(20):
                assert ask(client).status_code == 200
            assert client.get("/health/ready").status_code == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(WAIT_S) == 0
    finally:
        process.kill()
        process.wait(WAIT_S)
        os.close(reader)


def test_a_reader_who_is_gone_stops_nothing(lab, tmp_path):
    config = logging(", requests: true") + one_engine(lab.engine())
    reader, writer = os.pipe()
    process = serving_into(writer, tmp_path, config)
    os.close(writer)
    try:
        url = address_in(reader)
        os.close(reader)
        with httpx.Client(base_url=url, timeout=WAIT_S, trust_env=False) as client:
            for _ in range(5):
                assert ask(client).status_code == 200
            deadline = time.monotonic() + WAIT_S
            while not re.search(r'dropped_log_lines_total{reason="write"} ([5-9]|\d\d)', client.get("/metrics").text):
                assert time.monotonic() < deadline, client.get("/metrics").text
                time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert process.wait(WAIT_S) == 0
    finally:
        process.kill()
        process.wait(WAIT_S)
