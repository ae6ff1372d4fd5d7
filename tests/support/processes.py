"""Questions about processes that tests started."""

from pathlib import Path


def is_alive(pid: int) -> bool:
    """Whether the process exists and has not ended (a zombie has)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def command_line(pid: int) -> list[str]:
    """The words that the process was started with; empty when it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")[:-1]
    except (FileNotFoundError, ProcessLookupError):
        return []


def processes_with(word: str) -> list[int]:
    """The processes that live and have `word` as a part of one of the words they were started with."""
    pids = [int(entry.name) for entry in Path("/proc").glob("[0-9]*")]
    return [pid for pid in pids if is_alive(pid) and any(word in each for each in command_line(pid))]
