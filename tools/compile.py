"""Build the machine code of the request path: `make compile`, or `python tools/compile.py [MODULE...]` (ADR 0015).

Translates the modules below with mypyc, in a copy of the package, and puts the copy with its machine code where
`sixnines.compiled` looks for it. Never changes anything beside `build/compiled`, and leaves nothing half built there.
"""

import argparse
import contextlib
import hashlib
import io
import os
import runpy
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from native_values import BASE_MODULE, BASE_SOURCE, UnfitSourceError, prepared, subclasses

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "sixnines"
TOOLS = ("compile.py", "native_values.py")
FINDER = runpy.run_path(str(PACKAGE / "compiled.py"))

# What a request passes through. What is seldom called, and what msgspec must see, gains nothing: ADR 0015 has the
# figures. No module of this list may be the base of a class outside of it.
MODULES = (
    "accounting/spending",
    "admission/gate",
    "config/snapshot",
    "dialects/call",
    "dialects/codec",
    "dialects/continuation",
    "dialects/openai/collect",
    "dialects/openai/passthrough",
    "dialects/openai/relay",
    "dialects/openai/telling",
    "dialects/openai/voice",
    "dialects/rawpatch",
    "dialects/said",
    "dialects/sse",
    "dialects/unambiguous",
    "dialects/validation",
    "domain/candidate",
    "domain/kind",
    "domain/tier",
    "domain/trace_context",
    "domain/trail",
    "domain/wishes",
    "endpoints/chat_completions",
    "endpoints/interface",
    "endpoints/openai_body",
    "engine/attempt",
    "engine/books",
    "engine/driver",
    "engine/ended",
    "engine/interface",
    "engine/machine",
    "engine/order",
    "engine/pace",
    "engine/page",
    "engine/pipeline",
    "engine/services",
    "engine/stream",
    "engine/streamed",
    "engine/ticket",
    "engine/truncation",
    "engine/usual",
    "health/board",
    "health/breaker",
    "health/budget",
    "health/deployment",
    "health/latency",
    "health/places",
    "health/shared_places",
    "providers/interface",
    "reliability/tally",
    "routing/ask",
    "routing/candidate",
    "routing/deciding",
    "routing/groups",
    "routing/planner",
    "routing/sieve",
    "server/answer",
    "server/app",
    "server/body",
    "server/deadline",
    "server/head",
    "server/interface",
    "server/observing",
    "server/protocol",
    "server/reader",
    "server/responder",
    "server/wishes",
    "telemetry/counting",
    "telemetry/metric_info",
    "telemetry/metrics",
    "telemetry/otlp_encoding",
    "transport/connection",
    "transport/exchange",
    "transport/framing",
    "transport/http1",
    "transport/interface",
    "transport/known_head",
    "transport/outbox",
    "transport/pool",
)

# Only its own modules call into machine code by name: so the compiler may build one function into another.
_NOBODY_ELSE_CALLS = ["-fvisibility=hidden", "-fno-semantic-interposition", "-fno-plt"]

# Of `data[4:2]` mypyc makes a SystemError instead of b"": what any caller sends would do that.
_SLICE_OF_BYTES = "Py_ssize_t slice_len = endn - startn;"
_SLICE_OR_NOTHING = "Py_ssize_t slice_len = endn > startn ? endn - startn : 0;"


class CompileError(Exception):
    """Something that the person at the keyboard has to know; the message is all that is shown."""


def main(words: Sequence[str]) -> int:
    """Do what the command line says. Returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="instead of those in the list, as it has them")
    parser.add_argument("--missing", action="store_true", help="print the Debian packages that this needs and lacks")
    parser.add_argument("--where", action="store_true", help="print the folder of the current build")
    arguments = parser.parse_args(words)
    build = FINDER["builds_of"](PACKAGE) / FINDER["digest"](PACKAGE)
    try:
        if arguments.missing:
            print(" ".join(lack.package for lack in _lacks()))
        elif arguments.where:
            print(_current(build))
        else:
            _make(build, tuple(arguments.modules) or MODULES)
    except CompileError as error:
        print(f"sixnines: {error}", file=sys.stderr)
        return 1
    return 0


@dataclass(frozen=True)
class Lack:
    """Something that compiling needs and that is not here: what, and the Debian package that has it."""

    what: str
    package: str


def _lacks() -> list[Lack]:
    found = []
    compiler = (os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc").split()[0]
    if shutil.which(compiler) is None:
        found.append(Lack(f"a C compiler (`{compiler}` is not on PATH; CC names another)", "gcc"))
    headers = sysconfig.get_path("include")
    if not (Path(headers) / "Python.h").is_file():
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        found.append(Lack(f"the C headers of Python {version} (no Python.h in {headers})", f"python{version}-dev"))
    return found


def _current(build: Path) -> Path:
    if not (build / FINDER["STAMP"]).is_file():
        raise CompileError("there is no machine code of these sources for this Python: `make compile` builds it")
    return build


def _make(build: Path, modules: Sequence[str]) -> None:
    """Build, unless that has been done."""
    stamp = build / FINDER["STAMP"]
    if stamp.is_file() and stamp.read_text() == _recipe(modules):
        _say(f"{build.relative_to(ROOT)} is up to date")
        return
    if lacks := _lacks():
        raise CompileError(
            f"compiling needs {' and '.join(each.what for each in lacks)}.\n"
            f"Install it first: sudo apt install {' '.join(each.package for each in lacks)}\n"
            "sixnines runs without machine code, only slower."
        )
    _say(f"compiling {len(modules)} modules, which takes a minute or two")
    began = time.monotonic()
    _build(build, modules)
    where = build.relative_to(ROOT)
    _say(f"compiled in {time.monotonic() - began:.0f} s into {where}; `make clean-compiled` removes it")


def _recipe(modules: Sequence[str]) -> str:
    """What besides the sources and the interpreter decides what comes out: these tools, mypyc, the modules."""
    from mypy.version import __version__ as mypy_version

    tools = hashlib.sha256(b"".join((ROOT / "tools" / name).read_bytes() for name in TOOLS))
    return f"mypyc {mypy_version}, tools {tools.hexdigest()[:16]}\n{' '.join(modules)}\n"


def _build(build: Path, modules: Sequence[str]) -> None:
    """Fill the folder `build`, all of it or not at all, and remove the ones before it."""
    build.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".work-", dir=build.parent) as folder:
        tree = Path(folder) / build.name
        shutil.copytree(PACKAGE, tree / "sixnines", ignore=shutil.ignore_patterns("__pycache__"))
        if FINDER["digest"](tree / "sixnines") != build.name:
            raise CompileError("a source changed while it was copied: run this again")
        _translate(tree, modules, Path(folder) / "work")
        _require_that_it_starts(tree)
        (tree / FINDER["STAMP"]).write_text(_recipe(modules))
        for before in build.parent.iterdir():
            if before.name != Path(folder).name:
                shutil.rmtree(before, ignore_errors=True)
        tree.rename(build)


def _translate(tree: Path, modules: Sequence[str], work: Path) -> None:
    """Put the machine code of `modules` beside the sources in `tree`."""
    paths = [tree / "sixnines" / f"{module}.py" for module in modules]
    missing = [str(path.relative_to(tree)) for path in paths if not path.is_file()]
    if missing:
        raise CompileError(f"there is no {' and no '.join(missing)}")
    originals = {path: path.read_text() for path in paths}
    others = [path for path in (tree / "sixnines").rglob("*.py") if path not in originals]
    for path in others:
        names = {f"sixnines.{module.replace('/', '.')}" for module in modules}
        if found := subclasses(path.read_text(), names):
            raise CompileError(f"{path.relative_to(tree)}: {found} has a compiled base: compile both or none")
    base = tree / f"{BASE_MODULE.replace('.', '/')}.py"
    base.write_text(BASE_SOURCE)
    try:
        for path, source in originals.items():
            path.write_text(prepared(source, str(path.relative_to(tree))))
    except UnfitSourceError as error:
        raise CompileError(str(error)) from None
    with _inside(tree):
        _run_mypyc([str(path.relative_to(tree)) for path in (base, *paths)], tree, work)
    for path, source in originals.items():
        path.write_text(source)


def _run_mypyc(paths: Sequence[str], tree: Path, work: Path) -> None:
    """Translate and compile; both tools talk only when something is wrong."""
    from mypyc.build import mypycify
    from setuptools import Distribution

    said = io.StringIO()
    mended = _mended(work / "mended")
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            options = ["--config-file=", f"--cache-dir={work / 'mypy'}"]
            extensions = mypycify(
                [*options, *paths], opt_level="3", debug_level="0", target_dir=str(work), group_name="sixnines"
            )
            for extension in extensions:
                extension.extra_compile_args += _NOBODY_ELSE_CALLS
                extension.include_dirs.insert(0, mended)
            command = Distribution({"ext_modules": extensions}).get_command_obj("build_ext")
            command.build_lib, command.build_temp = str(tree), str(work / "objects")
            command.ensure_finalized()
            command.run()
    except (SystemExit, Exception) as error:  # noqa: BLE001 - whatever stops a compiler is told in its own words
        said.write(f"\nmypyc could not compile this ({type(error).__name__}); what it says is above")
        raise CompileError(said.getvalue()) from None


def _mended(folder: Path) -> str:
    """A folder to look into before mypyc's own: it has what does not do as Python does."""
    import mypyc

    text = (Path(mypyc.__path__[0]) / "lib-rt" / "bytes_ops.c").read_text()
    if _SLICE_OF_BYTES not in text:
        raise CompileError(
            "mypyc slices bytes in another way: see whether `_mended` in tools/compile.py is still needed"
        )
    folder.mkdir(parents=True)
    (folder / "bytes_ops.c").write_text(text.replace(_SLICE_OF_BYTES, _SLICE_OR_NOTHING))
    return str(folder)


@contextlib.contextmanager
def _inside(folder: Path) -> Iterator[None]:
    """In `folder`: machine code names its sources, for tracebacks, as the translator was given them."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def _require_that_it_starts(tree: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import sixnines.bootstrap"],
        check=False, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(tree)},
    )  # fmt: skip
    if done.returncode:
        raise CompileError(f"{done.stderr}\nwhat was compiled does not start; its own words are above")


def _say(text: str) -> None:
    print(f"sixnines: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
