"""`--detect`: asks the usual ports of this machine who is there, and writes a config for what answered."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from sixnines.quickstart.ask import get
from sixnines.quickstart.detect import PATHS, Engine, Unusable, arrange, identify
from sixnines.quickstart.document import render
from sixnines.quickstart.trouble import QuickstartError

USUAL_PORTS = ((11434, "Ollama"), (8000, "llama-cpp-python"), (8080, "llama.cpp"), (8001, "vLLM"))
CONFIG_NAME = "sixnines.yaml"


@dataclass(frozen=True, slots=True)
class Survey:
    """What was found, in the order in which the ports were named."""

    engines: tuple[Engine, ...]
    unusable: tuple[Unusable, ...]


def look(ports: Sequence[int]) -> Survey:
    """Ask every port at once."""
    with ThreadPoolExecutor(max_workers=max(len(ports), 1)) as threads:
        found = list(threads.map(_ask, ports))
    return Survey(
        tuple(each for each in found if isinstance(each, Engine)),
        tuple(each for each in found if isinstance(each, Unusable)),
    )


def _ask(port: int) -> Engine | Unusable | None:
    return identify(port, {path: get(port, path) for path in PATHS})


def write_config(engines: Sequence[Engine], target: Path, *, force: bool) -> None:
    """Write a config file that serves what `engines` serve.

    Raises:
        QuickstartError: the file is there already and `force` is off.
    """
    providers, models = arrange(engines)
    text = render(
        note="Written by `sixnines quickstart --detect` from what was running on this machine.\n"
        "Models that several engines serve fall over from the first to the next.",
        server=["listen: 127.0.0.1:4000"],
        providers=providers,
        models=models,
    )
    try:
        with target.open("w" if force else "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise QuickstartError(f"{target} is there already; --force overwrites it") from None
