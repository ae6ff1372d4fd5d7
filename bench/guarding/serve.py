"""What `make bench-guard` runs under callgrind: the command `sixnines serve`, which plays the cases once it listens.

Run: `python -m guarding.serve FOLDER CASE...`. Prints one line of JSON: the build of this interpreter, and the
stretches of work in their order, each with the number of times that its work was done. Imports nothing before the first
mark that the command would not, because the first stretch is its start.
"""

import os
import signal
import sys
from pathlib import Path

import sixnines.__main__
from guarding.marks import START, Marks
from sixnines.gateway import Gateway

PROVIDERS = 10


def main(folder: Path, names: list[str]) -> int:
    """Run the command; its exit status."""
    marks = Marks()
    start = Gateway.start

    async def start_and_play(self: Gateway) -> list[tuple[str, int]]:
        bound = await start(self)
        marks.end(START, 1)
        await self.stop_watching()  # what it does beside requests comes when the clock says so, and would be counted
        Gateway.start = start  # the cases have gateways of their own

        import json

        from guarding.build import build_key
        from guarding.play import calibrate, play

        calibrate(marks)
        await play(folder, names, marks)
        print(json.dumps({"build": build_key(), "stretches": marks.stretches}))
        os.kill(os.getpid(), signal.SIGTERM)
        return bound

    Gateway.start = start_and_play
    config = folder / "serve.yaml"
    config.write_text(_config())
    return sixnines.__main__.main(["serve", "--config", str(config)])


def _config() -> str:
    """Block style, as people write it. Nobody is asked: a probe comes when the clock says so."""
    lines = ["version: 1", "server:", "  listen: 127.0.0.1:0", "defaults:", "  health:", "    active: false"]
    lines.append("providers:")
    for number in range(PROVIDERS):
        lines += [f"  engine-{number}:", "    kind: llamacpp", f"    base_url: http://127.0.0.1:9/{number}"]
    lines.append("models:")
    for number in range(PROVIDERS):
        lines += [f"  model-{number}:", "    deployments:", f"      - provider: engine-{number}", "        model: m"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
