"""Whatever stands where a file should be: a clear error, at once, by every way in which a file is read."""

import os
import shutil
import socket
import tempfile
import time
from pathlib import Path

import pytest

from sixnines.config.load import read_config
from support.catalog import CATALOG

AT_ONCE_S = 2.0
"""Processor time. Nothing here takes a tenth of it; what would never end takes more."""

MODELS = "models: {m: {deployments: [{provider: p, model: x}]}}\n"
# How a file comes to be read: the config that names it, and what its name is there.
WAYS = {
    "the config": "",
    "included": "version: 1\ninclude: [bad]\n",
    "matched": "version: 1\ninclude: ['ba?']\n",
    "a secret": "version: 1\nproviders: {p: {kind: ollama, api_key: 'file:bad'}}\n" + MODELS,
    "roots": "version: 1\nproviders: {p: {kind: ollama, base_url: 'https://x', tls: {ca_file: bad}}}\n" + MODELS,
}


@pytest.fixture(params=WAYS)
def way(request):
    return request.param


@pytest.fixture(autouse=True)
def _at_once():
    started = time.process_time()
    yield
    assert time.process_time() - started < AT_ONCE_S


def problems(folder, way):
    """What is said of the file `bad` in `folder`."""
    path = folder / "bad"
    if WAYS[way]:
        path = folder / "lab.yaml"
        path.write_text(WAYS[way])
    loaded = read_config(path, {}, CATALOG)
    assert loaded.snapshot is None
    assert loaded.report()
    return [each.message for each in loaded.diagnostics]


def subject(way):
    return "the file" if way == "the config" else 'the file "bad"'


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: None, "No such file or directory"),
        (lambda path: path.mkdir(), "Is a directory"),
        (os.mkfifo, "a pipe, not a file"),
        (lambda path: path.symlink_to("bad"), "Too many levels of symbolic links"),
    ],
    ids=["nothing", "folder", "pipe", "link to itself"],
)
def test_what_is_no_file_is_told(tmp_path, way, make, reason):
    make(tmp_path / "bad")
    if way == "matched" and reason in ("No such file or directory", "Is a directory"):
        way = "included"  # a pattern does not match that
    assert problems(tmp_path, way) == [f"{subject(way)} cannot be read: {reason}"]


def test_a_socket_is_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the address of a socket is short
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("bad")
        assert problems(tmp_path, "the config") == ["the file cannot be read: a socket, not a file"]


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null", "/dev/tty"])
def test_a_device_is_told(tmp_path, device):
    loaded = read_config(Path(device), {}, CATALOG)
    assert [each.message for each in loaded.diagnostics] == ["the file cannot be read: a device, not a file"]
    for way in ("a secret", "roots"):
        (tmp_path / "bad").unlink(missing_ok=True)
        (tmp_path / "bad").symlink_to(device)
        assert problems(tmp_path, way) == ['the file "bad" cannot be read: a device, not a file']


def test_a_file_of_fifty_megabytes_is_not_read_to_its_end(tmp_path, way):
    with (tmp_path / "bad").open("wb") as file:
        file.truncate(50 * 1024**2)  # takes no place on the disk
    [message] = problems(tmp_path, way)
    wanted = {"a secret": 'the file "bad" is larger than 64 KiB: not a key',
              "roots": 'the file "bad" holds no certificate in PEM form',
              "the config": "the file is larger than 8 MiB: not a config"}  # fmt: skip
    assert message == wanted.get(way, 'the file "bad" is larger than 8 MiB: not a config')


@pytest.mark.parametrize("content", [bytes(range(256)) * 64, b"\x7fELF\x02\x01\x01\0\xff", b"\xff\xfev\0e\0r\0"])
def test_a_binary_file_is_no_config(tmp_path, content):
    (tmp_path / "bad").write_bytes(content)
    for way in ("the config", "included", "matched"):
        assert problems(tmp_path, way) == ["not UTF-8"]


def test_zero_bytes_are_no_config(tmp_path):
    (tmp_path / "bad").write_bytes(bytes(4096))
    for way in ("the config", "included", "matched"):
        assert problems(tmp_path, way) == ["the character U+0000 is not allowed in YAML"]


def test_a_file_without_permission_is_told(way):
    """As somebody who is not root, where the tests run as root: nothing keeps root from reading."""
    folder = Path(tempfile.mkdtemp())  # not pytest's, into which nobody else may look
    try:
        folder.chmod(0o777)
        (folder / "bad").write_text("version: 1\n")
        (folder / "bad").chmod(0)
        assert as_nobody(lambda: problems(folder, way)) == [f"{subject(way)} cannot be read: Permission denied"]
    finally:
        shutil.rmtree(folder)


def test_a_folder_without_permission_is_told(tmp_path):
    folder = Path(tempfile.mkdtemp())
    try:
        folder.chmod(0o755)
        (folder / "lab.yaml").write_text("version: 1\ninclude: ['s/*.yaml']\n")
        (folder / "s").mkdir(mode=0)
        told = as_nobody(lambda: [each.message for each in read_config(folder / "lab.yaml", {}, CATALOG).diagnostics])
        assert told == ['the folder "s" cannot be read: Permission denied']
    finally:
        shutil.rmtree(folder)


def as_nobody(ask):
    """The lines that `ask` gives, asked in a process without privileges."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(65534)
                os.setuid(65534)
            os.write(writing, "\n".join(ask()).encode())
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading) as answer:
        lines = answer.read().splitlines()
    assert os.waitpid(child, 0)[1] == 0
    return lines
