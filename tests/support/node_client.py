"""The openai npm package in a Node process of its own, one for all tests: `tests/clients/node/driver.mjs` performs calls."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.npm import install

FOLDER = Path(__file__).parent.parent / "clients" / "node"


class NodeClient:
    """A running driver."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def call(self, name: str, base_url: str, *, options: dict[str, object] | None = None, **asked: object) -> object:
        """What a call gives.

        Args:
            name: the call, as the driver names it.
            base_url: the gateway's.
            options: of the package's client.
            asked: parameters of the request.
        """
        outcome = self._perform({"call": name, "base_url": base_url, "options": options or {}, "asked": asked})
        assert "answer" in outcome, outcome
        return outcome["answer"]

    def error(self, name: str, base_url: str, **asked: object) -> dict[str, object]:
        """The error that a call ends in: its class and what it tells; arguments as for `call`."""
        options = asked.pop("options", {})
        outcome = self._perform({"call": name, "base_url": base_url, "options": options, "asked": asked})
        assert "error" in outcome, outcome
        return outcome["error"]

    def _perform(self, wish: dict[str, object]) -> dict[str, object]:
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(wish) + "\n")
        process.stdin.flush()
        answer = process.stdout.readline()
        assert answer, "the driver has ended; what it said is above"
        return json.loads(answer)


@contextmanager
def node_client() -> Iterator[NodeClient]:
    """Start a driver, with the package installed as `package-lock.json` has it; skips where there is no Node."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node is not installed: the openai npm package is not tested")
    install(FOLDER)
    process = subprocess.Popen(
        [node, "driver.mjs"], cwd=FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:  # closes the pipes, which ends the driver, and waits for it
        yield NodeClient(process)
