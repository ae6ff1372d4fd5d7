"""`sixnines bench` as a person uses it: against a real gateway, with every wrong option, and stopped amid a run."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time

import pytest

from sixnines.cli.app import main
from sixnines.testing import MockProcess
from support.lab import Lab, one_engine, two_engines

KEY = "sk-never-to-be-shown"


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


def bench(capsys, *words):
    """The exit status, and what was printed on either stream."""
    status = main(["bench", *words])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def in_one_line(text):
    """The words of a message, without the box that is drawn around it."""
    return " ".join(re.sub(r"[│╭╮╰╯─]", " ", text).split())


def test_a_run_through_the_gateway_says_who_answered_and_writes_both_files(lab, capsys, tmp_path):
    rules = {"rules": [{"nth": list(range(0, 1000, 4))[1:], "then": {"error": "server_error"}}]}
    lab.serve(two_engines(lab.engine(script=rules), lab.engine()))
    page, figures = tmp_path / "load.html", tmp_path / "load.json"
    words = ["--url", lab.url, "--rps", "40", "--duration", "1s", "--stream", "--arrivals", "even", "--seed", "5"]
    status, printed, complaint = bench(capsys, *words, "--report", str(page), "--json", str(figures))
    found = json.loads(figures.read_text())
    assert complaint == ""
    assert (found["due"], found["good"], found["bad"], found["success"]["value"]) == (40, 40, 0, 1.0)
    assert set(found["providers"]) == {"a", "b"}
    assert sum(found["providers"].values()) == 40
    assert [point["due"] for point in found["series"]] == [20, 20]
    assert found["spreads"][0]["count"] == 40
    assert found["spreads"][0]["p50_s"] > 0
    assert found["spreads"][0]["p99_s"] is None
    assert (found["setting"]["model"], found["setting"]["seed"]) == ("m", 5)
    assert status == (1 if found["effort"]["remarks"] else 0)  # the machine may be busy: then it must say so
    for word in (
        "steady, 40 requests per second for 1s",
        "40 good answers, 0 bad",
        "Success: 100 % (",
        "who answered:",
        str(page),
    ):
        assert word in printed, word
    assert "who answered" in page.read_text().lower()


def test_bad_answers_make_a_bad_exit_status_and_are_told(lab, capsys):
    lab.serve(one_engine(lab.engine(script={"default": {"error": "context"}})))
    status, printed, _ = bench(capsys, "--url", lab.url, "--rps", "20", "--duration", "500ms", "--arrivals", "even")
    assert status == 1
    assert "0 good answers, 10 bad" in printed
    assert "what went wrong:\n  HTTP 400  10" in printed


def test_the_key_is_sent_and_shown_nowhere(lab, capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("BENCH_KEY", KEY)
    monkeypatch.setenv("OTHER_KEY", "sk-wrong")
    engine = lab.engine()
    config = f'server: {{listen: "127.0.0.1:0", api_keys: ["env:BENCH_KEY"]}}\n{one_engine(engine)}'
    lab.serve(config, {"BENCH_KEY": KEY})
    files = [tmp_path / "page.html", tmp_path / "figures.json"]
    words = ["--url", lab.url, "--rps", "20", "--duration", "500ms"]
    told = ["--report", str(files[0]), "--json", str(files[1])]
    _, printed, complaint = bench(capsys, *words, "--key", "env:BENCH_KEY", *told)
    assert "0 bad" in printed
    for text in (printed, complaint, *(file.read_text() for file in files)):
        assert KEY not in text
    status, _, complaint = bench(capsys, *words, "--key", "env:OTHER_KEY")
    assert (status, complaint) == (1, f"sixnines: {lab.url} refuses the key (HTTP 401)\n")
    status, _, complaint = bench(capsys, *words)
    assert (status, complaint) == (1, f"sixnines: {lab.url} wants a key: give it with --key env:NAME (HTTP 401)\n")


def test_nobody_there_is_told_before_anything_is_sent(capsys):
    status, printed, complaint = bench(capsys, "--url", "http://127.0.0.1:1", "--model", "m")
    assert (status, printed) == (1, "")
    assert complaint == (
        "sixnines: nothing can be measured at http://127.0.0.1:1: the connection was refused. Is it running? "
        "--url names another address\n"
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--rps", "0"], "give a number above 0"),
        (["--rps", "nan"], "give a number above 0"),
        (["--rps", "inf"], "give a number above 0"),
        (["--rps", "1e9"], "at most 100,000"),
        (["--duration", "30"], "a duration is a number and one of ms s m h"),
        (["--duration", "0s"], "give more than 0 and at most 24h"),
        (["--duration", "25h"], "give more than 0 and at most 24h"),
        (["--timeout", "0ms"], "give more than 0"),
        (
            ["--rps", "5000", "--duration", "1m"],
            "about 300,000 requests, more than 100,000; say so with --max-requests",
        ),
        (["--url", "127.0.0.1:4000"], "starts with http"),
        (["--url", "http://user:pw@127.0.0.1"], "has no place here"),
        (["--url", "https://api.example.org"], "api.example.org is another machine"),
        (["--key", KEY], "a secret is never written here; name it as env:NAME"),
        (["--key", "env:NOT_SET_ANYWHERE"], "the environment variable NOT_SET_ANYWHERE is not set"),
        (["--key", "file:/nowhere/key"], "cannot be read"),
        (["--prompt-file", "/nowhere/prompts"], "/nowhere/prompts cannot be read"),
        (["--prompt-file", "/dev/null"], "/dev/null"),
        (["--report", "/nowhere/page.html"], "/nowhere/page.html cannot be written: No such file or directory"),
        (["--json", "/"], "/ cannot be written: Is a directory"),
        (["--profile", "wild"], "wild"),
        (["--max-requests", "0"], "0"),
        (["--max-open", "0"], "0"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_reason(capsys, words, said, monkeypatch):
    monkeypatch.setenv("COLUMNS", "400")
    status, printed, complaint = bench(capsys, *words)
    assert (status, printed) == (2, "")
    assert said in in_one_line(complaint)
    assert KEY not in complaint
    assert "Traceback" not in complaint


def test_more_open_requests_than_the_system_allows_files_are_refused():
    script = 'ulimit -n 300; exec "$0" -m sixnines bench --url http://127.0.0.1:1 --max-open "$1"'

    def run(most_open):
        words = ["sh", "-c", script, sys.executable, most_open]
        return subprocess.run(
            words, capture_output=True, text=True, timeout=20, check=False, env={**os.environ, "COLUMNS": "400"}
        )

    refused, fine = run("201"), run("200")
    assert refused.returncode == 2
    assert "this process may open 300 files only; give at most 200" in in_one_line(refused.stderr)
    assert "the connection was refused" in fine.stderr


def test_a_file_that_cannot_be_written_after_all_is_told_and_the_other_is_written(lab, capsys, tmp_path):
    lab.serve(one_engine(lab.engine()))
    folder, figures = tmp_path / "folder", tmp_path / "figures.json"
    folder.mkdir()
    threading.Timer(0.3, folder.rmdir).start()
    words = ["--url", lab.url, "--rps", "20", "--duration", "1s", "--report", str(folder / "page.html")]
    status, printed, complaint = bench(capsys, *words, "--json", str(figures))
    assert status == 1
    assert complaint == f"sixnines: {folder}/page.html could not be written: No such file or directory\n"
    assert "good answers" in printed
    assert figures.exists()


def test_a_file_that_was_there_stays_until_there_is_a_report(capsys, tmp_path):
    page = tmp_path / "page.html"
    page.write_text("the last one")
    bench(capsys, "--url", "http://127.0.0.1:1", "--report", str(page), "--json", str(tmp_path / "new.json"))
    assert page.read_text() == "the last one"
    assert not (tmp_path / "new.json").exists()


def test_no_more_is_sent_than_the_most_and_prompts_are_taken_in_turn(lab, capsys, tmp_path):
    engine = lab.engine()
    lab.serve(one_engine(engine))
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("one\ntwo\n")
    words = ["--url", lab.url, "--rps", "100", "--duration", "10s", "--max-requests", "5", "--max-tokens", "7"]
    _, printed, _ = bench(capsys, *words, "--prompt-file", str(prompts))
    assert "of 5 requests that were due" in printed
    bodies = [seen.json() for seen in engine.requests]
    assert sorted(body["messages"][0]["content"] for body in bodies) == ["one", "one", "one", "two", "two"]
    assert {body["max_tokens"] for body in bodies} == {7}


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_stopped_reports_what_was_measured(tmp_path, sign):
    figures = tmp_path / "figures.json"
    script = {"rules": [{"nth": 1, "then": {"head_s": 60.0}}]}
    with MockProcess("openai", script) as engine:
        words = ["--url", engine.base_url, "--rps", "50", "--duration", "1h", "--max-requests", "1000000"]
        command = [sys.executable, "-m", "sixnines", "bench", *words, "--json", str(figures)]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
        ) as run:
            deadline = time.monotonic() + 20
            while engine.state()["total"] < 15 and time.monotonic() < deadline:
                time.sleep(0.05)
            run.send_signal(sign)
            printed, complaint = run.communicate(timeout=10)
    assert (run.returncode, complaint) == (130, "")
    assert "Stopped before its end: what follows was measured until then." in printed
    found = json.loads(figures.read_text())
    assert found["interrupted"]
    assert found["good"] > 5
    assert found["unfinished"] >= 1
    assert found["due"] == found["good"] + found["bad"] + found["unfinished"]
    assert found["lasted_s"] < 20


def test_a_bar_is_drawn_where_somebody_looks(tmp_path):
    pty = pytest.importorskip("pty")
    with MockProcess("openai") as engine:
        words = ["--url", engine.base_url, "--rps", "30", "--duration", "1s"]
        command = [sys.executable, "-m", "sixnines", "bench", *words]
        ours, theirs = pty.openpty()
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=theirs, env={**os.environ, "TERM": "xterm"}
        ) as run:
            os.close(theirs)
            drawn = b""
            while True:
                try:
                    piece = os.read(ours, 65536)
                except OSError:  # the other end is closed
                    break
                if not piece:
                    break
                drawn += piece
            printed, _ = run.communicate(timeout=20)
        os.close(ours)
    assert b" good " in drawn
    assert b" open " in drawn
    assert b"good answers" in printed
