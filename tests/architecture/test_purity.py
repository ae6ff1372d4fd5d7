"""What import contracts cannot see: calls to built-ins, waiting inside a core, the system clock in the wrong hands."""

import ast
from pathlib import Path

import pytest

from support.checkout import SOURCE, source_files

# Beside these, config is pure except where it reads files and secrets.
PURE_PACKAGES = ("domain", "dialects", "endpoints", "providers", "routing")
PURE_FILES = (
    *(path for path in (SOURCE / "reliability").glob("*.py") if path.name != "bookkeeper.py"),
    *(SOURCE / "ledger" / f"{name}.py" for name in ("place", "schema")),
    SOURCE / "errors.py",
    *(SOURCE / "engine" / f"{name}.py" for name in ("machine", "recorded", "replay", "then", "truncation")),
    *(
        SOURCE / "health" / f"{name}.py"
        for name in (
            "assumed",
            "board",
            "breaker",
            "budget",
            "deployment",
            "gauge",
            "latency",
            "places",
            "shared_places",
        )
    ),
    *(SOURCE / "server" / f"{name}.py" for name in ("explained", "explanation", "inquiry")),
    *(path for path in (SOURCE / "load").glob("*.py") if path.stem not in {"generator", "preflight"}),
    *(
        SOURCE / "control" / f"{name}.py"
        for name in (
            "change_plan",
            "difference",
            "events",
            "lineage",
            "plan_file",
            "plan_markdown",
            "plan_text",
            "plan_values",
            "retention",
            "revision",
            "sealed",
            "watching",
        )
    ),
    *(SOURCE / "control" / "risks").glob("*.py"),
)
CONFIG_IO = ("files.py", "load.py", "secret_refs.py")
IO_BUILTINS = {"open", "input", "print", "breakpoint"}
# The import contracts know top-level packages only; these are the parts of otherwise pure ones that do I/O.
IO_NAMES = {"urllib.request"}
# A path may be named and passed on, not followed.
IO_METHODS = {
    "exists",
    "is_file",
    "is_dir",
    "iterdir",
    "mkdir",
    "open",
    "read_bytes",
    "read_text",
    "stat",
    "unlink",
    "write_bytes",
    "write_text",
    "cwd",
    "home",
    "expanduser",
}
# What reaches for the machine, and who may name it: where it is made, where the program is put together, and the programs.
REACHES = {
    "SystemClock": {"clock.py", "bootstrap.py", "cli", "testing", "quickstart", "services"},
    "process_settings": {"settings.py", "__main__.py", "bootstrap.py", "cli", "testing", "quickstart", "services"},
}


def pure_files() -> list[Path]:
    """The modules that decide and never do."""
    files = [path for name in PURE_PACKAGES for path in (SOURCE / name).rglob("*.py")]
    files += [path for path in (SOURCE / "config").rglob("*.py") if path.name not in CONFIG_IO]
    return sorted({*files, *PURE_FILES})


def impure(path: Path) -> list[str]:
    """The places where a module does I/O through a built-in, or waits."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in IO_BUILTINS:
                found.append(f"{path.name}:{node.lineno}: {name}()")
            case ast.Call(func=ast.Attribute(attr=name)) if name in IO_METHODS:
                found.append(f"{path.name}:{node.lineno}: .{name}()")
            case ast.AsyncFunctionDef() | ast.Await() | ast.AsyncFor() | ast.AsyncWith():
                found.append(f"{path.name}:{node.lineno}: waits")
            case ast.Import(names=names) if {alias.name for alias in names} & IO_NAMES:
                found.append(f"{path.name}:{node.lineno}: imports I/O")
            case ast.ImportFrom(module=str(module), names=names):
                if {f"{module}.{alias.name}" for alias in names} & IO_NAMES or module in IO_NAMES:
                    found.append(f"{path.name}:{node.lineno}: imports I/O")
    return found


def test_the_pure_cores_neither_do_io_nor_wait() -> None:
    files = pure_files()
    assert len(files) > len(PURE_FILES)
    assert [place for path in files for place in impure(path)] == []


@pytest.mark.parametrize("name", REACHES)
def test_only_the_composition_and_the_programs_reach_for_the_machine(name: str) -> None:
    naming = [path.relative_to(SOURCE) for path in source_files() if name in path.read_text()]
    assert naming != []
    assert [str(path) for path in naming if path.parts[0] not in REACHES[name]] == []


def test_the_gate_catches_io_and_waiting(tmp_path: Path) -> None:
    planted = tmp_path / "core.py"
    planted.write_text(
        '"""Impure."""\n'
        "from urllib import request\n"
        "from urllib.request import urlopen\n"
        "Path('x').exists()\n"
        "snapshot.resolve('x')\n"
        "open('x')\n"
        "async def f():\n"
        "    await g()\n"
    )
    assert sorted(impure(planted)) == [
        "core.py:2: imports I/O",
        "core.py:3: imports I/O",
        "core.py:4: .exists()",
        "core.py:6: open()",
        "core.py:7: waits",
        "core.py:8: waits",
    ]
