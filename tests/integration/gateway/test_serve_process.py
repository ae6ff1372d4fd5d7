"""`sixnines serve` as an operator meets it: start, reload, drain, stop, and a config that is wrong."""

import json
import signal
import socket
import subprocess
import sys
import threading
import time

import httpx
import pytest

from support.gateway_process import GatewayProcess
from support.lab import Lab, chat, one_engine

SLOW = {"default": {"count": 100, "tokens_per_s": 50}}


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


def until(condition, timeout_s=10.0):
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.01)


def test_it_serves_says_how_its_providers_are_and_stops_on_sigterm(lab, tmp_path):
    with GatewayProcess(tmp_path, one_engine(lab.engine())) as gateway, gateway.client() as client:
        assert client.post("/v1/chat/completions", json=chat()).status_code == 200
        until(lambda: "provider a is healthy" in gateway.log)
        gateway.signal(signal.SIGTERM)
        assert gateway.ended() == 0
        assert "Traceback" not in gateway.log


def test_a_provider_that_is_down_is_warned_about_unless_it_is_optional(tmp_path):
    config = """
providers:
  needed: {kind: ollama, base_url: "http://127.0.0.1:1"}
  spare: {kind: ollama, base_url: "http://127.0.0.1:1", optional: true}
models: {m: {deployments: [{provider: needed, model: up}, {provider: spare, model: up}]}}
"""
    with GatewayProcess(tmp_path, config) as gateway:
        until(lambda: "WARNING provider needed is down" in gateway.log)
        until(lambda: "INFO provider spare (optional) is down" in gateway.log)


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_what_is_under_way_is_finished_and_nothing_new_is_taken(lab, tmp_path, sign):
    with GatewayProcess(tmp_path, one_engine(lab.engine(script=SLOW))) as gateway, gateway.client() as client:
        with client.stream("POST", "/v1/chat/completions", json=chat(stream=True)) as answer:
            lines = answer.iter_lines()
            next(lines)
            gateway.signal(sign)
            port = int(gateway.url.rpartition(":")[2])
            until(lambda: not accepts(port))
            assert [line for line in lines if line][-1] == "data: [DONE]"
        assert gateway.ended() == 0


def accepts(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except ConnectionResetError:
        return True  # it was closing at this very moment: look again
    except ConnectionRefusedError:
        return False
    return True


def test_a_stream_that_outlasts_the_drain_ends_with_an_error_event(lab, tmp_path):
    config = 'server: {listen: "127.0.0.1:0", drain: 300ms}\n' + one_engine(
        lab.engine(script={"default": {"count": 10_000, "tokens_per_s": 50}})
    )
    with GatewayProcess(tmp_path, config) as gateway, gateway.client() as client:
        with client.stream("POST", "/v1/chat/completions", json=chat(stream=True)) as answer:
            lines = answer.iter_lines()
            next(lines)
            gateway.signal(signal.SIGTERM)
            *_, last, done = [line for line in lines if line]
        assert done == "data: [DONE]"
        assert json.loads(last.removeprefix("data: "))["error"]["code"] == "draining"
        assert gateway.ended() == 0


def test_every_stream_ends_with_an_error_event_also_one_that_is_just_getting_something(lab, tmp_path):
    engine = lab.engine(script={"default": {"count": 100_000, "tokens_per_s": 1000}})
    config = 'server: {listen: "127.0.0.1:0", drain: 1ms}\n' + one_engine(engine)
    with GatewayProcess(tmp_path, config) as gateway:
        ends = []

        def ask():
            try:
                stream = ("POST", "/v1/chat/completions")
                with gateway.client() as client, client.stream(*stream, json=chat(stream=True)) as answer:
                    *_, last, done = [line for line in answer.iter_lines() if line]
                ends.append((json.loads(last.removeprefix("data: "))["error"]["code"], done))
            except httpx.TransportError as cut:
                ends.append(repr(cut))

        callers = [threading.Thread(target=ask) for _ in range(16)]
        for caller in callers:
            caller.start()
        until(lambda: engine.in_flight == 16)
        gateway.signal(signal.SIGTERM)
        for caller in callers:
            caller.join()
        assert gateway.ended() == 0
    assert ends == [("draining", "data: [DONE]")] * 16


def test_a_second_signal_cuts_the_drain_short(lab, tmp_path):
    engine = lab.engine(script={"default": {"count": 10_000, "tokens_per_s": 50}})
    with GatewayProcess(tmp_path, one_engine(engine)) as gateway, gateway.client() as client:
        with client.stream("POST", "/v1/chat/completions", json=chat(stream=True)) as answer:
            lines = answer.iter_lines()  # kept: httpx closes the answer with its iterator
            next(lines)
            gateway.signal(signal.SIGTERM)
            port = int(gateway.url.rpartition(":")[2])
            until(lambda: not accepts(port))
            began = time.monotonic()
            gateway.signal(signal.SIGTERM)
            assert gateway.ended() == 0
        assert time.monotonic() - began < 5  # the drain would take 30 s


def test_sighup_reloads_without_dropping_a_request(lab, tmp_path):
    one, two = lab.engine(script={"default": {"text": "one"}}), lab.engine(script={"default": {"text": "two"}})
    with GatewayProcess(tmp_path, one_engine(one)) as gateway:
        seen, stop = [], threading.Event()

        def ask():
            with gateway.client() as client:
                while not stop.is_set():
                    answer = client.post("/v1/chat/completions", json=chat())
                    seen.append((answer.status_code, answer.json()["choices"][0]["message"]["content"]))

        callers = [threading.Thread(target=ask) for _ in range(4)]
        for caller in callers:
            caller.start()
        until(lambda: len(seen) > 20)
        gateway.write(one_engine(two))
        gateway.signal(signal.SIGHUP)
        until(lambda: (200, "two") in seen)
        stop.set()
        for caller in callers:
            caller.join()
        assert set(seen) == {(200, "one"), (200, "two")}
        until(lambda: "config reloaded" in gateway.log)


def test_a_reload_reads_again_what_is_included(lab, tmp_path):
    one, two = lab.engine(script={"default": {"text": "one"}}), lab.engine(script={"default": {"text": "two"}})
    providers, _, models = one_engine(one).partition("models:")
    (tmp_path / "parts").mkdir()
    included = tmp_path / "parts" / "providers.yaml"
    included.write_text(providers)
    config = f"include: [parts/*.yaml]\nmodels:{models}"

    def content(client):
        return client.post("/v1/chat/completions", json=chat()).json()["choices"][0]["message"]["content"]

    with GatewayProcess(tmp_path, config) as gateway, gateway.client() as client:
        assert content(client) == "one"
        included.write_text(one_engine(two).partition("models:")[0])
        gateway.signal(signal.SIGHUP)
        until(lambda: "config reloaded" in gateway.log)
        assert content(client) == "two"
        included.write_text("providers: {a: {kind: olama}}\n")
        gateway.signal(signal.SIGHUP)
        until(lambda: "the old one stays" in gateway.log)
        assert gateway.says(f"{included}:1:")
        assert content(client) == "two"


def test_a_reload_with_an_error_keeps_what_runs_and_says_why(lab, tmp_path):
    with GatewayProcess(tmp_path, one_engine(lab.engine())) as gateway, gateway.client() as client:
        gateway.write("providers: {a: {kind: olama}}\n")
        gateway.signal(signal.SIGHUP)
        until(lambda: "the old one stays" in gateway.log)
        assert gateway.says('did you mean "ollama"?')
        assert client.post("/v1/chat/completions", json=chat()).status_code == 200


def run(*words, cwd):
    return subprocess.run(
        [sys.executable, "-m", "sixnines", *words], capture_output=True, text=True, timeout=20, check=False, cwd=cwd
    )


def test_a_config_with_errors_is_told_and_nothing_starts(tmp_path):
    (tmp_path / "bad.yaml").write_text("version: 1\nmodels: {m: {deployments: [{provider: nobody, model: x}]}}\n")
    ended = run("serve", "--config", "bad.yaml", cwd=tmp_path)
    assert ended.returncode == 1
    assert "bad.yaml:2:" in ended.stderr
    assert "nobody" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_without_a_config_it_says_where_it_looked_and_what_to_do(tmp_path):
    ended = run("serve", cwd=tmp_path)
    assert ended.returncode == 1
    assert "sixnines.yaml" in ended.stderr
    assert "quickstart" in ended.stderr


def test_a_taken_port_is_told_with_its_holder(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        (tmp_path / "sixnines.yaml").write_text(
            f'version: 1\nserver: {{listen: "127.0.0.1:{port}"}}\n'
            "providers: {a: {kind: ollama}}\nmodels: {m: {deployments: [{provider: a, model: x}]}}\n"
        )
        ended = run("serve", cwd=tmp_path)
    assert ended.returncode == 1
    assert f"127.0.0.1:{port}" in ended.stderr
    assert "taken by" in ended.stderr
    assert "Traceback" not in ended.stderr
