"""The OpenAI dialect: chats, legacy completions and embeddings, as OpenAI and the engines like it speak them."""

from sixnines.dialects.openai.formats import FORMATS

__all__ = ["FORMATS"]
