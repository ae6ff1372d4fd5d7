"""The Anthropic dialect: the Messages API, `/v1/messages`."""

from sixnines.dialects.anthropic.formats import FORMATS

__all__ = ["FORMATS"]
