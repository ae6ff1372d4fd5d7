"""The kinds that a stand-in can play. A new one is a new file and a line here."""

from sixnines.testing.engines.anthropic import Anthropic
from sixnines.testing.engines.interface import Engine
from sixnines.testing.engines.llamacpp import LlamaCpp
from sixnines.testing.engines.llamacpp_python import LlamaCppPython
from sixnines.testing.engines.ollama import Ollama
from sixnines.testing.engines.openai import OpenAi
from sixnines.testing.engines.vllm import Vllm

ENGINES: tuple[Engine, ...] = (OpenAi(), Ollama(), LlamaCpp(), LlamaCppPython(), Vllm(), Anthropic())
KINDS = {engine.name: engine for engine in ENGINES}
