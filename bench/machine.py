"""What a bench ran on, and who else used the processor meanwhile. Reads /proc; changes nothing.

Times are CPU seconds. Linux only, as `taskset` and wrk's figures here are.
"""

import contextlib
import os
import platform
import subprocess
import sysconfig
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_TICK = os.sysconf("SC_CLK_TCK")


def described() -> dict[str, object]:
    """Machine, interpreter, libraries, revision and time, as plain values."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "revision": revision(),
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "python": interpreter(),
        "nginx": first_line("nginx", "-v"),
        "wrk": first_line("wrk", "-v"),
        **{name: version(name) for name in ("uvloop", "httptools", "msgspec")},
    }


def interpreter() -> dict[str, object]:
    """The interpreter, and what its build says of optimisations. Some distributions optimise without saying so here."""
    config = sysconfig.get_config_var("CONFIG_ARGS") or ""
    linking = f"{config} {sysconfig.get_config_var('LDFLAGS') or ''}"
    return {
        "version": platform.python_version(),
        "built_with_pgo": "--enable-optimizations" in config,
        "built_with_lto": "--with-lto" in config or "-flto" in linking,
    }


def revision(tree: Path = ROOT) -> str:
    """The commit, with a `+` when the work tree differs from it; "unknown" outside a checkout."""
    commit = _git(tree, "rev-parse", "--short=12", "HEAD")
    if not commit:
        return "unknown"
    return commit + ("+" if _git(tree, "status", "--porcelain", "--", "src", "bench/*.py") else "")


def _git(tree: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=tree, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def first_line(*command: str) -> str | None:
    """What a command prints first; None where there is no such command."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return None
    return (done.stdout + done.stderr).strip().splitlines()[0]


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU seconds since the machine started.

    Attributes:
        at: seconds of a monotonic clock.
        total: used by all processes.
        stolen: that the hypervisor gave to others although we wanted them.
        ours: used by processes that belong to the bench and still run.
        reaped: used by processes of the bench that have ended.
        cores: used of each core, what the hypervisor gave to others included: nobody here could have used it.
    """

    at: float
    total: float
    stolen: float
    ours: float
    reaped: float
    cores: tuple[float, ...]

    @classmethod
    def now(cls, pids: Iterable[int]) -> "Usage":
        """The state of things, `pids` being the bench's running processes besides this one."""
        lines = [line.split() for line in Path("/proc/stat").read_text().splitlines() if line.startswith("cpu")]
        user, nice, system, _, _, _, _, stolen = _seconds(lines[0])
        reaped = os.times()
        return cls(
            at=time.perf_counter(),
            total=user + nice + system,
            stolen=stolen,
            ours=sum(cpu_seconds(pid) for pid in pids) + time.process_time(),
            reaped=reaped.children_user + reaped.children_system,
            cores=tuple(_busy(line) for line in lines[1:]),
        )

    def others_since(self, earlier: "Usage") -> float:
        """Cores that processes outside the bench, or other guests of the host, kept busy on average."""
        ours = self.ours - earlier.ours + self.reaped - earlier.reaped
        others = self.total - earlier.total - ours + self.stolen - earlier.stolen
        return max(others, 0.0) / (self.at - earlier.at)

    def busy_since(self, earlier: "Usage", core: int) -> float:
        """The share of the time in which `core` was in use, 0 to 1."""
        return min((self.cores[core] - earlier.cores[core]) / (self.at - earlier.at), 1.0)


def _seconds(line: list[str]) -> list[float]:
    """user, nice, system, idle, iowait, irq, softirq, steal (proc(5), /proc/stat)."""
    return [int(each) / _TICK for each in line[1:9]]


def _busy(line: list[str]) -> float:
    user, nice, system, _, _, irq, softirq, stolen = _seconds(line)
    return user + nice + system + irq + softirq + stolen


def cpu_seconds(pid: int) -> float:
    """User and system time of a process; 0 when it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICK  # proc(5): utime is field 14, stime 15


def family(pid: int) -> tuple[int, ...]:
    """`pid`, what it started, what those started, and so on: all that still run."""
    found = [pid]
    for each in found:
        found += children(each)
    return tuple(found)


def children(pid: int) -> list[int]:
    """The processes that `pid` started and that still run."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
        if parent == pid:
            found.append(int(entry.name))
    return found


def resident_bytes(*pids: int) -> int:
    """Resident memory of processes, what they share counted for each; 0 for those that have ended."""
    total = 0
    for pid in pids:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            lines = Path(f"/proc/{pid}/status").read_text().splitlines()
            total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:"))
    return total
