"""The bench folder holds scripts and is no package: this loads what its tests need of it."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from types import ModuleType

from support.checkout import ROOT


def load_bench(name: str) -> ModuleType:
    """The module `bench/NAME.py`, under a name that hides nothing."""
    full_name = f"bench_{name}"
    spec = spec_from_file_location(full_name, ROOT / "bench" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[full_name] = module  # dataclasses look their module up while it is being made
    spec.loader.exec_module(module)
    return module
