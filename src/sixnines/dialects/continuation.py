"""An answer that broke off, and the call that asks another provider for the rest of it.

Never changes the caller's call. A caller's dialect that can do this is one line in the table below.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sixnines.dialects.call import Call
from sixnines.dialects.openai import continuation as openai
from sixnines.dialects.said import Said
from sixnines.domain.kind import Continues
from sixnines.domain.operation import Dialect, Operation


@dataclass(frozen=True, slots=True)
class _Way:
    """How a dialect's requests are continued.

    Attributes:
        continuable: whether a text can be put behind what the body asks.
        continued: the body with a text behind it and that many tokens less to go.
    """

    continuable: Callable[[Operation, bytes], bool]
    continued: Callable[[Operation, bytes, str, int], bytes]


_WAYS: Mapping[Dialect, _Way] = {Dialect.OPENAI: _Way(openai.continuable, openai.continued)}


def continuable(call: Call) -> bool:
    """Whether half an answer to this call can be taken up at all: a stream of one plain text."""
    way = _WAYS.get(call.dialect)
    return way is not None and call.stream and way.continuable(call.operation, call.body)


def continued(call: Call, said: Said, continues: Continues) -> Call:
    """The call for the rest of the answer, to a provider that goes on as `continues` says.

    Args:
        call: what the caller asked; `continuable`.
        said: what he has been told; `plain`.
        continues: of the provider's kind, for the call's operation; not `NOWHERE`.
    """
    text = said.text.rstrip() if continues is Continues.TRIMMED else said.text
    body = _WAYS[call.dialect].continued(call.operation, call.body, text, said.tokens)
    left = None if call.max_tokens is None else max(1, call.max_tokens - said.tokens)
    return call.going_on(body, left)
