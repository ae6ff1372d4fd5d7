"""What is said of a name that nobody knows: the nearest ones that are known. Pure."""

import difflib
from collections.abc import Sequence
from typing import Final

from sixnines.errors import UnknownModel

# Of a name that a caller sent, in messages.
_LONGEST_SHOWN: Final = 100
_NAMED: Final = 3


def unknown_model(name: str, known: Sequence[str]) -> UnknownModel:
    """The error for a model that does not exist; its message names the nearest of those that do."""
    nearest = difflib.get_close_matches(name[:_LONGEST_SHOWN], known, n=_NAMED, cutoff=0.5)
    hint = f" Did you mean {' or '.join(f'`{each}`' for each in nearest)}?" if nearest else ""
    shown = name if len(name) <= _LONGEST_SHOWN else name[:_LONGEST_SHOWN] + "..."
    return UnknownModel(f"The model `{shown}` does not exist.{hint} GET /v1/models lists all.", param="model")
