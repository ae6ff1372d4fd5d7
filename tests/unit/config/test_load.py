"""Files that cannot be read, relative paths, and what is said at the end."""

import pytest

from sixnines.config.load import read_config, read_text
from support.catalog import CATALOG

GOOD = """
version: 1
providers: {p: {kind: ollama}}
models: {m: {deployments: [{provider: p, model: x}]}}
"""


def problems(path):
    loaded = read_config(path, {}, CATALOG)
    assert loaded.snapshot is None
    return [(each.line, each.column, each.message) for each in loaded.diagnostics]


def test_a_file_that_is_not_there(tmp_path):
    assert problems(tmp_path / "x.yaml") == [(1, 1, "the file cannot be read: No such file or directory")]


def test_a_directory(tmp_path):
    assert problems(tmp_path) == [(1, 1, "the file cannot be read: Is a directory")]


def test_a_path_through_a_file(tmp_path):
    (tmp_path / "file").touch()
    assert problems(tmp_path / "file" / "x.yaml") == [(1, 1, "the file cannot be read: Not a directory")]


def test_a_file_that_is_too_large_is_not_parsed(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_bytes(b"#" * (8 * 1024 * 1024 + 1))
    assert problems(path) == [(1, 1, "the file is larger than 8 MiB: not a config")]


def test_the_first_byte_that_is_not_utf8_is_named(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_bytes("version: 1\r\n# naïve caf".encode() + b"\xe9 x\n")
    assert problems(path) == [(2, 12, "not UTF-8")]


def test_secrets_and_roots_are_looked_for_beside_the_config(tmp_path):
    (tmp_path / "key").write_text("k\n")
    path = tmp_path / "x.yaml"
    path.write_text(GOOD + "server: {admin_key: 'file:key'}\n")
    assert read_config(path, {}, CATALOG).snapshot.server.admin_key_digest is not None


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        (GOOD, "x.yaml: fine (1 provider, 1 model)"),
        (GOOD + "routes: {r: {models: [m]}, s: {models: [m]}}", "x.yaml: fine (1 provider, 1 model, 2 routes)"),
        (GOOD + "domains: {d: {}}", "x.yaml: fine (1 provider, 1 model), 1 warning"),
        ("version: 1", "x.yaml: fine, 1 warning"),
        (GOOD + "x: 1\ny: 2", "x.yaml: 2 errors"),
        (GOOD + "x: 1\ndomains: {d: {}}", "x.yaml: 1 error"),
    ],
)
def test_one_line_sums_up(text, summary):
    assert read_text(text, "x.yaml", {}, CATALOG).summary() == summary


def test_the_repr_holds_no_line_of_the_file():
    assert "hunter2" not in repr(read_text("api_key: hunter2", "x.yaml", {}, CATALOG))


def test_an_unusable_part_does_not_hide_problems_elsewhere():
    text = GOOD + "domains: []\nroutes: {r: {models: [nobody]}}\ndefault_model: neither\n"
    assert [each.path for each in read_text(text, "x", {}, CATALOG).diagnostics] == [
        "domains",
        "routes.r.models[0]",
        "default_model",
    ]
