"""`python -m sixnines.quickstart.tether MODULE ARGS...`: runs a module as a program that ends when its input does.

Whoever started it holds the other end of that pipe, so its death by whatever cause, SIGKILL included, reaches here.
Never does anything else to the program that it runs.
"""

import os
import runpy
import signal
import sys
import threading
import time

# What a program that was asked to end gets before it is ended.
GRACE_S = 10.0


def main(words: list[str]) -> None:
    """Run module `words[0]` with the arguments that follow it."""
    threading.Thread(target=_end_with_input, name="tether", daemon=True).start()
    sys.argv = words
    runpy.run_module(words[0], run_name="__main__", alter_sys=True)


def _end_with_input() -> None:
    """Wait for the end of standard input, then end this process: politely at first."""
    # Signals are for the main thread, which may block one until it is ready to wait for it (sigwait).
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    # Not sys.stdin: its lock, held by a reading thread, would stop the interpreter from ending by itself.
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_S)
    os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
