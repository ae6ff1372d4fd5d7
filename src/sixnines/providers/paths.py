"""The request paths of OpenAI's API, which five kinds share. Facts only."""

from collections.abc import Mapping

from sixnines.domain.operation import Operation

OPENAI_PATHS: Mapping[Operation, str] = {
    Operation.CHAT: "/v1/chat/completions",
    Operation.COMPLETION: "/v1/completions",
    Operation.EMBEDDING: "/v1/embeddings",
}
"""OpenAI API reference: Chat, Completions (legacy), Embeddings."""

OPENAI_MODELS = "/v1/models"
"""OpenAI API reference: Models, "List models"."""
