"""The files that pages are drawn with: a fixed list, read once. No name leads to any other file.

Each has an address with its digest in it, so that a browser keeps it for good and asks anew after an update.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sixnines.errors import UnknownPath
from sixnines.server.app import Visit

FOLDER: Final = "/ui/static/"
_FILES: Final = Path(__file__).parent / "static"
_KINDS: Final = {"css": b"text/css; charset=utf-8", "js": b"text/javascript; charset=utf-8", "svg": b"image/svg+xml"}
_FOR_GOOD: Final = b"public, max-age=31536000, immutable"

NAMES: Final = (
    "explore.css",
    "graph.js",
    "change.js",
    "charts.js",
    "htmx.min.js",
    "icon.svg",
    "playground.js",
    "sixnines.css",
    "sixnines.js",
    "uplot.min.css",
    "uplot.min.js",
)
"""What there is; a new file is one line here."""


@dataclass(frozen=True, slots=True)
class Asset:
    """One file: its content, what kind it is, and the address that stands for just this content."""

    content: bytes
    kind: bytes
    address: str


class Assets:
    """All of them."""

    def __init__(self) -> None:
        self._assets = {name: _read(name) for name in NAMES}

    def address(self, name: str) -> str:
        """Where a page finds one.

        Raises:
            KeyError: there is none of this name.
        """
        return self._assets[name].address

    def send(self, visit: Visit, headers: list[tuple[bytes, bytes]]) -> None:
        """Answer a GET below `FOLDER`.

        Raises:
            UnknownPath: there is none.
        """
        request = visit.request
        found = self._assets.get(request.path.removeprefix(FOLDER))
        if found is None:
            raise UnknownPath("The web page has no such file.")
        exact = f"{request.path}?{request.query}" == found.address
        kept = (b"cache-control", _FOR_GOOD if exact else b"no-cache")
        visit.responder.send(200, [(b"content-type", found.kind), kept, *headers], found.content)


def _read(name: str) -> Asset:
    content = (_FILES / name).read_bytes()
    digest = hashlib.sha256(content).hexdigest()[:16]
    return Asset(content, _KINDS[name.rpartition(".")[2]], f"{FOLDER}{name}?v={digest}")
