"""`sixnines import` and `sixnines export` as a person uses them."""

import json
import subprocess
import sys

import pytest

from sixnines.cli.app import main

KEY = "sk-" + "a1b2" * 5
LITELLM = f"""model_list:
  - model_name: m
    litellm_params: {{model: openai/x, api_key: {KEY}, temperature: 1}}
"""
OURS = """version: 1
providers: {p: {kind: ollama}}
models: {m: {deployments: [{provider: p, model: x}], tier: local}}
"""


@pytest.fixture(autouse=True)
def _own_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    (tmp_path / "config.yaml").write_text(LITELLM)


def run(capsys, *words):
    status = main([*words])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def test_without_out_the_config_goes_to_standard_output_and_the_report_to_standard_error(capsys):
    status, out, err = run(capsys, "import", "litellm", "config.yaml")
    assert status == 0
    assert "version: 1" in out
    assert "config.yaml: 4 keys: 2 translated, 1 approximated, 1 dropped" in err
    assert "Keys were written out for OPENAI_API_KEY" in err
    assert KEY not in out + err


def test_with_out_there_is_a_file_that_check_takes(tmp_path, capsys, monkeypatch):
    status, out, err = run(capsys, "import", "litellm", "config.yaml", "--out", "sixnines.yaml")
    assert (status, err) == (0, "")
    assert "dropped" in out
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    assert run(capsys, "check", "sixnines.yaml")[0] == 0
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".")] == []


def test_a_file_that_is_there_is_not_overwritten_unless_told_to(tmp_path, capsys):
    (tmp_path / "sixnines.yaml").write_text("mine")
    status, _, err = run(capsys, "import", "litellm", "config.yaml", "--out", "sixnines.yaml")
    assert status == 1
    assert err == "sixnines.yaml: is there already; --force overwrites it\n"
    assert (tmp_path / "sixnines.yaml").read_text() == "mine"
    assert run(capsys, "import", "litellm", "config.yaml", "--out", "sixnines.yaml", "--force")[0] == 0
    assert "version: 1" in (tmp_path / "sixnines.yaml").read_text()


def test_the_report_for_programs_is_json(capsys):
    _, _, err = run(capsys, "import", "litellm", "config.yaml", "--report", "json")
    report = json.loads(err)
    assert report["counts"] == {"translated": 2, "approximated": 1, "dropped": 1}
    assert report["entries"][0] == {
        "fate": "translated", "file": "config.yaml", "line": 2, "column": 17, "path": "model_list[0].model_name",
        "to": "models.m", "reason": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"model_list: [a\n", "config.yaml:1:13: error: a bracket that is never closed"),
        (b"model_list: \xff", "config.yaml:1:13: not UTF-8"),
        (b"\0\1\2", "is not allowed in YAML"),
        (b"a\tb: [}\n", "error"),
        (b"#" * (8 * 1024 * 1024 + 1), "larger than 8 MiB"),
        (b"other: 1", 'the key "model_list" is missing'),
    ],
)
def test_a_bad_file_is_told_and_nothing_is_written(tmp_path, capsys, content, message):
    (tmp_path / "config.yaml").write_bytes(content)
    status, out, err = run(capsys, "import", "litellm", "config.yaml", "--out", "new.yaml")
    assert (status, out) == (1, "")
    assert message in err
    assert not (tmp_path / "new.yaml").exists()


def test_a_secret_on_the_broken_line_is_not_shown(tmp_path, capsys):
    (tmp_path / "config.yaml").write_text(f"model_list:\n  - model_name: [{KEY}\n    api_key: {KEY}\n")
    status, _, err = run(capsys, "import", "litellm", "config.yaml")
    assert status == 1
    assert KEY not in err


@pytest.mark.parametrize(
    "words", [("litellm", "nowhere.yaml"), ("litellm", "."), ("lab", "config.yaml"), ("bifrost", "config.yaml")]
)
def test_wrong_usage_is_status_2(capsys, words):
    assert run(capsys, "import", *words)[0] == 2


def test_a_folder_that_cannot_be_written_is_told(capsys):
    status, _, err = run(capsys, "import", "litellm", "config.yaml", "--out", "no/folder/x.yaml")
    assert status == 1
    assert "cannot be written: No such file or directory" in err


def test_a_full_disk_leaves_the_old_file_as_it_was(tmp_path):
    (tmp_path / "sixnines.yaml").write_text("mine")
    program = (
        "import resource, sys\n"
        "from sixnines.cli.app import main\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        "sys.exit(main(['import', 'litellm', 'config.yaml', '--out', 'sixnines.yaml', '--force']))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "sixnines.yaml: cannot be written: File too large\n"
    assert (tmp_path / "sixnines.yaml").read_text() == "mine"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["config.yaml", "sixnines.yaml"]


def test_a_lab_without_its_files_is_told(tmp_path, capsys):
    (tmp_path / "lab").mkdir()
    status, _, err = run(capsys, "import", "lab", "lab")
    assert status == 1
    assert "providers.yaml:1:1: error: is not there; this file is needed" in err


def test_export_writes_litellms_config(tmp_path, capsys):
    (tmp_path / "sixnines.yaml").write_text(OURS)
    status, out, err = run(capsys, "export", "litellm")
    assert status == 0
    assert "model: ollama_chat/x" in out
    assert "sixnines.yaml:3:60: models.m.tier" in err
    status, out, err = run(capsys, "export", "litellm", "sixnines.yaml", "--out", "litellm.yaml", "--report", "json")
    assert (status, err) == (0, "")
    assert json.loads(out)["counts"]["dropped"] == 1
    assert run(capsys, "import", "litellm", "litellm.yaml")[0] == 0


def test_export_refuses_a_config_with_errors(tmp_path, capsys):
    (tmp_path / "bad.yaml").write_text("version: 1\nmodels: {m: {deployments: [{provider: p, model: x}]}}\n")
    status, out, err = run(capsys, "export", "litellm", "bad.yaml")
    assert (status, out) == (1, "")
    assert 'unknown provider "p"' in err


def test_export_without_a_config_says_where_it_looked(capsys):
    status, _, err = run(capsys, "export", "litellm")
    assert status == 2
    assert "no config at sixnines.yaml or" in err
