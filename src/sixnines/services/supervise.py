"""`python -m sixnines.services.supervise FOLDER ENVIRONMENT_FILE`: the supervisor as a process of its own, without a terminal.

Never a second one in the same folder: the kernel holds the lock on its pid file for as long as it lives.
"""

import asyncio
import fcntl
import logging
import os
import random
import secrets
import sys
from pathlib import Path

from sixnines.clock import SystemClock
from sixnines.services.keeping import Means
from sixnines.services.orders import PID_FILE
from sixnines.services.references import ReferenceMissing, read_environment_file
from sixnines.services.supervisor import Supervisor
from sixnines.settings import process_settings


def main(words: list[str]) -> int:
    """Become a process of its own and supervise. Returns the exit status, to whoever started it at once."""
    folder, environment_file = Path(words[0]), Path(words[1])
    if os.fork():
        os._exit(0)  # whoever started it does not wait for it
    os.setsid()  # the terminal's end is not ours
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    pid_file = os.open(folder / PID_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(pid_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return 0  # another one is just there
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
    (folder / PID_FILE).unlink(missing_ok=True)
    return 0


async def _supervise(means: Means) -> None:
    await Supervisor(means).run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
