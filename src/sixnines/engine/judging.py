"""What went wrong with an answer: errors of the transport, errors inside a 200, streams that end too soon. Pure.

Never decides what comes next, and never raises.
"""

from dataclasses import replace

import msgspec

from sixnines.config.secret import Secret
from sixnines.dialects.codec import Relay
from sixnines.dialects.neutral import StreamFault
from sixnines.dialects.said import NOT_CONTINUED
from sixnines.domain.failure import Failure, FailureKind
from sixnines.domain.operation import Dialect
from sixnines.providers.interface import BadAnswer, Kind
from sixnines.transport.interface import Exchange, Phase, TransportError

_OK = 200
_UNREACHED = frozenset({Phase.CONNECT, Phase.TLS})
# An older Ollama says plain JSON of its lines; nobody else who streams does.
_STREAM_TYPES = {
    Dialect.OPENAI: (b"text/event-stream", b"text/plain"),
    Dialect.ANTHROPIC: (b"text/event-stream",),
    Dialect.OLLAMA: (b"application/x-ndjson", b"application/json"),
}

_HIDDEN, _CUT = "[secret]", "…"

_encode = msgspec.json.Encoder().encode


def transport_failure(error: TransportError, *, starved: bool = False) -> Failure:
    """What a transport error means; `starved` if the request's deadline cut it short."""
    if error.violation:
        return Failure(FailureKind.PROTOCOL, f"The provider broke HTTP: {error.reason}.")
    if error.phase is Phase.BODY:
        cut = "stalled" if error.timed_out else "was cut"
        return Failure(FailureKind.TRUNCATED, f"The provider's answer {cut}: {error.reason}.", code="truncated")
    code = "timeout" if error.timed_out else None
    text = f"The provider could not be reached ({error.phase}): {error.reason}."
    return Failure(FailureKind.TRANSPORT, text, code=code, unreached=error.phase in _UNREACHED, starved=starved)


def stream_failure(fault: StreamFault, exchange: Exchange, kind: Kind) -> Failure:
    """What an error inside a 200 answer means."""
    if fault.garbage:
        return Failure(FailureKind.PROTOCOL, "The provider's answer cannot be read.", status=exchange.status)
    if fault.code == "unfinished":
        return Failure(FailureKind.TRUNCATED, "The provider ended its answer without a finish reason.", status=_OK)
    if fault.code == NOT_CONTINUED:  # the engine is well, it only cannot do this
        return Failure(FailureKind.CALLER, f"The provider did not go on: {fault.message}.", elsewhere=True)
    error = {"message": fault.message, "type": fault.type, "code": fault.code}
    bad = BadAnswer(fault.status or _OK, exchange.headers, _encode({"error": error}), in_stream=True)
    return kind.classify(bad)


def unquoted(failure: Failure, credential: Secret | None) -> Failure:
    """The same without the provider's key, which some repeat in their errors; not every key looks like one."""
    if credential is None:
        return failure
    secret, message = credential.reveal(), failure.message
    if secret in message:
        message = message.replace(secret, _HIDDEN)
    elif message.endswith(_CUT):  # in the middle of it, maybe
        piece = next((n for n in range(len(secret) - 1, 3, -1) if message[:-1].endswith(secret[:n])), 0)
        message = message[: -1 - piece] + _HIDDEN + _CUT if piece else message
    return failure if message is failure.message else replace(failure, message=message)


def is_stream(exchange: Exchange, dialect: Dialect) -> bool:
    """Whether a 200 says that it is a stream that can be read. Asked only where something is wrong with one."""
    media_type = (exchange.header(b"content-type") or b"").split(b";", 1)[0].strip().lower()
    encoding = (exchange.header(b"content-encoding") or b"identity").strip().lower()
    return encoding == b"identity" and media_type in ("", *_STREAM_TYPES[dialect])


def cut_short(relay: Relay, exchange: Exchange, kind: Kind) -> Failure:
    """A stream that ended before it was complete."""
    if not is_stream(exchange, kind.info.dialect):
        text = "The provider's answer is no stream of events: its content type or content encoding is another."
        return Failure(FailureKind.PROTOCOL, text, status=_OK)
    if relay.empty:
        return kind.classify(BadAnswer(_OK, exchange.headers, b"", in_stream=True, empty_stream=True))
    return Failure(FailureKind.TRUNCATED, "The provider ended its answer before it was complete.", status=_OK)
