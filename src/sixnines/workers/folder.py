"""A private folder for the sockets by which workers talk. Nobody but this user can look into it."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

# The path of a Unix socket has at most 107 bytes (unix(7)); the names below take less than 40 of them.
_LONGEST_BASE = 60


@contextlib.contextmanager
def private_folder(runtime_home: Path | None) -> Iterator[Path]:
    """A new folder with mode 0700, which goes with all that is in it.

    Args:
        runtime_home: where it shall be, if that can be: `$XDG_RUNTIME_DIR`. Else it is among the temporary files.
    """
    base = runtime_home if runtime_home is not None and _usable(runtime_home) else Path(tempfile.gettempdir())
    folder = Path(tempfile.mkdtemp(prefix="sixnines-workers-", dir=base))  # mkdtemp: 0700, whatever the umask
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def socket_path(folder: Path, worker: int) -> Path:
    """Where a worker listens to the others."""
    return folder / f"{worker}.sock"


def _usable(base: Path) -> bool:
    return (
        base.is_absolute()
        and len(os.fsencode(base)) <= _LONGEST_BASE
        and base.is_dir()
        and os.access(base, os.W_OK | os.X_OK)
    )
