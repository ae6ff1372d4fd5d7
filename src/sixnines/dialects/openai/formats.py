"""OpenAI's formats: what the dialect offers per operation. Holds nothing but the table."""

from collections.abc import Mapping

from sixnines.dialects.interface import AnyFormat, ChatFormat, CompletionFormat, EmbeddingFormat, Format
from sixnines.dialects.openai import chat_requests, chat_responses, completions, embeddings
from sixnines.dialects.openai.stream_parsing import ChatStreamParser, CompletionStreamParser
from sixnines.dialects.openai.stream_rendering import ChatStreamRenderer, CompletionStreamRenderer
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
    parse_request=completions.parse_request,
    render_request=completions.render_request,
    parse_response=completions.parse_response,
    render_response=completions.render_response,
    stream_parser=CompletionStreamParser,
    stream_renderer=CompletionStreamRenderer,
)
EMBEDDING: EmbeddingFormat = Format(
    parse_request=embeddings.parse_request,
    render_request=embeddings.render_request,
    parse_response=embeddings.parse_response,
    render_response=embeddings.render_response,
)
FORMATS: Mapping[Operation, AnyFormat] = {
    Operation.CHAT: CHAT,
    Operation.COMPLETION: COMPLETION,
    Operation.EMBEDDING: EMBEDDING,
}
