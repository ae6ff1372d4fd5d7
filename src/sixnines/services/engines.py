"""What starts an engine of each kind: the words of its command line and its variables. Pure.

Never puts a secret into a word: everybody on the machine can read a command line. Sources: `llama-server --help`
(llama.cpp), `python -m llama_cpp.server --help` (llama-cpp-python 0.3), `vllm serve --help` (vLLM), Ollama's FAQ.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePath

from sixnines.config.service_section import Service

# llama-server takes no word for "all" in older versions; no model has as many layers.
_ALL_LAYERS = 999


@dataclass(frozen=True, slots=True)
class Place:
    """Where an engine is started and where it listens.

    Attributes:
        directory: what relative paths are relative to; absolute.
        host: name or address.
        port: its port.
    """

    directory: PurePath
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Engine:
    """How engines of one kind are started.

    Attributes:
        command: the words.
        variables: what it is told by variables.
        key_variable: the variable that holds the key which callers must send; None where it knows none.
        model_is_file: its `model` is a path.
    """

    command: Callable[[Service, Place], list[str]]
    variables: Callable[[Service, Place], dict[str, str]] = lambda service, place: {}  # noqa: ARG005
    key_variable: str | None = None
    model_is_file: bool = True


def start_words(engine: Engine, service: Service, place: Place) -> tuple[str, ...]:
    """The command line: what the config says instead, or the one of the kind."""
    if not service.command:
        return tuple(engine.command(service, place))
    meant = {
        "{host}": place.host,
        "{port}": str(place.port),
        "{model}": model_of(engine, service, place) or "",
        "{alias}": service.alias or "",
    }
    words = [_filled(word, meant) for word in service.command]
    return (_program(words[0], words[0], place), *words[1:])


def start_variables(engine: Engine, service: Service, place: Place) -> dict[str, str]:
    """The variables that the kind itself needs. A command of one's own is told everything by its words."""
    return {} if service.command else engine.variables(service, place)


def model_of(engine: Engine, service: Service, place: Place) -> str | None:
    """What is served, as the engine is told it."""
    if service.model is None:
        return None
    return _path(service.model, place) if engine.model_is_file else _model_or_folder(service.model, place)


def _filled(word: str, meant: Mapping[str, str]) -> str:
    # Not str.format: a word may hold JSON, whose braces are its own.
    for mark, text in meant.items():
        word = word.replace(mark, text)
    return word


def _path(text: str, place: Place) -> str:
    return str(place.directory / text)


def _model_or_folder(text: str, place: Place) -> str:
    """VLLM takes both: a folder is written with a slash in front, or as one relative to here (`./`)."""
    return _path(text, place) if text.startswith((".", "/")) else text


def _program(binary: str | None, usual: str, place: Place) -> str:
    """A name is looked for in PATH by whoever starts it; a path is relative to the config."""
    if binary is None:
        return usual
    return _path(binary, place) if "/" in binary else binary


def _options(pairs: Mapping[str, object | None]) -> list[str]:
    """`--name value` for those that are given."""
    return [word for name, value in pairs.items() if value is not None for word in (name, str(value))]


def _llama_server(service: Service, place: Place) -> list[str]:
    # Its context is that of all slots together.
    slots = service.parallel or 1
    return [
        _program(service.binary, "llama-server", place),
        *_options(
            {
                "--model": model_of(LLAMACPP, service, place),
                "--hf-repo": service.hf_repo,
                "--alias": service.alias,
                "--host": place.host,
                "--port": place.port,
                "--ctx-size": None if service.context is None else service.context * slots,
                # With a context of its own for each request, the number of requests is part of the same sum.
                "--parallel": slots if service.context is not None else service.parallel,
                "--n-gpu-layers": _ALL_LAYERS if service.gpu_layers == -1 else service.gpu_layers,
            }
        ),
        "--slots",  # how busy it is, for routing
        "--metrics",
        "--jinja",  # tools need the model's own template
        *service.args,
    ]


def _llama_cpp_python(service: Service, place: Place) -> list[str]:
    return [
        _program(service.binary, "python3", place),
        *("-m", "llama_cpp.server"),
        *_options(
            {
                "--model": model_of(LLAMACPP_PYTHON, service, place),
                "--model_alias": service.alias,
                "--host": place.host,
                "--port": place.port,
                "--n_ctx": service.context,
                "--n_gpu_layers": service.gpu_layers,
            }
        ),
        # By default a new request ends the one that is being answered.
        *("--interrupt_requests", "False"),
        *service.args,
    ]


def _llama_cpp_python_variables(service: Service, place: Place) -> dict[str, str]:
    del service
    # Where a shell exports these, they win over the words (llama_cpp/server/__main__.py), and shells do export HOST.
    return {"HOST": place.host, "PORT": str(place.port)}


def _vllm(service: Service, place: Place) -> list[str]:
    return [
        _program(service.binary, "vllm", place),
        "serve",
        model_of(VLLM, service, place) or "",
        *_options(
            {
                "--served-model-name": service.alias,
                "--host": place.host,
                "--port": place.port,
                "--max-model-len": service.context,
                "--max-num-seqs": service.parallel,
            }
        ),
        *service.args,
    ]


def _ollama(service: Service, place: Place) -> list[str]:
    return [_program(service.binary, "ollama", place), "serve"]


def _ollama_variables(service: Service, place: Place) -> dict[str, str]:
    host = f"[{place.host}]" if ":" in place.host else place.host
    said = {
        "OLLAMA_HOST": f"{host}:{place.port}",
        "OLLAMA_CONTEXT_LENGTH": service.context,
        "OLLAMA_NUM_PARALLEL": service.parallel,
    }
    return {name: str(value) for name, value in said.items() if value is not None}


LLAMACPP = Engine(_llama_server, key_variable="LLAMA_API_KEY")
LLAMACPP_PYTHON = Engine(_llama_cpp_python, _llama_cpp_python_variables, key_variable="API_KEY")
VLLM = Engine(_vllm, key_variable="VLLM_API_KEY", model_is_file=False)
OLLAMA = Engine(_ollama, _ollama_variables)

ENGINES = {"llamacpp": LLAMACPP, "llamacpp-python": LLAMACPP_PYTHON, "vllm": VLLM, "ollama": OLLAMA}
"""By provider kind."""
