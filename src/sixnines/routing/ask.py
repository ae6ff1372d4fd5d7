"""What one request asks of routing. Values only, computed when first looked at."""

import msgspec

from sixnines.dialects.call import Call
from sixnines.domain.capability import Capability
from sixnines.domain.features import Features, Output
from sixnines.domain.operation import Operation
from sixnines.domain.priority import Priority
from sixnines.domain.wishes import NO_WISHES, Wishes
from sixnines.routing.features import features

# Without a limit: an answer of some paragraphs.
_USUAL_ANSWER = 500
_EMBEDDING = Operation.EMBEDDING  # looked up once: on Python 3.11 that takes as long as a call


class Estimates(msgspec.Struct, frozen=True, gc=False):
    """What was estimated of a request at another time, so that it is not estimated again.

    Attributes:
        needs: as `Ask.needs`.
        prompt_tokens: as `Ask.prompt_tokens`.
        answer_tokens: as `Ask.answer_tokens`.
    """

    needs: frozenset[Capability]
    prompt_tokens: int
    answer_tokens: int


class Ask(msgspec.Struct):
    """One request.

    Attributes:
        operation: what every candidate must be able to do.
        tokens_floor: tokens that prompt and answer need together at the very least.
        wishes: the caller's headers.
        call: the request itself; None where only its shape is known.
        measured: its features, once somebody has looked at them; given where there is no call.
        priority: whom it goes before, where requests wait.
        estimated: what goes before everything that its features say; None of a request that is served now.
    """

    operation: Operation
    tokens_floor: int = 0
    wishes: Wishes = NO_WISHES
    call: Call | None = None
    priority: Priority = Priority.NORMAL
    measured: Features | None = None
    estimated: Estimates | None = None

    @property
    def features(self) -> Features | None:
        """The request, measured: once, and only if somebody looks. None where there is nothing to measure."""
        if self.measured is None and self.call is not None:
            self.measured = features(self.call, tokens_floor=self.tokens_floor)
        return self.measured

    @property
    def needs(self) -> frozenset[Capability]:
        """What it needs beside answering text."""
        if self.estimated is not None:
            return self.estimated.needs
        found = self.features
        if found is None:
            return frozenset()
        needed = {
            Capability.TOOLS: found.tools > 0 or found.tool_messages > 0,
            Capability.VISION: found.images > 0,
            Capability.JSON_SCHEMA: found.output is Output.SCHEMA,
        }
        return frozenset(each for each, wanted in needed.items() if wanted)

    @property
    def prompt_tokens(self) -> int:
        """Tokens of the prompt, as estimated from its text."""
        if self.estimated is not None:
            return self.estimated.prompt_tokens
        found = self.features
        return 0 if found is None else found.prompt_tokens

    @property
    def answer_tokens(self) -> int:
        """Tokens that the answer may have: as the caller limits it, or what is usual; none for an embedding."""
        if self.estimated is not None:
            return self.estimated.answer_tokens
        if self.operation is _EMBEDDING:
            return 0
        found = self.features
        limit = None if found is None else found.max_tokens
        return limit if limit is not None and limit > 0 else _USUAL_ANSWER
