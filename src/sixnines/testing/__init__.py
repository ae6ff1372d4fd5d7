"""Stand-in engines: what tests, demos and load runs use in place of Ollama, llama.cpp, vLLM, OpenAI and Anthropic.

`MockEngine` runs one inside the caller's event loop, `MockProcess` as its own process. Never part of the gateway:
nothing below `cli` imports this package.
"""

from sixnines.testing.journal import Seen
from sixnines.testing.mock_engine import MockEngine
from sixnines.testing.mock_process import MockProcess
from sixnines.testing.script import Script, ScriptError, make_script, read_script

__all__ = ["MockEngine", "MockProcess", "Script", "ScriptError", "Seen", "make_script", "read_script"]
