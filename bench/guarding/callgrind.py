"""Counts instructions with valgrind's callgrind: of a whole process, or of the stretches of work that it marks.

A count depends on the code, the interpreter and the libraries, not on the speed of the machine nor on who else uses it.
Never measures time.
"""

import os
import re
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from processes import BenchError

from guarding.marks import MARK

_PATIENCE_S = 500.0
_TOTAL = re.compile(r"^(?:summary|totals): (\d+)", re.MULTILINE)

# Which memcpy glibc takes depends on the processor, and `rep movsb` counts as one instruction for each byte. The plain
# one is on all of them. Names that a version of glibc does not know are ignored.
_PLAIN_COPIES = "glibc.cpu.hwcaps=-AVX2,-AVX2_Usable,-AVX,-ERMS,-FSRM,-AVX_Fast_Unaligned_Load"


def environment(paths: Sequence[Path], bytecode: Path) -> dict[str, str]:
    """For a process that is to be counted, or runs like one: nothing of the user's own, and no luck.

    Args:
        paths: where the packages are that are not installed.
        bytecode: where compiled modules are kept.
    """
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "PYTHONPATH": os.pathsep.join(map(str, paths)),
        "PYTHONPYCACHEPREFIX": str(bytecode),
        "PYTHONNOUSERSITE": "1",
        "PYTHONHASHSEED": "0",
        "XDG_STATE_HOME": str(bytecode.parent / "state"),  # nothing in the one of whoever runs this
        "SIXNINES_DEBUG": "1",
        "SIXNINES_COMPILED": "0",  # what is stored was counted of the sources; a build is counted by its own path
        "GLIBC_TUNABLES": _PLAIN_COPIES,
    }


def run(command: Sequence[str], variables: Mapping[str, str]) -> str:
    """Run `command`; its output.

    Raises:
        BenchError: it failed or took too long, with what it said.
    """
    try:
        done = subprocess.run(
            command, env=variables, capture_output=True, text=True, check=False, timeout=_PATIENCE_S
        )  # fmt: skip
    except FileNotFoundError:
        raise BenchError(
            f"{command[0]} not found; `make bench-guard` installs what it needs where that is permitted"
        ) from None
    except subprocess.TimeoutExpired:
        raise BenchError(f"not done after {_PATIENCE_S:.0f} s: {' '.join(command)}") from None
    if done.returncode:
        said = "\n".join((done.stdout + done.stderr).splitlines()[-25:])
        raise BenchError(f"failed with status {done.returncode}: {' '.join(command)}\n{said}")
    return done.stdout


def counted(command: Sequence[str], variables: Mapping[str, str]) -> tuple[str, list[int]]:
    """Run `command` under callgrind: its output, and the instructions of each stretch; the last ends with the process.

    Raises:
        BenchError: it failed, or callgrind is not there.
    """
    with tempfile.TemporaryDirectory(prefix="sixnines-callgrind-") as folder:
        out = Path(folder) / "counts"
        valgrind = ("valgrind", "--tool=callgrind", f"--dump-before={MARK}", f"--callgrind-out-file={out}")
        output = run((*valgrind, *command), variables)
        marked = sorted(Path(folder).glob(f"{out.name}.*"), key=lambda file: int(file.suffix[1:]))
        return output, [_total(file) for file in (*marked, out)]  # what follows the last mark has no number


def _total(file: Path) -> int:
    found = _TOTAL.search(file.read_text())
    if found is None:
        raise BenchError(f"callgrind wrote no total into {file.name}")
    return int(found[1])
