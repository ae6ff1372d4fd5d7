"""What config needs to know about a provider kind, so that it need not import the providers."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from sixnines.domain.operation import Dialect, Operation
from sixnines.domain.strategy import StrategyInfo


class Continues(enum.Enum):
    """Where an answer goes on when the text so far is sent back as the assistant's last message."""

    NOWHERE = "nowhere"  # that message is taken for finished, and a new answer begins
    EXACTLY = "exactly"  # right behind its last character
    TRIMMED = "trimmed"  # behind its last character that is no white space


@dataclass(frozen=True, slots=True)
class KindInfo:
    """The static facts of one provider kind.

    Attributes:
        name: the name in config (`kind: ollama`).
        dialect: the wire format it speaks.
        paths: request path per operation, put after the base URL without its `/v1`.
        key_header: header name that carries the credential.
        key_prefix: text before the credential in that header.
        fixed_headers: headers sent with every request.
        default_base_url: used when config gives none; None makes `base_url` required.
        needs_key: an `api_key` is required.
        paid: calls cost money, so probes must never be completions.
        may_truncate: it may drop the beginning of a prompt that is too long and answer as if nothing had happened.
        always_stream: call with `stream: true` even when the caller did not ask, because the engine
            notices a disconnect only while it streams.
        tells_resident: it can be asked which models it holds in memory.
        tells_load: it can be asked how busy it is.
        serves_any_name: it answers to any model's name with the one that it has loaded.
        streams_usage: it tells at the end of a stream how many tokens it took.
        forces_tools: it can be told that a tool has to be called (`tool_choice`).
        continues: what becomes of a chat that ends with the assistant's words.
    """

    name: str
    dialect: Dialect
    paths: Mapping[Operation, str]
    key_header: str = "authorization"
    key_prefix: str = "Bearer "
    fixed_headers: tuple[tuple[str, str], ...] = ()
    default_base_url: str | None = None
    needs_key: bool = False
    paid: bool = False
    may_truncate: bool = False
    always_stream: bool = False
    tells_resident: bool = False
    tells_load: bool = False
    serves_any_name: bool = False
    streams_usage: bool = True
    forces_tools: bool = True
    continues: Continues = Continues.NOWHERE

    def continuing(self, operation: Operation) -> Continues:
        """Where an answer that broke off can be taken up. A completion is nothing but text that goes on."""
        match operation:
            case Operation.CHAT:
                return self.continues
            case Operation.COMPLETION:
                return Continues.EXACTLY if operation in self.paths else Continues.NOWHERE
            case Operation.EMBEDDING:
                return Continues.NOWHERE


@dataclass(frozen=True, slots=True)
class Catalog:
    """What is built in, passed into `config.compile` by the composition root.

    Attributes:
        kinds: provider kinds by name.
        strategies: routing strategies by name.
    """

    kinds: Mapping[str, KindInfo] = field(default_factory=dict)
    strategies: Mapping[str, StrategyInfo] = field(default_factory=dict)
