"""`leash.py GRACE_S WORDS`: runs any program so that it ends, with all that it has started, when its input does.

Whoever started it holds the other end of that pipe, so his death by whatever cause, SIGKILL included, reaches here.
SIGTERM is passed on; what has not ended after the grace is killed. Standard library only: each engine has one of these.
`quickstart/tether.py` is the same for Python modules, in their own process.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time

_HEEDED = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD}
_PR_SET_PDEATHSIG = 1  # prctl(2)
_CANNOT_START = 127


def main(words: list[str]) -> int:
    """Run `words[1:]`. Returns its status, or 128 and the number of the signal that ended it."""
    grace_s = float(words[0])
    signal.pthread_sigmask(signal.SIG_BLOCK, _HEEDED)
    try:
        program = subprocess.Popen(  # noqa: S603 - what it is for
            words[1:],
            stdin=subprocess.DEVNULL,
            process_group=0,  # of its own, so that all of it can be ended
            preexec_fn=_on_the_leash,  # noqa: PLW1509 - there is one thread so far
        )
    except OSError as problem:
        sys.stderr.write(f"sixnines: {words[1]} cannot be started: {problem.strerror}\n")
        return _CANNOT_START
    threading.Thread(target=_end_with_input, name="leash", daemon=True).start()
    try:
        status = _watch(program, grace_s)
    finally:
        _signal_all(program, signal.SIGKILL)  # what it left behind
    return status if status >= 0 else 128 - status


def _on_the_leash() -> None:
    """In the new process, before it becomes the program."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _HEEDED)
    if sys.platform == "linux":  # a leash that is killed cannot end anybody any more
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _watch(program: "subprocess.Popen[bytes]", grace_s: float) -> int:
    """Wait for the end of the program, and see to it once it is asked for."""
    kill_at: float | None = None
    while (status := program.poll()) is None:
        if kill_at is None:
            number = signal.sigwait(_HEEDED)
        else:
            caught = signal.sigtimedwait(_HEEDED, max(0.0, kill_at - time.monotonic()))  # noqa: TID251 - no arguments here
            number = signal.SIGKILL if caught is None else signal.Signals(caught.si_signo)
        if number is signal.SIGKILL:
            _signal_all(program, signal.SIGKILL)
            program.wait()
        elif number is signal.SIGHUP:
            _signal_all(program, number)
        elif number is not signal.SIGCHLD:
            # Asked twice, it is in a hurry, and so is what it holds.
            _signal_all(program, signal.SIGTERM)
            kill_at = kill_at or time.monotonic() + grace_s  # noqa: TID251
    return status


def _signal_all(program: "subprocess.Popen[bytes]", number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(program.pid, number)


def _end_with_input() -> None:
    """Wait for the end of standard input, then ask this process to end."""
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
