"""sixnines: one LLM endpoint that keeps answering and can prove it."""

__version__ = "0.1.0"
