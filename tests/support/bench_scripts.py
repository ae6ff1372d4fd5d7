"""The bench folder holds scripts that import each other by name, as Python runs them: this loads what its tests need."""

import sys
from importlib import import_module
from types import ModuleType

from support.checkout import ROOT

_FOLDER = str(ROOT / "bench")


def load_bench(name: str) -> ModuleType:
    """The module `bench/NAME.py`; a dot in the name is a folder. Last on the path, so that it hides nothing."""
    if _FOLDER not in sys.path:
        sys.path.append(_FOLDER)
    return import_module(name)
