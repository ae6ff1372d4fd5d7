"""How the owner of a gateway finds it: its Unix socket, and the file in the folder of its revisions that leads there.

Never keeps a gateway from serving: without a place for either it is told, once, and callers are served.
"""

import contextlib
import logging
import os
from dataclasses import dataclass
from pathlib import Path

from sixnines import __version__
from sixnines.control import presence
from sixnines.control.presence import Presence
from sixnines.server.owner_socket import OWN_FOLDER, OwnerSocket, open_owner_socket

_log = logging.getLogger("sixnines")


@dataclass(slots=True)
class Attendance:
    """One gateway's.

    Attributes:
        store: the folder of the revisions.
        socket: None where there is none.
    """

    store: Path
    socket: OwnerSocket | None = None
    _said: Presence | None = None

    def open(self, runtime_home: Path | None) -> None:
        """Listen for the owner, unless another gateway of the same config does already.

        Args:
            runtime_home: `$XDG_RUNTIME_DIR`, if there is one.
        """
        store = self.store
        try:
            other = presence.find(store)
        except PermissionError:
            _log.warning("another user's gateway serves this config: `sixnines apply` will reach that one, not this")
            return
        if other is not None:
            _log.warning(
                "process %d serves this config too, at %s: `sixnines apply` will reach that one, not this",
                other.pid, other.address,
            )  # fmt: skip
            return
        _forget_dead(store)
        try:
            self.socket = open_owner_socket(f"{store.name}-{os.getpid()}", runtime_home, store)
        except OSError as problem:
            _log.warning("`sixnines apply` will not find this gateway: no Unix socket can be made (%s)", problem)

    def announce(self, address: str, instance: str, started_unix_s: float) -> None:
        """Say where the gateway is.

        Args:
            address: where it listens for callers, as a URL.
            instance: tells it from others.
            started_unix_s: when it was started.
        """
        if self.socket is None:
            return
        said = Presence(
            pid=os.getpid(),
            socket=str(self.socket.path),
            address=address,
            instance=instance,
            version=__version__,
            started_unix_s=started_unix_s,
        )
        try:
            presence.announce(self.store, said)
        except OSError as problem:
            _log.warning("`sixnines apply` will not find this gateway: %s cannot be written (%s)", self.store, problem)
        else:
            self._said = said

    @property
    def address(self) -> str:
        """Where the gateway listens for callers, as a URL; "" if that has not been announced.

        Read from the file: a worker was started before its parent knew.
        """
        said = presence.announced(self.store)
        return said.address if said is not None and said.socket == str(self.socket and self.socket.path) else ""

    def close(self) -> None:
        """Be found no more."""
        if self._said is not None:
            presence.withdraw(self.store, self._said)
            self._said = None
        if self.socket is not None:
            self.socket.close()
            self.socket = None


def _forget_dead(store: Path) -> None:
    """Remove the socket of a gateway that was killed."""
    said = presence.announced(store)
    if said is not None and said.socket.endswith(f"{store.name}-{said.pid}.sock"):
        with contextlib.suppress(OSError):
            path = Path(said.socket)
            path.unlink()
            if path.parent.name.startswith(OWN_FOLDER):
                path.parent.rmdir()
