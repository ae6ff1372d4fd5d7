"""What one request asks of routing. Values only, computed when first looked at."""

import msgspec

from sixnines.dialects.call import Call
from sixnines.domain.capability import Capability
from sixnines.domain.operation import Operation
from sixnines.domain.priority import Priority
from sixnines.domain.wishes import NO_WISHES, Wishes

# English prose in the usual tokenizers; other languages and code take fewer bytes.
_BYTES_PER_TOKEN = 4
# Without a limit: an answer of some paragraphs.
_USUAL_ANSWER = 500


class Ask(msgspec.Struct):
    """One request.

    Attributes:
        operation: what every candidate must be able to do.
        tokens_floor: tokens that prompt and answer need together at the very least.
        wishes: the caller's headers.
        call: the request itself; None where only its shape is known.
        priority: whom it goes before, where requests wait.
    """

    operation: Operation
    tokens_floor: int = 0
    wishes: Wishes = NO_WISHES
    call: Call | None = None
    priority: Priority = Priority.NORMAL

    @property
    def needs(self) -> frozenset[Capability]:
        """What it needs beside answering text."""
        return frozenset()

    @property
    def prompt_tokens(self) -> int:
        """Tokens of the prompt, as estimated from its text."""
        return 0 if self.call is None else len(self.call.body) // _BYTES_PER_TOKEN

    @property
    def answer_tokens(self) -> int:
        """Tokens that the answer may have: as the caller limits it, or what is usual."""
        limit = None if self.call is None else self.call.max_tokens
        return limit if limit is not None and limit > 0 else _USUAL_ANSWER
