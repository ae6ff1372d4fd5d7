"""The Ollama dialect: its native API, `/api/chat`, `/api/generate` and `/api/embed`, with streams of JSON lines."""

from sixnines.dialects.ollama.formats import FORMATS

__all__ = ["FORMATS"]
