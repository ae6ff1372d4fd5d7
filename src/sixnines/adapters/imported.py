"""What comes of an import."""

from dataclasses import dataclass

from sixnines.adapters.ledger import Entry
from sixnines.config.diagnostics import Diagnostic


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of a config.

    Attributes:
        text: the new config, or None if the old one cannot be read.
        entries: what became of each key of the old one.
        problems: why it cannot be read.
        variables: the environment variables that the new config reads.
        written: those of them for which a key was written out in the old one.
    """

    text: str | None
    entries: tuple[Entry, ...]
    problems: tuple[Diagnostic, ...] = ()
    variables: tuple[str, ...] = ()
    written: tuple[str, ...] = ()
