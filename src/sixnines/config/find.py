"""Where the config is: the look-up order.

Pure: whether a file exists is asked through an argument.
"""

from collections.abc import Callable
from pathlib import Path

from sixnines.settings import Settings

FILE_NAME = "sixnines.yaml"


def places(settings: Settings) -> tuple[Path, ...]:
    """Where a config is looked for when none is named, in order."""
    return (Path(FILE_NAME), settings.config_home / FILE_NAME)


def find_config(named: Path | None, settings: Settings, exists: Callable[[Path], bool]) -> Path | None:
    """The config to use: the one that was named, whether or not it exists; else the first of `places` that does."""
    if named is not None:
        return named
    return next((place for place in places(settings) if exists(place)), None)
