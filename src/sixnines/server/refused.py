"""Why the server itself turns a request away, before the application sees it.

Never rendered here: the injected `Refusal` makes the body in the caller's error format.
"""

import enum


class Reason(enum.Enum):
    """The closed set of refusals: HTTP status (RFC 9110 section 15) and machine-readable code."""

    MALFORMED = (400, "malformed_request")
    TOO_SLOW = (408, "request_timeout")
    BODY_TOO_LARGE = (413, "body_too_large")
    TARGET_TOO_LONG = (414, "target_too_long")
    UNKNOWN_CODING = (415, "unsupported_media_type")
    UNKNOWN_EXPECTATION = (417, "expectation_failed")
    HEAD_TOO_LARGE = (431, "headers_too_large")
    BUG = (500, "internal_error")
    UNKNOWN_VERSION = (505, "http_version_not_supported")

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.value[0]

    @property
    def code(self) -> str:
        """The code that goes into the error body."""
        return self.value[1]


class Refused(Exception):  # noqa: N818 - it names what happened to the request, as `errors` does
    """A request that does not reach the application; the connection closes after the answer.

    Attributes:
        reason: status and code.
        message: one sentence that says what is wrong and what to do.
    """

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
