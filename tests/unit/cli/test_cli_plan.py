"""`sixnines plan` and `sixnines diff` as a person and a pipeline use them."""

import json
import stat

import pytest

from sixnines.cli.app import main
from sixnines.config.sources import SourceFile, digest_of
from sixnines.control.archive import folder_of
from sixnines.control.plan_file import read_plan
from sixnines.control.revision import Draft, Origin
from sixnines.control.store import RevisionStore
from support.clocks import ManualClock

FIRST = """version: 1
providers: {p: {kind: ollama, api_key: "env:NOT_SET_HERE"}}
models: {chat: {deployments: [{provider: p, model: x}]}}
"""
SECOND = FIRST.replace("model: x", "model: y")
BROKEN = FIRST.replace("provider: p", "provider: q") + "server: {admin_key: hunter2}\n"


@pytest.fixture(autouse=True)
def _own_directory(tmp_path, monkeypatch):
    """A config, and nothing of the machine's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "lab.yaml").write_text(FIRST)


@pytest.fixture
def store(tmp_path):
    return RevisionStore(folder_of(tmp_path / "state" / "sixnines", tmp_path / "lab.yaml"), ManualClock())


def record(store, *texts, holds=True):
    """A revision for each of the texts; the last one holds."""
    with store.locked("somebody", "apply"):
        for text in texts:
            revision = store.record(
                [SourceFile("lab.yaml", text.encode())], Draft(author="somebody", origin=Origin.APPLY)
            )
            if holds:
                store.set_head(revision.number)
    return revision


def run(capsys, *words):
    """The exit status, and what was printed on either stream."""
    status = main([*words])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def test_before_anything_is_recorded_everything_is_new(capsys):
    assert run(capsys, "plan", "lab.yaml") == (
        0,
        (
            "lab.yaml against nothing: no revision is recorded yet\n"
            "\n"
            "  + provider p\n"
            "      kind: ollama\n"
            "      api_key: env:NOT_SET_HERE\n"
            "\n"
            "  + model chat\n"
            "      deployments:\n"
            "        - {provider: p, model: x}\n"
            "\n"
            "Plan: 2 to add, 0 to change, 0 to remove\n"
        ),
        "",
    )


def test_it_is_compared_with_the_revision_that_holds(tmp_path, capsys, store):
    record(store, SECOND, FIRST)
    (tmp_path / "lab.yaml").write_text(SECOND)
    status, printed, complaint = run(capsys, "plan", "lab.yaml")
    assert (status, complaint) == (0, "")
    assert printed == (
        "lab.yaml against revision 2 (holds)\n"
        "\n"
        "  ~ model chat\n"
        "      - deployments: {provider: p, model: x}\n"
        "      + deployments[0]: {provider: p, model: y}\n"
        "\n"
        "Plan: 0 to add, 1 to change, 0 to remove\n"
    )
    assert run(capsys, "plan", "lab.yaml", "--against", "1")[1] == (
        "No changes: lab.yaml means the same as revision 1.\n"
    )


def test_a_revision_that_was_never_applied_is_not_what_it_is_compared_with(tmp_path, capsys, store):
    record(store, FIRST)
    record(store, SECOND, holds=False)
    assert run(capsys, "plan", "lab.yaml")[1] == "No changes: lab.yaml means the same as revision 1 (holds).\n"


def test_a_revision_that_is_not_kept_is_named(capsys, store):
    record(store, FIRST)
    status, printed, complaint = run(capsys, "plan", "lab.yaml", "--against", "9")
    assert (status, printed) == (1, "")
    assert complaint.startswith("sixnines: no revision 9 is kept")


def test_a_revision_that_is_corrupt_is_not_believed(capsys, store):
    record(store, FIRST)
    [path] = (store.folder / "sources").iterdir()
    path.chmod(0o600)
    path.write_text(SECOND)
    status, printed, complaint = run(capsys, "plan", "lab.yaml")
    assert (status, printed) == (1, "")
    assert "revision 1 is not what was recorded" in complaint


def test_a_revision_that_this_version_cannot_read_says_why(capsys, store):
    record(store, BROKEN)
    status, printed, complaint = run(capsys, "plan", "lab.yaml")
    assert (status, printed) == (1, "")
    assert 'revision 1:3:42: error: models.chat.deployments[0].provider: unknown provider "q"' in complaint
    assert "hunter2" not in complaint


def test_a_file_with_errors_is_shown_as_check_shows_it(tmp_path, capsys, store):
    record(store, FIRST)
    (tmp_path / "lab.yaml").write_text(BROKEN)
    status, printed, _ = run(capsys, "plan", "lab.yaml", "--out", "a.plan")
    assert status == 1
    assert printed.startswith(
        'lab.yaml:3:42: error: models.chat.deployments[0].provider: unknown provider "q"\n    3 | models'
    )
    assert printed.endswith("lab.yaml: 2 errors\n")
    assert not (tmp_path / "a.plan").exists()
    as_json = run(capsys, "plan", "lab.yaml", "--format", "json")
    assert [each["line"] for each in json.loads(as_json[1])] == [3, 4]
    as_markdown = run(capsys, "plan", "lab.yaml", "--format", "markdown")
    assert as_markdown[0] == 1
    assert "### lab.yaml cannot be used\n\n```\nlab.yaml:3:42: error: " in as_markdown[1]
    for form in ("text", "json", "markdown"):
        assert "hunter2" not in "".join(run(capsys, "plan", "lab.yaml", "--format", form)[1:])


def test_the_saved_plan_carries_its_base_and_the_files(tmp_path, capsys, store):
    base = record(store, FIRST)
    (tmp_path / "lab.yaml").write_text(SECOND)
    status, printed, complaint = run(capsys, "plan", "lab.yaml", "--out", "next.plan")
    assert status == 0
    assert printed.endswith("Plan: 0 to add, 1 to change, 0 to remove\n")
    assert complaint == "Saved as next.plan; apply it: sixnines apply next.plan\n"
    path = tmp_path / "next.plan"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    plan = read_plan(path.read_bytes(), name="next.plan", config=str(tmp_path / "lab.yaml"))
    assert (plan.base.revision, plan.base.digest) == (1, base.digest)
    assert plan.sources == (SourceFile("lab.yaml", SECOND.encode()),)
    assert plan.digest == digest_of(plan.sources)
    assert [each.path for each in plan.changes] == ["models.chat"]
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith("next")] == ["next.plan"]


def test_a_plan_is_saved_over_an_older_one(tmp_path, capsys):
    (tmp_path / "a.plan").write_text("older")
    assert run(capsys, "plan", "lab.yaml", "--out", "a.plan")[0] == 0
    assert read_plan((tmp_path / "a.plan").read_bytes(), name="a.plan").base is None


def test_where_it_cannot_be_saved_nothing_is_left(tmp_path, capsys):
    status, _, complaint = run(capsys, "plan", "lab.yaml", "--out", "missing/a.plan")
    assert status == 1
    assert "missing/a.plan" in complaint
    (tmp_path / "folder.plan").mkdir()
    (tmp_path / "folder.plan" / "kept").write_text("")
    assert run(capsys, "plan", "lab.yaml", "--out", "folder.plan")[0] == 1
    assert sorted(each.name for each in tmp_path.iterdir()) == ["folder.plan", "lab.yaml"]


def test_the_config_is_not_overwritten_by_its_plan(tmp_path, capsys):
    (tmp_path / "link.yaml").symlink_to("lab.yaml")
    for out in ("lab.yaml", "./lab.yaml", "link.yaml"):
        status, printed, complaint = run(capsys, "plan", "lab.yaml", "--out", out)
        assert (status, printed) == (2, "")
        assert "is the config itself" in complaint
    assert (tmp_path / "lab.yaml").read_text() == FIRST


def test_json_is_for_programs_and_alone_on_its_stream(tmp_path, capsys, store):
    record(store, FIRST)
    (tmp_path / "lab.yaml").write_text(SECOND)
    printed = run(capsys, "plan", "lab.yaml", "--format", "json", "--out", "a.plan")[1]
    told = json.loads(printed)
    assert told["old_revision"]["revision"] == 1
    assert told["new_revision"] is None
    assert told["summary"] == {"added": 0, "changed": 1, "removed": 0}
    assert [each["action"] for each in told["changes"][0]["edits"]] == ["removed", "added"]
    assert told["risks"] == []


def test_markdown_is_for_a_comment(tmp_path, capsys, store):
    record(store, FIRST)
    (tmp_path / "lab.yaml").write_text(SECOND.replace("chat:", "talk:"))
    printed = run(capsys, "plan", "lab.yaml", "--format", "markdown")[1]
    assert printed.startswith(
        "### lab.yaml against revision 1 (holds)\n\n**Plan: 1 to add, 0 to change, 1 to remove; 1 risk (1 high)**\n"
    )
    assert (
        "| high | `models.chat` | who asks for the model chat gets 404; keep it as an alias of another one |\n"
        in printed
    )
    assert "\n```diff\n- model chat\n+ model talk\n" in printed


def test_the_exit_status_says_on_request_whether_anything_would_change(tmp_path, capsys, store):
    record(store, FIRST)
    assert run(capsys, "plan", "lab.yaml", "--exit-code")[0] == 0
    (tmp_path / "lab.yaml").write_text(SECOND)
    assert run(capsys, "plan", "lab.yaml", "--exit-code")[0] == 1
    assert run(capsys, "plan", "lab.yaml")[0] == 0
    assert run(capsys, "diff", "1", "lab.yaml", "--exit-code")[0] == 1
    assert run(capsys, "diff", "1", "1", "--exit-code", "--config", "lab.yaml")[0] == 0


def test_colour_is_for_terminals_whose_owner_wants_it(capsys, monkeypatch):
    assert "\x1b[" not in run(capsys, "plan", "lab.yaml")[1]
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    assert "\x1b[32m+ \x1b[0m" in run(capsys, "plan", "lab.yaml")[1]
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in run(capsys, "plan", "lab.yaml")[1]


@pytest.mark.parametrize(
    "words",
    [
        ["plan", "nowhere.yaml"], ["plan", "."], ["plan", "lab.yaml", "--format", "xml"], ["plan", "lab.yaml", "--against", "x"],
        ["plan", "lab.yaml", "--against", "0"], ["plan"], ["diff"], ["diff", "1"], ["diff", "1", "nowhere.yaml"],
    ],
)  # fmt: skip
def test_wrong_usage_is_told_from_problems(capsys, words):
    status, printed, complaint = run(capsys, *words)
    assert (status, printed) == (2, "")
    assert complaint


def test_two_revisions_are_compared_in_either_direction(tmp_path, capsys, store):
    record(store, FIRST, SECOND)
    (tmp_path / "lab.yaml").rename(tmp_path / "sixnines.yaml")
    forth = run(capsys, "diff", "1", "2", "--config", "lab.yaml")
    back = run(capsys, "diff", "2", "1", "--config", "lab.yaml")
    assert forth[1] == (
        "from revision 1 to revision 2\n"
        "\n"
        "  ~ model chat\n"
        "      - deployments: {provider: p, model: x}\n"
        "      + deployments[0]: {provider: p, model: y}\n"
        "\n"
        "Difference: 0 added, 1 changed, 0 removed\n"
    )
    assert "+ deployments[0]: {provider: p, model: x}" in back[1]
    assert run(capsys, "diff", "1", "2")[0] == 1, "sixnines.yaml, which is found, has no revisions"


def test_a_revision_is_compared_with_a_file(tmp_path, capsys, store):
    record(store, FIRST)
    (tmp_path / "lab.yaml").write_text(SECOND)
    assert run(capsys, "diff", "1", "lab.yaml")[1].startswith("from revision 1 to lab.yaml\n")
    assert run(capsys, "diff", "lab.yaml", "1")[1].startswith("from lab.yaml to revision 1\n")
    told = json.loads(run(capsys, "diff", "1", "lab.yaml", "--format", "json")[1])
    assert (told["old_revision"]["revision"], told["new_revision"]) == (1, None)
    assert run(capsys, "diff", "1", "lab.yaml", "--format", "markdown")[1].startswith(
        "### from revision 1 to lab.yaml\n"
    )


def test_two_files_are_compared_without_any_revision(tmp_path, capsys):
    (tmp_path / "7").write_text(SECOND)
    assert run(capsys, "diff", "lab.yaml", "./7")[1].startswith("from lab.yaml to 7\n")


def test_a_file_with_errors_is_not_compared(tmp_path, capsys):
    (tmp_path / "other.yaml").write_text(BROKEN)
    status, printed, complaint = run(capsys, "diff", "lab.yaml", "other.yaml")
    assert (status, printed) == (1, "")
    assert "other.yaml: 2 errors" in complaint


def test_nothing_is_written_by_looking(tmp_path, capsys, store):
    run(capsys, "plan", "lab.yaml")
    assert not (tmp_path / "state").exists()
    record(store, FIRST)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "state").rglob("*")}
    run(capsys, "plan", "lab.yaml")
    run(capsys, "diff", "1", "lab.yaml")
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "state").rglob("*")} == before
