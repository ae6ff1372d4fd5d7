"""What callers can ask for, and the wire formats ("dialects") in which it can be asked."""

import enum


class Operation(enum.StrEnum):
    """One thing a model can be asked to do."""

    CHAT = "chat"
    COMPLETION = "completion"
    EMBEDDING = "embedding"


class Dialect(enum.StrEnum):
    """A family of wire formats."""

    OPENAI = "openai"
    OLLAMA = "ollama"
    ANTHROPIC = "anthropic"
