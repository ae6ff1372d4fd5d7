"""One process of a supervisor: started on a tether, with its output in a log, and ended for certain.

Never shares the terminal's process group: Ctrl-C reaches the supervisor alone, which then ends the others in order.
"""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# After SIGTERM. llama.cpp needs 0.1 s, the gateway its drain time.
_GRACE_S = 5.0
_TAIL_LINES = 15


@dataclass(frozen=True, slots=True)
class Life:
    """How a process lives.

    Attributes:
        environment: all of its variables; None: those of this process.
        directory: where it is started; None: here.
        keep_log: write on at the end of the log of an earlier life.
        grace_s: seconds from the request to end until it is killed; None: five.
    """

    environment: Mapping[str, str] | None = None
    directory: Path | None = None
    keep_log: bool = False
    grace_s: float | None = None


class Child:
    """A process that can be started, waited for and stopped, any number of times.

    Args:
        name: what people call it.
        command: the words that start it.
        log: where its output goes; overwritten at each start.
        life: how it lives, where that is not as usual.
    """

    def __init__(self, name: str, *, command: Sequence[str], log: Path, life: Life | None = None) -> None:
        self.name = name
        self.log = log
        self._command = command
        self._life = life or Life()
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    async def start(self) -> Callable[[], Coroutine[None, None, int]]:
        """Start the process. Must not be called while it runs.

        Returns:
            What waits for the end of this very process: its status, or minus the signal that ended it.
        """
        with self.log.open("ab" if self._life.keep_log else "wb") as output:
            process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,  # the tether: never written to
                stdout=output,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
                env=self._life.environment,
                cwd=self._life.directory,
            )
        self._process = process
        return process.wait

    async def stop(self) -> None:
        """End the process, however unwilling, and wait for it. Does nothing when it does not run."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), _GRACE_S if self._life.grace_s is None else self._life.grace_s)
        except TimeoutError:
            self.kill()
            await process.wait()

    def kill(self) -> None:
        """End the process at once; does not wait."""
        process = self._process
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()

    def last_words(self) -> str:
        """The end of the log."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join(lines[-_TAIL_LINES:])
