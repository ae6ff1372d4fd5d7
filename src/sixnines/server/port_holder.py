"""Who holds a TCP port, as far as Linux's /proc tells this user. Never raises: not knowing is an answer.

Read only after a port turned out to be taken, so it may take its time. Formats: proc(5), `/proc/net/tcp`.
"""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_LISTEN = "0A"  # TCP_LISTEN in the kernel's net/tcp_states.h
_FIRST_FIELDS = 10  # up to and including the inode


@dataclass(frozen=True, slots=True)
class PortHolder:
    """A process that listens on a port.

    Attributes:
        pid: its process id.
        command: its name, as `ps` shows it, at most 15 bytes.
    """

    pid: int
    command: str


def find_port_holder(host: str, port: int, *, proc: Path = Path("/proc")) -> PortHolder | None:
    """The process that keeps `host`:`port` from being listened on, or None when /proc does not tell.

    Args:
        host: an address; for a name, a holder of the port on any address is taken.
        port: TCP port.
        proc: where procfs is mounted.
    """
    sockets = {f"socket:[{inode}]" for inode in _listening_inodes(host, port, proc)}
    if not sockets:
        return None
    for process in proc.glob("[0-9]*"):
        if any(link in sockets for link in _open_files(process)):
            return PortHolder(int(process.name), _first_line(process / "comm"))
    return None


def _listening_inodes(host: str, port: int, proc: Path) -> Iterator[str]:
    wanted = _address(host)
    for table in (proc / "net" / "tcp", proc / "net" / "tcp6"):
        for line in _lines(table)[1:]:
            fields = line.split()
            if len(fields) < _FIRST_FIELDS or fields[3] != _LISTEN:
                continue
            address, _, hex_port = fields[1].partition(":")
            if int(hex_port, 16) == port and _collide(wanted, _decode(address)):
                yield fields[9]


def _collide(
    wanted: ipaddress.IPv4Address | ipaddress.IPv6Address | None,
    held: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> bool:
    """Whether listening on both is impossible. A wildcard takes the port on every address, `::` on IPv4 as well."""
    return wanted is None or wanted == held or wanted.is_unspecified or held.is_unspecified


def _decode(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """An address as the kernel prints it: 32-bit words in host order, which is little-endian where we run."""
    words = bytes.fromhex(address)
    packed = b"".join(words[at : at + 4][::-1] for at in range(0, len(words), 4))
    return ipaddress.ip_address(packed)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _open_files(process: Path) -> Iterator[str]:
    """Targets of the process's open files; nothing for a process of somebody else, or one that has just ended."""
    try:
        for link in (process / "fd").iterdir():
            yield str(link.readlink())
    except OSError:
        return


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return []


def _first_line(path: Path) -> str:
    return next(iter(_lines(path)), "?")
