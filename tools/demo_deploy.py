"""A change of a running gateway from edit to rollback, played with stand-in engines: `make demo-deploy`.

Prints each command and what it says, and with --write puts that into docs/guide/demo-deploy.md. Everything lives in a
temporary folder and ends with the demo. Never shows a word that the commands did not say, but for the headings.
"""

import argparse
import contextlib
import difflib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "guide" / "demo-deploy.md"
READY_S = 20.0
SIXNINES = (sys.executable, "-m", "sixnines")
HEAD = """# A change from edit to rollback

What `make demo-deploy` prints: a real gateway, real commands, and engines played by `sixnines mock`. A good change is
applied. One that passes `check`, and whose engine lists the model but breaks every answer, takes itself back. Then the
good one is rolled back by hand. [changes.md](changes.md) explains the commands.
Written by `make demo-deploy ARGS=--write`.

"""

CONFIG = """\
version: 1
server: {{listen: "127.0.0.1:{gateway}"}}
domains: {{box-a: {{}}, box-b: {{}}}}
providers:
  one: {{kind: openai, base_url: "http://127.0.0.1:{one}", api_key: env:DEMO_KEY, domain: box-a}}
models:
  chat: {{deployments: [{{provider: one, model: mock}}]}}
"""
SECOND = """\
  two: {{kind: openai, base_url: "http://127.0.0.1:{two}", api_key: env:DEMO_KEY, domain: box-b}}
"""
BROKEN = """\
  three: {{kind: openai, base_url: "http://127.0.0.1:{three}", api_key: env:DEMO_KEY, domain: box-b}}
"""
BREAKS = json.dumps({"default": {"count": 20, "fault": {"kind": "reset", "after_chunks": 2}}})


class DemoError(Exception):
    """The demo did not go as it should; the message says where."""


class Demo:
    """One run.

    Args:
        folder: where everything is.
        environment: of the commands.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._file = folder / "lab.yaml"
        self._folder = folder
        self._environment = dict(environment)
        self.page = ""

    def say(self, text: str) -> None:
        """Print, and remember for the page."""
        print(text, end="", flush=True)
        self.page += text

    def heading(self, text: str) -> None:
        self.say(f"## {text}\n\n")

    def write(self, text: str) -> None:
        """The first config."""
        self._file.write_text(text)
        self.say(f"`lab.yaml`:\n\n```yaml\n{text}```\n\n")

    def edit(self, *changes: tuple[str, str]) -> None:
        """Edit the config, and show how."""
        before = after = self._file.read_text()
        for old, new in changes:
            if old not in after:
                raise DemoError(f"there is no {old!r} to edit")
            after = after.replace(old, new)
        self._file.write_text(after)
        lines = difflib.unified_diff(before.splitlines(True), after.splitlines(True), n=0)
        shown = "".join(line for line in lines if not line.startswith(("---", "+++", "@@")))
        self.say(f"```diff\n{shown}```\n\n")

    def run(self, *words: str, status: int = 0) -> None:
        """Run a command that must end with `status`."""
        done = subprocess.run(
            [*SIXNINES, *words], cwd=self._folder, env=self._environment, check=False, capture_output=True, text=True
        )
        typed = " ".join(f'"{word}"' if " " in word else word for word in words)
        code = "" if done.returncode == 0 else f"$ echo $?\n{done.returncode}\n"
        self.say(f"```\n$ sixnines {typed}\n{done.stdout}{done.stderr}{code}```\n\n")
        if done.returncode != status:
            raise DemoError(f"`sixnines {typed}` ended with {done.returncode} instead of {status}")

    def file(self, name: str, text: str) -> Path:
        """Put a file into the folder."""
        path = self._folder / name
        path.write_text(text)
        return path

    @contextlib.contextmanager
    def running(self, *words: str, port: int) -> Iterator[None]:
        """A process of sixnines, once it listens."""
        with (self._folder / f"{port}.log").open("wb") as log:
            process = subprocess.Popen(
                [*SIXNINES, *words], cwd=self._folder, env=self._environment, stdout=log, stderr=log
            )
        try:
            deadline = time.monotonic() + READY_S
            while not _listens(port):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise DemoError(f"`sixnines {' '.join(words)}` does not listen:\n{Path(log.name).read_text()}")
                time.sleep(0.05)
            yield
        finally:
            process.terminate()
            process.wait()


def play(demo: Demo) -> None:
    """All of it."""
    names = ("gateway", "one", "two", "three")
    ports = dict(zip(names, _free_ports(len(names)), strict=True))
    breaks = demo.file("breaks.json", BREAKS)
    with contextlib.ExitStack() as stack:
        for name in ("one", "two"):
            stack.enter_context(demo.running("mock", "--kind", "openai", "--port", str(ports[name]), port=ports[name]))
        broken = ("mock", "--kind", "openai", "--port", str(ports["three"]), "--script", breaks.name)
        stack.enter_context(demo.running(*broken, port=ports["three"]))
        demo.heading("A gateway runs")
        demo.write(CONFIG.format(**ports))
        stack.enter_context(demo.running("serve", "--config", "lab.yaml", port=ports["gateway"]))
        demo.run("history", "--config", "lab.yaml")
        demo.heading("Edit and plan")
        demo.edit(
            ("models:\n", SECOND.format(**ports) + "models:\n"),
            ("model: mock}]}", "model: mock}, {provider: two, model: mock}]}"),
        )
        demo.run("plan", "lab.yaml")
        demo.heading("Apply")
        demo.run("apply", "lab.yaml", "--watch", "2s", "--note", "a second engine")
        demo.heading("A change that looks good and is not")
        demo.edit(
            ("models:\n", BROKEN.format(**ports) + "models:\n"),
            ("{provider: two, model: mock}]}", "{provider: two, model: mock}, {provider: three, model: mock}]}"),
        )
        demo.run("check", "lab.yaml")
        demo.run("apply", "lab.yaml", "--watch", "2s", "--note", "a third engine", status=1)
        demo.heading("What happened")
        demo.run("history", "--config", "lab.yaml")
        demo.heading("Back to the beginning")
        demo.run("rollback", "--config", "lab.yaml")
        demo.run("history", "--config", "lab.yaml")
        demo.run("diff", "2", "4", "--config", "lab.yaml")


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in held:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in held]


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def transcript(home: Path) -> str:
    """Play the demo in the folder `home`; what the page says.

    Raises:
        DemoError: it did not go as it should.
    """
    environment = {
        **os.environ,
        "XDG_STATE_HOME": str(home / "state"),
        "DEMO_KEY": "demo",
        "NO_COLOR": "1",
        "COLUMNS": "120",
    }
    environment["PYTHONPATH"] = str(ROOT / "src")
    environment.pop("XDG_RUNTIME_DIR", None)
    demo = Demo(home, environment)
    play(demo)
    return HEAD + demo.page.rstrip("\n") + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.relative_to(ROOT)}")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sixnines-demo-") as home:
        try:
            page = transcript(Path(home))
        except DemoError as problem:
            print(f"demo-deploy: {problem}", file=sys.stderr)
            return 1
    if options.write:
        PAGE.write_text(page)
    return 0


if __name__ == "__main__":
    sys.exit(main())
