"""Whether what a command prints may be coloured."""

import sys

from sixnines.settings import process_settings


def wants_colour() -> bool:
    """A terminal, unless its owner said no (https://no-color.org)."""
    return sys.stdout.isatty() and not process_settings().environment.get("NO_COLOR")
