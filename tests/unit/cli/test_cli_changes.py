"""`sixnines apply`, `rollback`, `history` and `show` where no gateway runs, as a person and a program use them."""

import base64
import json
import re
import socket

import msgspec
import pytest

from sixnines.cli.app import main
from sixnines.control.archive import Archive, folder_of
from sixnines.control.events import Ended, Ending, Event
from sixnines.control.presence import Presence, announce
from sixnines.control.revision import Fate
from support.changes import config

A, B, C = config("a"), config("b"), config("c")


@pytest.fixture(autouse=True)
def _own_directory(tmp_path, monkeypatch):
    """Nothing of the machine's own config or state is found."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))


@pytest.fixture
def file(tmp_path):
    return tmp_path / "sixnines.yaml"


@pytest.fixture
def archive(tmp_path, file):
    return Archive(folder_of(tmp_path / "state" / "sixnines", file))


@pytest.fixture
def run(capsys):
    """Runs a command; its exit status, and what was printed on either stream."""

    def run(*words):
        asked = ["--no-preflight"] if words[0] == "apply" and "--preflight" not in words else []  # no provider runs
        status = main([*map(str, words), *asked])
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run


@pytest.fixture
def applied(run, file):
    """Has each of these applied."""

    def applied(*texts):
        for text in texts:
            file.write_text(text)
            assert run("apply")[0] == 0

    return applied


def without_times(text):
    return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "TIME", re.sub(r"\(\d+\.\d s\)", "(0.0 s)", text))


def test_an_apply_says_what_it_does_and_what_it_cannot_do(run, file, archive):
    file.write_text(A)
    status, printed, complained = run("apply", "-m", "the first")
    assert (status, complained) == (0, "")
    assert without_times(printed) == (
        "check      sixnines.yaml: fine (1 provider, 1 model)\n"
        "           Plan: 2 to add, 0 to change, 0 to remove\n"
        "record     recording the revision\n"
        "           warning: no gateway is running: nothing was activated or verified; the next start serves revision 1\n"
        "commit     revision 1 holds from now on\n"
        "\n"
        "Applied: revision 1 holds, and the next start serves it (0.0 s).\n"
    )
    assert (archive.head(), archive.read(1).note) == (1, "the first")


def test_a_second_time_there_is_nothing_to_do(run, applied):
    applied(A)
    assert run("apply")[:2] == (
        0, "check      sixnines.yaml: fine (1 provider, 1 model)\n\nNothing to do: revision 1 is the same.\n"
    )  # fmt: skip


def test_a_config_with_errors_is_shown_and_nothing_is_recorded(run, file, archive):
    file.write_text("version: 3\n")
    status, printed, complained = run("apply")
    assert (status, printed) == (1, "")
    assert complained.startswith("sixnines.yaml:1:10: error: version")
    assert archive.numbers() == []


def test_a_secret_that_this_shell_does_not_have_is_an_error_before_anything_is_recorded(run, file, archive):
    file.write_text(config(key="NOT_SET_HERE"))
    status, _, complained = run("apply")
    assert status == 1
    assert "the environment variable NOT_SET_HERE is not set" in complained
    assert archive.numbers() == []


def test_json_is_an_event_a_line(run, file):
    file.write_text(A)
    status, printed, _ = run("apply", "--format", "json")
    events = [msgspec.json.decode(line, type=Event) for line in printed.splitlines()]
    assert status == 0
    assert isinstance(events[-1], Ended)
    assert (events[-1].ending, events[-1].revision) == (Ending.APPLIED, 1)


def test_another_file_can_be_applied_to_a_config(run, tmp_path, file, applied, archive):
    applied(A)
    (tmp_path / "new.yaml").write_text(B)
    assert run("apply", "new.yaml", "--config", file)[0] == 0
    assert archive.sources(2)[0].content == B.encode()
    assert archive.read(2).file_digest == archive.read(1).digest  # the file itself is as it was


def test_a_plan_is_applied_and_a_stale_one_is_refused(run, file, applied, archive):
    applied(A)
    file.write_text(B)
    assert run("plan", "--out", "plan.json")[0] == 0
    file.write_text(C)  # what was reviewed counts, not what the file has become
    assert run("apply", "plan.json")[0] == 0
    assert archive.sources(2)[0].content == B.encode()
    status, _, complained = run("apply", "plan.json")
    assert status == 1
    assert "this was planned from revision 1, and revision 2 holds by now" in complained


def test_a_plan_from_before_the_first_revision_is_applied_once(run, file, archive):
    file.write_text(A)
    run("plan", "--out", "plan.json")
    assert run("apply", "plan.json")[0] == 0
    assert archive.head() == 1
    assert "when no revision was recorded" in run("apply", "plan.json")[2]


def test_a_plan_for_another_config_is_refused(run, tmp_path, file):
    file.write_text(A)
    run("plan", "--out", "plan.json")
    status, _, complained = run("apply", "plan.json", "--config", tmp_path / "other.yaml")
    assert status == 1
    assert "other.yaml" in complained


def test_a_damaged_plan_is_refused(run, tmp_path, file, archive):
    file.write_text(A)
    run("plan", "--out", "plan.json")
    plan = tmp_path / "plan.json"
    plan.write_text(plan.read_text()[:-20])
    assert run("apply", "plan.json")[0] == 1
    assert archive.numbers() == []


def test_a_dry_run_changes_nothing(run, file, archive):
    file.write_text(A)
    status, printed, _ = run("apply", "--dry-run")
    assert status == 0
    assert "Nothing was recorded or changed." in printed
    assert archive.numbers() == []


def test_a_rollback_has_what_held_before_hold_again(run, applied, archive):
    applied(A, B)
    status, printed, _ = run("rollback", "--note", "too slow")
    assert status == 0
    assert "Applied: revision 3 holds, and the next start serves it" in printed
    assert (archive.sources(3)[0].content, archive.read(3).of) == (A.encode(), 1)


def test_a_rollback_to_a_number(run, applied, archive):
    applied(A, B, C)
    assert run("rollback", "1")[0] == 0
    assert archive.sources(4)[0].content == A.encode()


def test_a_rollback_of_a_config_that_is_gone_from_the_disk_works(run, file, applied, archive):
    applied(A, B)
    file.unlink()
    assert run("rollback", "--config", file)[0] == 0
    assert archive.read(3).file_digest is None


@pytest.mark.parametrize("words", [["rollback"], ["rollback", "7"], ["show"], ["show", "7"]])
def test_where_there_is_nothing_that_is_said(run, file, words):
    file.write_text(A)
    status, printed, complained = run(*words)
    assert (status, printed) == (1, "")
    assert "no revision" in complained


def test_no_config_is_said_with_where_it_was_looked_for(run):
    for command in ("apply", "rollback", "history", "show"):
        status, _, complained = run(command)
        assert status == 1
        assert "no config found at sixnines.yaml or " in complained


@pytest.mark.parametrize(("option", "value"), [("--watch", "60"), ("--watch", "soon")])
def test_an_option_that_makes_no_sense_is_wrong_usage(run, file, option, value):
    file.write_text(A)
    assert run("apply", option, value)[0] == 2


def test_the_history_lists_them_and_marks_the_one_that_holds(run, applied):
    applied(A, B)
    run("rollback", "-m", "too \x1b[31mslow")
    status, printed, _ = run("history")
    assert status == 0
    rows = [line.split(None, 1 if not line.startswith("*") else 2) for line in without_times(printed).splitlines()]
    assert [row[:2] if row[0] == "*" else row[:1] for row in rows] == [["REVISION"], ["*", "3"], ["2"], ["1"]]
    assert rows[1][2].split("  ", 4)[2:] == ["rollback to 1", "applied", "too  [31mslow"]


def test_the_history_can_be_cut(run, applied):
    applied(A, B)
    assert len(run("history", "--limit", "1")[1].splitlines()) == 2


def test_the_history_for_programs(run, applied):
    applied(A)
    (entry,) = json.loads(run("history", "--format", "json")[1])
    assert (entry["number"], entry["holds"], entry["outcome"]["fate"]) == (1, True, "applied")


def test_a_history_of_nothing_says_so(run, file):
    file.write_text(A)
    status, printed, complained = run("history")
    assert (status, printed) == (0, "")
    assert "no revision is recorded yet" in complained


def test_a_corrupt_revision_is_in_the_history_and_its_exit_status(run, applied, archive):
    applied(A, B)
    (archive.folder / "revisions" / "1.json").write_bytes(b"")
    status, printed, _ = run("history")
    assert status == 1
    assert "corrupt" in printed.splitlines()[2]
    assert "revision 1 is not what was recorded" in printed


def test_a_revision_is_shown_with_its_files(run, applied):
    applied(A)
    status, printed, _ = run("show", "1")
    assert status == 0
    assert without_times(printed).startswith("revision:  1 (holds)\nmade:      TIME UTC by ")
    assert printed.endswith("\n--- sixnines.yaml\n" + A)
    assert run("show") == (0, printed, "")


def test_a_revision_is_shown_to_programs(run, applied):
    applied(A)
    shown = json.loads(run("show", "1", "--format", "json")[1])
    assert base64.b64decode(shown["files"][0]["content"]) == A.encode()
    assert shown["outcome"]["evidence"]["offline"] is True


def test_control_characters_of_a_file_do_not_reach_the_terminal(run, applied):
    applied(A + "# \u202e31m\n")
    assert "\u202e" not in run("show", "1")[1]


def test_files_are_written_into_a_folder_and_over_none(run, tmp_path, applied):
    applied(A)
    status, printed, _ = run("show", "1", "--write", "out/there")
    assert (status, printed) == (0, "out/there/sixnines.yaml\n")
    assert (tmp_path / "out" / "there" / "sixnines.yaml").read_text() == A
    status, printed, complained = run("show", "1", "--write", "out/there")
    assert (status, printed) == (1, "")
    assert "is there already; name an empty folder" in complained


def test_what_is_corrupt_is_not_shown(run, applied, archive):
    applied(A)
    next(iter((archive.folder / "sources").iterdir())).write_bytes(b"x")
    status, printed, complained = run("show", "1")
    assert (status, printed) == (1, "")
    assert "revision 1 is not what was recorded" in complained


def test_where_the_head_is_corrupt_a_revision_can_be_shown_by_its_number(run, applied, archive):
    applied(A)
    (archive.folder / "head").write_bytes(b"")
    assert run("show", "1")[0] == 0
    status, _, complained = run("show")
    assert status == 1
    assert "which revision holds cannot be told" in complained


def test_where_its_outcome_is_corrupt_a_revision_is_shown_all_the_same(run, applied, archive):
    applied(A)
    (archive.folder / "outcomes" / "1.json").write_bytes(b"")
    status, printed, complained = run("show", "1")
    assert status == 0
    assert "outcome:   not known" in printed
    assert "what became of revision 1 cannot be told" in complained


def test_what_a_gateway_that_has_ended_left_behind_hinders_nobody(run, applied, archive, tmp_path):
    applied(A)
    gone = Presence(pid=1, socket=str(tmp_path / "no.sock"), address="", instance="", version="", started_unix_s=0)
    announce(archive.folder, gone)
    assert run("rollback", "1")[0] == 0


def test_a_gateway_that_is_not_there_is_said(run, file):
    file.write_text(A)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        for words in (["apply"], ["rollback"], ["history"], ["show", "1"]):
            status, printed, complained = run(*words, "--gateway", url)
            assert (status, printed) == (1, "")
            assert f"no gateway answers at {url}" in complained


def test_a_key_that_is_no_reference_is_refused_and_not_printed(run, file):
    file.write_text(A)
    status, _, complained = run("apply", "--gateway", "http://127.0.0.1:1", "--admin-key", "hunter2")
    assert status == 1
    assert "--admin-key" in complained
    assert "hunter2" not in complained


def test_providers_are_asked_first_and_one_that_is_not_there_is_a_reason_to_refuse(run, file, archive):
    file.write_text(A)
    status, printed, _ = run("apply", "--preflight")
    assert status == 1
    assert "preflight  asking the providers that have changed\n           failed   preflight a" in printed
    assert "\nRefused: preflight failed: preflight a: " in printed
    assert (archive.head(), archive.outcome(1).fate) == (None, Fate.REFUSED)
    assert run("apply", "--preflight", "--force")[0] == 0


def test_a_page_is_written_of_what_was_done(run, file, tmp_path):
    file.write_text(A)
    assert run("apply", "--report", "page.md")[0] == 0
    page = (tmp_path / "page.md").read_text()
    assert "# " in page
    assert "sixnines.yaml" in page


def test_a_config_of_several_files_is_recorded_and_comes_back_whole(run, file, tmp_path, archive):
    (tmp_path / "parts").mkdir()
    part = tmp_path / "parts" / "models.yaml"
    part.write_text("models: {a: {deployments: [{provider: a, model: a}]}}\n")
    file.write_text(
        'version: 1\ninclude: [parts/models.yaml]\n'
        'providers: {a: {kind: openai-compatible, base_url: "http://127.0.0.1:9"}}\n'
    )  # fmt: skip
    assert run("apply")[0] == 0
    assert run("apply")[1].endswith("Nothing to do: revision 1 is the same.\n")
    part.write_text("models: {b: {deployments: [{provider: a, model: b}]}}\n")
    assert run("apply")[0] == 0
    assert run("rollback")[0] == 0
    assert [each.path for each in archive.sources(3)] == ["sixnines.yaml", "parts/models.yaml"]
    assert archive.sources(3) == archive.sources(1)
    assert archive.read(3).file_digest == archive.read(2).digest  # also the part on disk is as it was
    assert run("show", "3", "--write", "out")[1] == "out/sixnines.yaml\nout/parts/models.yaml\n"
