"""`make compile` on a checkout of its own: machine code that runs, and what is said where there can be none."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sixnines.compiled import SWITCH
from support.checkout import ROOT
from support.compile_tools import compile_tool

SMALL = ("transport/known_head", "engine/order", "dialects/rawpatch")
NO_END = r"""
from sixnines.dialects import rawpatch
assert rawpatch.__file__.endswith(".so")
print(rawpatch.replace_model(b'{"model": "m", "a": "\\"model"}', b'"n"') == b'{"model": "n", "a": "\\"model"}')
"""
FROM = "import sixnines.transport.known_head as each; print(each.__file__)"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The package and the tools."""
    root = tmp_path / "checkout"
    without = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "src", root / "src", ignore=without)
    shutil.copytree(ROOT / "tools", root / "tools", ignore=without)
    return root


def run(checkout: Path, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run Python on this checkout, with an input that stays open: a tethered program ends with its own."""
    reading, writing = os.pipe()
    try:
        return subprocess.run(
            [sys.executable, *words],
            check=False,
            stdin=reading,
            capture_output=True,
            text=True,
            cwd=checkout,
            env={**os.environ, "PYTHONPATH": str(checkout / "src"), **environment},
        )
    finally:
        os.close(reading)
        os.close(writing)


def build(checkout: Path, *modules: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return run(checkout, "tools/compile.py", *modules, **environment)


def version(checkout: Path, **environment: str) -> str:
    """What `sixnines --version` says."""
    return run(checkout, "-m", "sixnines", "--version", **environment).stdout.strip()


@pytest.mark.slow
def test_a_checkout_is_compiled_until_a_source_changes(checkout: Path) -> None:
    done = build(checkout, *SMALL)
    assert done.returncode == 0, done.stderr
    assert version(checkout).endswith("(compiled)")
    assert version(checkout, **{SWITCH: "0"}).endswith("(interpreted)")
    on_a_tether = run(checkout, "-m", "sixnines.quickstart.tether", "sixnines", "--version")
    assert on_a_tether.stdout.strip().endswith("(compiled)"), "as the quickstart starts the gateway"
    folder = build(checkout, "--where").stdout.strip()
    assert run(checkout, "-c", FROM, PYTHONPATH=folder).stdout.strip().endswith(".so")
    assert run(checkout, "-c", NO_END, PYTHONPATH=folder).stdout.strip() == "True", "a slice that ends before it begins"
    assert (Path(folder) / "sixnines" / "engine" / "order.py").read_text() == (
        checkout / "src" / "sixnines" / "engine" / "order.py"
    ).read_text(), "tracebacks show the real source"

    assert "is up to date" in build(checkout, *SMALL).stderr

    source = checkout / "src" / "sixnines" / "transport" / "pool.py"
    source.write_text(source.read_text() + "# changed\n")
    assert version(checkout).endswith("(interpreted)")
    refused = build(checkout, "--where")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "`make compile` builds it" in refused.stderr

    assert build(checkout, *SMALL).returncode == 0
    assert version(checkout).endswith("(compiled)")
    assert len([*(checkout / "build" / "compiled").iterdir()]) == 1, "the build of other sources is gone"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "text", "said"),
    [
        ("transport/known_head.py", "\nWRONG: int = 'text'\n", "Incompatible types in assignment"),
        ("engine/order.py", "\n_parts = msgspec.structs.asdict(Order)\n", "is handed to msgspec"),
        ("engine/driver.py", "\nclass Narrower(Order):\n    pass\n", "Narrower has a compiled base"),
        ("bootstrap.py", "\nraise RuntimeError('planted')\n", "what was compiled does not start"),
    ],
)
def test_what_cannot_be_compiled_is_named_and_leaves_nothing(checkout: Path, path: str, text: str, said: str) -> None:
    source = checkout / "src" / "sixnines" / path
    source.write_text(source.read_text() + text)
    done = build(checkout, *SMALL)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr or path == "bootstrap.py"
    assert [*(checkout / "build" / "compiled").iterdir()] == []


def test_a_machine_without_a_compiler_is_told_what_to_install(checkout: Path) -> None:
    done = build(checkout, CC="no-such-compiler")
    assert done.returncode == 1
    assert "`no-such-compiler` is not on PATH" in done.stderr
    assert "sudo apt install gcc\n" in done.stderr
    assert "runs without machine code" in done.stderr
    assert build(checkout, "--missing", CC="no-such-compiler").stdout == "gcc\n"
    assert not (checkout / "build").exists()


def test_a_machine_without_pythons_headers_is_told_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sysconfig.get_path", lambda _: str(tmp_path))
    (lack,) = compile_tool._lacks()
    assert (
        lack.what
        == f"the C headers of Python {sys.version_info.major}.{sys.version_info.minor} (no Python.h in {tmp_path})"
    )
    assert lack.package == f"python{sys.version_info.major}.{sys.version_info.minor}-dev"


def test_a_module_that_is_not_there_is_named(checkout: Path) -> None:
    done = build(checkout, "transport/known_head", "transport/unknown")
    assert done.returncode == 1
    assert "there is no sixnines/transport/unknown.py" in done.stderr
