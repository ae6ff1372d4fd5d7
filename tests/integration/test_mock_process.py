"""A stand-in as a process of its own, and the command that starts it."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from sixnines.testing import MockProcess


def chat(base_url: str) -> dict[str, object]:
    body = json.dumps({"model": "mock", "messages": [{"role": "user", "content": "hi"}]}).encode()
    request = urllib.request.Request(f"{base_url}/v1/chat/completions", body, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=5) as answer:
        return json.loads(answer.read())


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def run(*words: str, told: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sixnines", "mock", *words]
    return subprocess.run(command, input=told, capture_output=True, text=True, timeout=30, check=False)


def test_a_process_answers_tells_its_state_and_takes_another_script() -> None:
    with MockProcess("vllm", {"default": {"text": "one"}}) as engine:
        assert chat(engine.base_url)["choices"][0]["message"]["content"] == "one"
        engine.script({"default": {"text": "two"}})
        assert chat(engine.base_url)["choices"][0]["message"]["content"] == "two"
        assert engine.state()["total"] == 2
        engine.reset()
        assert engine.state()["total"] == 0
        with pytest.raises(RuntimeError, match="only the llamacpp-python kind"):
            engine.script({"interrupt": True})
        assert is_alive(engine.pid)
        pid = engine.pid
    assert not is_alive(pid)


def test_a_refusing_process_still_obeys_on_its_admin_port() -> None:
    with MockProcess("vllm", {"refuse": True}) as engine:
        with pytest.raises(OSError, match=r"reset|closed"):
            chat(engine.base_url)
        engine.script({})
        assert chat(engine.base_url)["object"] == "chat.completion"


def test_a_process_that_cannot_start_says_why() -> None:
    with pytest.raises(RuntimeError, match=r"interrupt: only the llamacpp-python kind interrupts"):
        MockProcess("vllm", {"interrupt": True}).start()


def test_the_command_prints_one_line_and_ends_on_a_signal(tmp_path: Path) -> None:
    script = tmp_path / "script.yaml"
    script.write_text("default: {text: from a file}\n")
    words = ["--kind", "llamacpp", "--port", "0", "--script", str(script)]
    with subprocess.Popen([sys.executable, "-m", "sixnines", "mock", *words], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        assert (ready["kind"], ready["pid"], ready["admin_port"]) == ("llamacpp", process.pid, ready["port"])
        assert chat(f"http://127.0.0.1:{ready['port']}")["choices"][0]["message"]["content"] == "from a file"
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
        assert process.stdout.read() == b""


def test_a_mistake_in_the_script_is_told_with_its_place(tmp_path: Path) -> None:
    script = tmp_path / "script.yaml"
    script.write_text("rules:\n  - then: {eror: rate}\n")
    done = run("--kind", "vllm", "--script", str(script))
    assert done.returncode == 1
    assert done.stderr == (
        f'sixnines: {script}: rules[0].then: Object contains unknown field `eror`; did you mean "error"?\n'
    )


def test_a_script_may_come_from_standard_input_and_an_unknown_kind_is_named() -> None:
    assert "not YAML" in run("--kind", "vllm", "--script", "-", told="a: b: c").stderr
    done = run("--kind", "olama")
    assert done.returncode == 1
    assert 'unknown kind "olama"; known are openai, ollama, llamacpp' in done.stderr


def test_a_port_that_is_taken_and_a_file_that_is_not_there_are_told(tmp_path: Path) -> None:
    with MockProcess("vllm") as engine:
        done = run("--kind", "vllm", "--port", str(engine.port))
    assert done.returncode == 1
    assert str(engine.port) in done.stderr
    missing = run("--kind", "vllm", "--script", str(tmp_path / "nonsuch.yaml"))
    assert missing.returncode == 1
    assert "nonsuch.yaml" in missing.stderr
    assert "Traceback" not in done.stderr + missing.stderr
