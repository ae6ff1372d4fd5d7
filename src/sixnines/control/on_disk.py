"""The digest of a config as its files are on disk now, found out without reading the YAML wherever that is possible.

Never takes a file for what it was: it is read each time.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from sixnines.config.load import Loaded
from sixnines.config.sources import SourceFile, digest_of

# Larger ones are no configs (`config.load`).
_MOST_BYTES = 8 * 1024 * 1024


def digest_on_disk(file: Path, known: Iterable[Sequence[SourceFile]], read: Callable[[], Loaded]) -> str | None:
    """The digest (`config.sources.digest_of`), or None if the config cannot be read.

    Args:
        file: the one that the operator names.
        known: configs that it may be.
        read: reads it all, for the case that it is none of them and includes other files.
    """
    content = _content(file)
    if content is None:
        return None
    if b"include" not in content:
        return hashlib.sha256(content).hexdigest()
    for sources in known:
        if sources and all(_content(file.parent / each.path) == each.content for each in sources):
            return digest_of(sources)
    sources = read().sources
    return digest_of(sources) if sources else None


def _content(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except (OSError, ValueError):
        return None
    return content if len(content) <= _MOST_BYTES else None
