"""`python -m sixnines.services.supervise FOLDER ENVIRONMENT_FILE`: the supervisor as a process without a terminal.

Never a second one in the same folder: the kernel holds the lock on its pid file for as long as it lives.
"""

import asyncio
import fcntl
import logging
import os
import random
import secrets
import sys
import time
from pathlib import Path

from sixnines.clock import SystemClock
from sixnines.services.keeping import Means
from sixnines.services.orders import PID_FILE
from sixnines.services.references import ReferenceMissing, read_environment_file
from sixnines.services.supervisor import Supervisor
from sixnines.settings import process_settings

_ENDS_WITHIN_S = 5.0
_POLL_S = 0.05


def main(words: list[str]) -> int:
    """Become a process of its own and supervise. Returns the exit status, to whoever started it at once."""
    folder, environment_file = Path(words[0]), Path(words[1])
    if os.fork():
        os._exit(0)  # whoever started it does not wait for it
    os.setsid()  # the terminal's end is not ours
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    pid_file = os.open(folder / PID_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    if not _locked(pid_file):
        return 0  # another one is there
    os.ftruncate(pid_file, 0)
    os.write(pid_file, f"{os.getpid()}\n".encode())
    environment = process_settings().environment
    try:
        known = {**environment, **read_environment_file(environment_file)}
    except ReferenceMissing as missing:
        logging.getLogger("sixnines").warning("%s", missing)
        known = dict(environment)
    rng = random.Random(secrets.randbits(64))  # noqa: S311 - it spreads starts
    asyncio.run(_supervise(Means(folder, environment, known, SystemClock(), rng)))
    os.ftruncate(pid_file, 0)  # not removed: somebody may wait for its lock
    return 0


def _locked(pid_file: int) -> bool:
    """Whether nobody else supervises here. One that is about to end is waited for."""
    for _ in range(int(_ENDS_WITHIN_S / _POLL_S)):
        try:
            fcntl.flock(pid_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_POLL_S)
        else:
            return True
    return False


async def _supervise(means: Means) -> None:
    await Supervisor(means).run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
