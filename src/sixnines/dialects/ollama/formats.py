"""Ollama's formats: what the dialect offers per operation. Holds nothing but the table."""

from collections.abc import Mapping

from sixnines.dialects.interface import AnyFormat, ChatFormat, CompletionFormat, EmbeddingFormat, Format
from sixnines.dialects.ollama import chat_requests, chat_responses, embed, generate
from sixnines.dialects.ollama.stream_parsing import ChatStreamParser, GenerateStreamParser
from sixnines.dialects.ollama.stream_rendering import ChatStreamRenderer, GenerateStreamRenderer
from sixnines.domain.operation import Operation

CHAT: ChatFormat = Format(
    parse_request=chat_requests.parse_request,
    render_request=chat_requests.render_request,
    parse_response=chat_responses.parse_response,
    render_response=chat_responses.render_response,
    stream_parser=ChatStreamParser,
    stream_renderer=ChatStreamRenderer,
)
COMPLETION: CompletionFormat = Format(
    parse_request=generate.parse_request,
    render_request=generate.render_request,
    parse_response=generate.parse_response,
    render_response=generate.render_response,
    stream_parser=GenerateStreamParser,
    stream_renderer=GenerateStreamRenderer,
)
EMBEDDING: EmbeddingFormat = Format(
    parse_request=embed.parse_request,
    render_request=embed.render_request,
    parse_response=embed.parse_response,
    render_response=embed.render_response,
)
FORMATS: Mapping[Operation, AnyFormat] = {
    Operation.CHAT: CHAT,
    Operation.COMPLETION: COMPLETION,
    Operation.EMBEDDING: EMBEDDING,
}
