"""The provider kinds that there are."""

from sixnines.providers import anthropic, llamacpp, llamacpp_python, ollama, openai, openai_compatible, vllm
from sixnines.providers.interface import Kind

KINDS: tuple[Kind, ...] = (
    ollama.KIND,
    llamacpp.KIND,
    llamacpp_python.KIND,
    vllm.KIND,
    openai.KIND,
    anthropic.KIND,
    openai_compatible.KIND,
)
