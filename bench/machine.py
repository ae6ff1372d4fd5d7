"""What a bench ran on, and who else used the processor meanwhile. Reads /proc; changes nothing.

Times are CPU seconds. Linux only, as `taskset` and wrk's figures here are.
"""

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
        "nginx": _first_line("nginx", "-v"),
        "wrk": _first_line("wrk", "-v"),
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


def revision() -> str:
    """The commit, with a `+` when the work tree differs from it; "unknown" outside a checkout."""
    commit = _git("rev-parse", "--short=12", "HEAD")
    if not commit:
        return "unknown"
    return commit + ("+" if _git("status", "--porcelain", "--", "src", "bench") else "")


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _first_line(*command: str) -> str | None:
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
    """

    at: float
    total: float
    stolen: float
    ours: float
    reaped: float

    @classmethod
    def now(cls, pids: Iterable[int]) -> "Usage":
        """The state of things, `pids` being the bench's running processes besides this one."""
        fields = [int(each) / _TICK for each in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
        user, nice, system, stolen = fields[0], fields[1], fields[2], fields[7]
        reaped = os.times()
        return cls(
            at=time.perf_counter(),
            total=user + nice + system,
            stolen=stolen,
            ours=sum(cpu_seconds(pid) for pid in pids) + time.process_time(),
            reaped=reaped.children_user + reaped.children_system,
        )

    def others_since(self, earlier: "Usage") -> float:
        """Cores that processes outside the bench, or other guests of the host, kept busy on average."""
        ours = self.ours - earlier.ours + self.reaped - earlier.reaped
        others = self.total - earlier.total - ours + self.stolen - earlier.stolen
        return max(others, 0.0) / (self.at - earlier.at)


def cpu_seconds(pid: int) -> float:
    """User and system time of a process; 0 when it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICK  # proc(5): utime is field 14, stime 15


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


def resident_bytes(pid: int) -> int:
    """Resident memory of a process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0
