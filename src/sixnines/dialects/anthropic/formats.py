"""Anthropic's formats: what the dialect offers per operation, which is chats. Holds nothing but the table."""

from collections.abc import Mapping

from sixnines.dialects.anthropic import chat_requests, chat_responses
from sixnines.dialects.anthropic.stream_parsing import ChatStreamParser
from sixnines.dialects.anthropic.stream_rendering import ChatStreamRenderer
from sixnines.dialects.interface import AnyFormat, ChatFormat, Format
from sixnines.domain.operation import Operation

CHAT: ChatFormat = Format(
    parse_request=chat_requests.parse_request,
    render_request=chat_requests.render_request,
    parse_response=chat_responses.parse_response,
    render_response=chat_responses.render_response,
    stream_parser=ChatStreamParser,
    stream_renderer=ChatStreamRenderer,
)
FORMATS: Mapping[Operation, AnyFormat] = {Operation.CHAT: CHAT}
