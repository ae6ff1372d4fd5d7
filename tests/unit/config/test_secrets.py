"""Secrets: found behind references, never shown, never able to bend a header."""

import pytest

from sixnines.config.document import Document, Provider, Server, secret_references
from sixnines.config.secret import ReferenceKind, Secret, SecretReference, parse_reference
from sixnines.config.secret_refs import resolve_secrets


def resolve(reference, environment=None, directory=None):
    document = Document(version=1, server=Server(admin_key=reference))
    secrets, findings = resolve_secrets(document, environment or {}, directory)
    return secrets.get(reference), [finding.message for finding in findings]


def test_a_secret_prints_as_stars():
    secret = Secret("hunter2")
    assert [repr(secret), str(secret), f"{secret}", repr([secret])] == ["Secret(***)"] * 3 + ["[Secret(***)]"]
    assert secret.reveal() == "hunter2"


@pytest.mark.parametrize(
    ("text", "safe"),
    [("k", True), ("a key", True), ("", False), (" k", False), ("k ", False), ("a\nb", False), ("a\rb", False),
     ("a\0b", False), ("a\tb", False), ("clé", False), ("k\n", False)],
)  # fmt: skip
def test_only_what_a_header_can_hold_is_safe(text, safe):
    assert Secret(text).is_header_safe is safe


def test_a_reference_is_a_variable_or_a_file():
    assert parse_reference("env:MY_KEY") == SecretReference(ReferenceKind.ENV, "MY_KEY")
    assert parse_reference("file:/run/secrets/my key") == SecretReference(ReferenceKind.FILE, "/run/secrets/my key")


@pytest.mark.parametrize(
    "text",
    [
        "hunter2",
        "env:",
        "env:hunter2!",
        "env:2hunter2",
        "env: hunter2",
        "file:",
        "file:hunter2\n",
        "ENV:hunter2",
        "vault:hunter2",
    ],
)
def test_what_is_no_reference_is_refused_without_being_repeated(text):
    with pytest.raises(ValueError) as refused:
        parse_reference(text)
    assert "hunter2" not in str(refused.value)


def test_a_variable_is_looked_up_in_the_environment_that_is_given():
    secret, problems = resolve("env:KEY", {"KEY": "hunter2"})
    assert (secret.reveal(), problems) == ("hunter2", [])


@pytest.mark.parametrize(
    ("content", "value"),
    [(b"hunter2", "hunter2"), (b"hunter2\n", "hunter2"), (b"hunter2\r\n\n", "hunter2"), (b"a\nb\n", "a\nb")],
)
def test_a_file_is_read_without_the_line_breaks_at_its_end(tmp_path, content, value):
    (tmp_path / "key").write_bytes(content)
    secret, problems = resolve("file:key", directory=tmp_path)
    assert (secret.reveal(), problems) == (value, [])


def test_an_absolute_path_is_taken_as_it_is(tmp_path):
    path = tmp_path / "key"
    path.write_text("hunter2")
    assert resolve(f"file:{path}", directory=tmp_path / "elsewhere")[0].reveal() == "hunter2"


def test_a_file_that_is_too_large_is_no_key(tmp_path):
    (tmp_path / "key").write_bytes(b"k" * (64 * 1024 + 1))
    assert resolve("file:key", directory=tmp_path) == (None, ['the file "key" is larger than 64 KiB: not a key'])


def test_every_place_that_names_a_secret_is_known():
    document = Document(
        version=1,
        server=Server(api_keys=("env:A", "env:B"), admin_key="env:C"),
        providers={"p": Provider(kind="vllm", api_key="env:D"), "q": Provider(kind="vllm")},
    )
    assert list(secret_references(document)) == [
        (("server", "api_keys", 0), "env:A"),
        (("server", "api_keys", 1), "env:B"),
        (("server", "admin_key"), "env:C"),
        (("providers", "p", "api_key"), "env:D"),
    ]


def test_a_secret_that_is_missing_twice_is_reported_twice(tmp_path):
    document = Document(version=1, server=Server(api_keys=("env:A",), admin_key="env:A"))
    secrets, findings = resolve_secrets(document, {}, tmp_path)
    assert secrets == {}
    assert [finding.path for finding in findings] == [("server", "api_keys", 0), ("server", "admin_key")]
