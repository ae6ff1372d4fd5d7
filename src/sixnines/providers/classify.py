"""Turns an answer that is not a success into a failure: one pure function over the tables of `signs`.

Never raises, and never takes a status for the truth: engines answer 500 for a caller's mistake, 429 for a used-up
balance and 200 for nearly anything.

The order of the rows is the argument:

1. `FIRST`: a 401, which no text can turn into something else.
2. The rows of the kind itself, which know the engine: its words for "too long" beat the world's word for 500.
3. `GENERAL`: machine-readable words, then prose, then the status. A word in a field meant for machines was put there
   on purpose; a sentence may quote the caller; a status is what is left.
"""

import re
from collections.abc import Callable, Sequence

from sixnines.domain.failure import RULES, Failure, FailureKind
from sixnines.providers.envelopes import Envelope, read_envelope
from sixnines.providers.interface import BadAnswer
from sixnines.providers.retry_after import read_retry_after
from sixnines.providers.signs import FIRST, GENERAL, Sign
from sixnines.providers.wording import presentable, shortened

_OK = 200
_NO_ENVELOPE = Envelope()

# Said when the provider said nothing that can be shown.
_DEFAULTS: dict[FailureKind, str] = {
    FailureKind.CALLER: "The provider refused the request as wrong.",
    FailureKind.CREDENTIAL: "The provider refused its credential.",
    FailureKind.QUOTA: "The provider's quota or balance is used up.",
    FailureKind.RATE: "The provider's rate limit is reached.",
    FailureKind.CAPACITY: "The provider has no capacity at the moment.",
    FailureKind.LOADING: "The provider is loading the model.",
    FailureKind.CONTEXT: "The request is longer than the model's context window.",
    FailureKind.POLICY: "The provider's content policy refused the request or the answer.",
    FailureKind.MISSING: "The provider does not know the model.",
    FailureKind.TRANSPORT: "The provider, or what is behind it, could not be reached in time.",
    FailureKind.SERVER: "The provider failed.",
    FailureKind.PROTOCOL: "The provider's answer cannot be read.",
    FailureKind.TRUNCATED: "The provider ended its answer without saying anything.",
    FailureKind.LOCAL: "The gateway failed.",
}

# OpenAI's code for it, which callers' libraries know, whatever the provider calls it.
_CONTEXT_CODE = "context_length_exceeded"
_CODE = re.compile(r"[A-Za-z][\w.-]{0,63}")
_PARAM = re.compile(r"[A-Za-z][\w.\[\]-]{0,127}")


def classifier(
    own: Sequence[Sign] = (), *, empty_stream: FailureKind = FailureKind.TRUNCATED
) -> Callable[[BadAnswer], Failure]:
    """The `classify` function of a kind.

    Args:
        own: the rows that only this kind has, asked before the general ones.
        empty_stream: what a 200 stream without a single event means.
    """
    table = (*FIRST, *own, *GENERAL)

    def classify(answer: BadAnswer) -> Failure:
        if answer.empty_stream:
            return _failure(answer, empty_stream, status=_OK)
        return _judged(answer, table)

    return classify


def _judged(answer: BadAnswer, table: Sequence[Sign]) -> Failure:
    envelope = read_envelope(answer.body)
    text = presentable(envelope.message)
    # An error inside a 200 may name its status: OpenRouter and vLLM do, in the body's `code`.
    status = answer.status if answer.status != _OK else envelope.status or _OK
    for sign in table:
        if status in sign.statuses and (not sign.words or sign.words & envelope.words):
            shown = _shown(sign, text)
            if shown is not None:
                return _failure(
                    answer, sign.kind, status=status, envelope=envelope, text=shown, elsewhere=sign.elsewhere
                )
    # Left are 200 without a known word, and statuses that HTTP does not know.
    says_why = answer.in_stream or (status == _OK and text != "")
    kind = FailureKind.SERVER if says_why else FailureKind.PROTOCOL
    return _failure(answer, kind, status=status, envelope=envelope, text=text)


def _shown(sign: Sign, text: str) -> str | None:
    """What to show of `text` when the row's pattern fits it; None when it does not."""
    if sign.text is None:
        return sign.says or text
    match = sign.text.search(text)
    if match is None:
        return None
    return sign.says or (match["shown"] if "shown" in sign.text.groupindex else text)


def _failure(
    answer: BadAnswer,
    kind: FailureKind,
    *,
    status: int,
    envelope: Envelope = _NO_ENVELOPE,
    text: str = "",
    elsewhere: bool = False,
) -> Failure:
    visible = RULES[kind].caller_may_see
    return Failure(
        kind,
        shortened(text) or _DEFAULTS[kind],
        status=status,
        # The headers of a stream were sent before it broke and say nothing about why.
        retry_after_s=None if answer.in_stream else read_retry_after(answer.headers, answer.now_unix_s),
        param=_param(envelope.param) if visible else None,
        code=_code(kind, envelope.code) if visible else None,
        elsewhere=elsewhere,
    )


def _param(param: str | None) -> str | None:
    """The field at fault in the caller's terms: FastAPI's `body` is the request itself."""
    if param is None or param == "body":
        return None
    return _identifier(param.removeprefix("body."), _PARAM)


def _code(kind: FailureKind, code: str | None) -> str | None:
    if kind is FailureKind.CONTEXT:
        return _CONTEXT_CODE
    return None if code is None else _identifier(code, _CODE)


def _identifier(value: str, shape: re.Pattern[str]) -> str | None:
    """`value` if it is a plain name that hides nothing."""
    return value if shape.fullmatch(value) and presentable(value) == value else None
