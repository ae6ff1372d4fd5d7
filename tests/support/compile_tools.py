"""The tools of `make compile`, which are scripts and no package: this loads what their tests need of them."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from types import ModuleType

from support.checkout import ROOT


def _load(name: str) -> ModuleType:
    """The module `tools/NAME.py`, under its own name: one of them imports the other."""
    if name not in sys.modules:
        spec = spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


native_values = _load("native_values")
compile_tool = _load("compile")
