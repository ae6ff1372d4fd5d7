"""`sixnines replay` as a person and a pipeline use it."""

import json

import msgspec
import pytest

from sixnines.cli.app import main
from sixnines.domain.operation import Operation
from sixnines.domain.price import Price
from sixnines.engine.recorded import VERSION, Recorded

CONFIG = """version: 1
providers:
  local: {kind: llamacpp, base_url: "http://127.0.0.1:2"}
  cloud: {kind: ollama, base_url: "https://cloud.example.org", api_key: "env:NOT_SET"}
models:
  code: {deployments: [{provider: local, model: s}], context_window: 4096}
  chat: {deployments: [{provider: cloud, model: l}], context_window: 100000, price: {input: 1, output: 2}}
"""
AT = 1764100800.0  # 2025-11-25 20:00:00 UTC


@pytest.fixture(autouse=True)
def _own_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "new.yaml").write_text(CONFIG)


def line(number=0, asked="chat", **more):
    values = {
        "v": VERSION, "at": AT + number, "id": f"{number}", "asked": asked, "name": asked, "operation": Operation.CHAT,
        "stream": False, "tokens_floor": 1, "prompt_tokens": 1000, "answer_tokens": 500, "outcome": "ok",
        "order": ["cloud/l"], "window": 100_000, "price": Price(10**6, 2 * 10**6),
    }  # fmt: skip
    return msgspec.json.encode(Recorded(**(values | more))) + b"\n"


def replay(capsys, *words):
    """The exit status, and what was printed on either stream."""
    status = main(["replay", *words])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def test_it_says_what_would_change(tmp_path, capsys):
    (tmp_path / "log").write_bytes(
        line(0) + line(1, "code") + line(2, "code") + b"what?\n" + line(3, "gone") + line(60)
    )
    status, printed, complaint = replay(capsys, "--log", "log", "--config", "new.yaml")
    assert (status, complaint) == (1, "")
    assert printed == (
        "5 decisions, from 2025-11-25 20:00:00 to 2025-11-25 20:01:00, with new.yaml\n"
        "passed over: 1 line that cannot be read\n"
        "  log:4: not a recorded decision: JSON is malformed: invalid character (byte 0)\n"
        "\n"
        "asked for  requests  elsewhere  nobody  smaller window  cost\n"
        "chat              2          0       0               0  $0.0040\n"
        "code              2   2 (100%)       0               2  $0.0040 -> $0\n"
        "gone              1   1 (100%)       1               0  $0.0020 -> $0\n"
        "\n"
        "code\n"
        "  from     to       requests  window            cost\n"
        "  cloud/l  local/s         2  100,000 -> 4,096  $0.0040 -> $0\n"
        "\n"
        "gone\n"
        "  from     to      requests  window  cost\n"
        "  cloud/l  nobody         1          $0.0020 -> $0\n"
        "  nobody, 1 time: No model, route, alias or pattern answers to the name.\n"
    )


def test_where_everybody_has_somebody_all_is_fine(tmp_path, capsys):
    (tmp_path / "log").write_bytes(line(0) + line(1, "code"))
    assert replay(capsys, "--log", "log", "--config", "new.yaml")[0] == 0


def test_several_logs_are_one(tmp_path, capsys):
    (tmp_path / "log.1").write_bytes(line(0))
    (tmp_path / "log").write_bytes(line(1) + b"{}\n")
    status, printed, _ = replay(capsys, "--log", "log.1", "--log", "log", "--config", "new.yaml", "--format", "json")
    told = json.loads(printed)
    assert status == 0
    assert (told["decisions"], told["first_at"], told["last_at"], told["config"]) == (2, AT, AT + 1, "new.yaml")
    assert [(each["file"], each["line"]) for each in told["unread"]] == [("log", 2)]
    assert told["names"][0] | {"asked": "chat", "requests": 2, "moves": []} == told["names"][0]


def test_a_log_without_a_decision_is_nothing_to_go_by(tmp_path, capsys):
    (tmp_path / "log").write_bytes(b"\n" * 12)
    status, printed, _ = replay(capsys, "--log", "log", "--config", "new.yaml")
    assert status == 1
    assert printed.startswith("0 decisions, with new.yaml\npassed over: 12 lines that cannot be read\n  log:1: ")
    assert printed.endswith("  log:10: not a recorded decision: Input data was truncated\n  ...\n")


def test_a_line_without_end_is_one_line(tmp_path, capsys):
    (tmp_path / "log").write_bytes(b"x" * 3_000_000 + b"\n" + line(0) + b"y" * (1024 * 1024) + b"\n" + line(1)[:-1])
    told = json.loads(replay(capsys, "--log", "log", "--config", "new.yaml", "--format", "json")[1])
    assert told["decisions"] == 2
    assert [each["line"] for each in told["unread"]] == [1, 3]


def test_what_is_not_known_is_not_made_up(tmp_path, capsys):
    (tmp_path / "new.yaml").write_text(CONFIG.replace(", price: {input: 1, output: 2}", ""))
    (tmp_path / "log").write_bytes(line(0, window=None) + line(1, "code", price=None, window=None))
    printed = replay(capsys, "--log", "log", "--config", "new.yaml")[1]
    assert "chat              1          0       0               0  $0.0020 -> not known\n" in printed
    assert "  cloud/l  local/s         1  ? -> 4,096  not known -> $0\n" in printed


@pytest.mark.parametrize(
    "words",
    [
        [], ["--log", "log"], ["--config", "new.yaml"], ["--log", "nowhere", "--config", "new.yaml"],
        ["--log", "log", "--config", "nowhere.yaml"], ["--log", ".", "--config", "new.yaml"],
        ["--log", "log", "--config", "new.yaml", "--format", "xml"],
    ],
)  # fmt: skip
def test_wrong_usage_is_told_from_what_was_found(tmp_path, capsys, words):
    (tmp_path / "log").write_bytes(line())
    assert replay(capsys, *words)[0] == 2


def test_a_config_with_errors_is_reported(tmp_path, capsys):
    (tmp_path / "log").write_bytes(line())
    (tmp_path / "bad.yaml").write_text(CONFIG.replace("provider: cloud", "provider: clod"))
    status, printed, complaint = replay(capsys, "--log", "log", "--config", "bad.yaml")
    assert (status, printed) == (1, "")
    assert 'unknown provider "clod"' in complaint
