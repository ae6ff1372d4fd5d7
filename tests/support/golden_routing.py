"""Golden cases of routing: what `sixnines explain` says of a request in the lab of `examples/lab.yaml`. One file a case.

    A sentence that says what the case is there for.
    $ sixnines explain examples/lab.yaml --model chat --request request.json
    request.json: {"messages": [{"role": "user", "content": "lorem 20000"}]}

    what it prints, and at the end the exit status where it is not 0

`lorem 20000` in a request is so many bytes of text, `picture` the URL of one. `python -m support.golden_routing` (with
`tests` and `src` on PYTHONPATH) writes the output of every case anew: read the difference before you keep it.
"""

import contextlib
import io
import json
import os
import re
import shlex
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sixnines.cli.app import main
from support.checkout import ROOT

FOLDER = ROOT / "tests" / "golden" / "routing"
_LOREM = re.compile(r"lorem (\d+)")
_WORDS = "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore et dolore "
_PICTURE = "data:image/png;base64,iVBORw0KGgo="


@dataclass(frozen=True, slots=True)
class Case:
    """One file.

    Attributes:
        path: where it is.
        head: its lines up to the output.
        expected: the output.
    """

    path: Path
    head: str
    expected: str

    @property
    def words(self) -> list[str]:
        """The words of the command after the program's name."""
        command = next(line for line in self.head.splitlines() if line.startswith("$ "))
        return shlex.split(command)[2:]

    @property
    def request(self) -> bytes | None:
        """The request that is asked about, if there is one in the file."""
        mark = "request.json: "
        line = next((each for each in self.head.splitlines() if each.startswith(mark)), None)
        return None if line is None else json.dumps(_filled(json.loads(line.removeprefix(mark)))).encode()


def cases() -> Iterator[Case]:
    """All of them, by name."""
    for path in sorted(FOLDER.glob("*.txt")):
        head, gap, expected = path.read_text().partition("\n\n")
        yield Case(path, head + gap, expected)


def said(case: Case) -> str:
    """What the command prints on both streams, and its exit status where it is not 0."""
    out, words = io.StringIO(), case.words
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(ROOT):
        if case.request is not None:
            file = Path(folder) / "request.json"
            file.write_bytes(case.request)
            words = [str(file) if word == "request.json" else word for word in words]
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            status = main(words)
    return out.getvalue() + (f"exit status {status}\n" if status else "")


def _filled(value: object) -> object:
    """`value` with its text written out."""
    match value:
        case dict():
            return {key: _filled(each) for key, each in value.items()}
        case list():
            return [_filled(each) for each in value]
        case "picture":
            return _PICTURE
        case str() if found := _LOREM.fullmatch(value):
            length = int(found[1])
            return (_WORDS * (length // len(_WORDS) + 1))[:length]
        case _:
            return value


def write_all() -> None:
    """Write the output of every case anew."""
    for case in cases():
        case.path.write_text(case.head + said(case))
        print(f"wrote {os.path.relpath(case.path)}")


if __name__ == "__main__":
    write_all()
