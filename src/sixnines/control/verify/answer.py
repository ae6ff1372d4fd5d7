"""One answer of the gateway as it came, and when each piece of it came. Pure.

Never trusts it: what is not as it must be is a `CheckFailed` that says what came instead, without what models write.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from sixnines.control.verify.verdict import CheckFailed

_OK = 200
_LONGEST_SHOWN = 300


class _Error(msgspec.Struct):
    message: str = ""
    code: str | None = None
    type: str | None = None
    param: str | None = None


class _ErrorBody(msgspec.Struct):
    error: _Error


@dataclass(frozen=True, slots=True)
class Told:
    """An error as the gateway tells it."""

    message: str
    code: str
    param: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer.

    Attributes:
        status: of HTTP.
        headers: names in lower case; of several with one name, the last.
        pieces: of the body, each with the seconds from the request to it.
        seconds: from the request to the end.
    """

    status: int
    headers: Mapping[str, str]
    pieces: tuple[tuple[float, bytes], ...]
    seconds: float

    @property
    def body(self) -> bytes:
        """All of it."""
        return b"".join(piece for _, piece in self.pieces)

    @property
    def provider(self) -> str | None:
        """Who gave it, as it says itself."""
        return self.headers.get("x-sixnines-provider")

    @property
    def model(self) -> str | None:
        """The model that it is of, as it says itself."""
        return self.headers.get("x-sixnines-model")

    def document(self) -> object:
        """The body as JSON."""
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.DecodeError, RecursionError):
            raise CheckFailed(f"the body is not JSON ({len(self.body)} bytes)") from None

    def error(self) -> Told | None:
        """The error in the body; None if it holds none of the gateway's form."""
        try:
            error = msgspec.json.decode(self.body, type=_ErrorBody).error
        except (msgspec.MsgspecError, RecursionError):
            return None
        return Told(error.message, error.code or error.type or "", error.param)

    def excerpt(self) -> str:
        """The beginning of the body, fit to be shown."""
        text = self.body[:_LONGEST_SHOWN].decode("utf-8", "replace")
        return "".join(each if each.isprintable() else " " for each in text) or "(nothing)"

    def summary(self) -> str:
        """Such as `502 provider_unreachable: All 2 attempts failed. ...`."""
        told = self.error()
        if told is None:  # what a model has written is nobody's business here
            return f"{self.status}" if self.status == _OK else f"{self.status}: {self.excerpt()}"
        return f"{self.status} {told.code}: {told.message[:_LONGEST_SHOWN]}"
