"""What a caller has been told of an answer, kept so that another provider can say the rest when this one breaks off.

Never decides whether an answer goes on; it counts and remembers. One `Half` is one provider's part: the first, or what
a later one adds to it.
"""

import msgspec

from sixnines.dialects.neutral import StreamFault, Usage
from sixnines.domain.kind import Continues

NOT_CONTINUED = "not_continued"
"""The code of the fault of a provider that was asked for the rest of an answer and does something else."""


class Said(msgspec.Struct):
    """An answer as far as its caller knows it.

    Attributes:
        pieces: the text, piece by piece.
        tokens: what the text cost at the least: its pieces, or what the providers counted where that is more.
        plain: everything so far was text of the one choice. Nothing else can be taken up by another provider.
        begun: the caller has seen a chunk.
        id: as the first chunk told it, if it did.
        created: likewise, in Unix seconds.
        prompt_tokens: tokens of the caller's own prompt, once a provider has told.
    """

    pieces: list[str] = []
    tokens: int = 0
    plain: bool = True
    begun: bool = False
    id: str | None = None
    created: int | float | None = None
    prompt_tokens: int | None = None

    @property
    def text(self) -> str:
        """Everything that was said."""
        return "".join(self.pieces)

    def begin(self, answer_id: str | None, created: float | None) -> None:
        """The caller sees the first chunk."""
        self.begun, self.id, self.created = True, answer_id, created


class Half:
    """One provider's part of an answer.

    Attributes:
        said: what the caller knows once all that this half has passed on is sent. The `Said` that it goes on from
            stays as it was, so that a half that came to nothing leaves no trace.
        resumes: it goes on from a text.
    """

    __slots__ = ("_before", "_counts_prompt", "_owed", "_steps", "resumes", "said")

    def __init__(self, before: Said, continues: Continues) -> None:
        text = before.text
        self.said = msgspec.structs.replace(before, pieces=[text] if text else [])
        self.resumes = before.begun
        self._before = before.tokens
        self._counts_prompt = before.prompt_tokens is None
        self._steps = 0
        # White space that the caller has and this provider was not shown.
        self._owed = text[len(text.rstrip()) :] if continues is Continues.TRIMMED else ""

    def tell(self, text: str) -> None:
        """A step that brought `text`, as much of it as is passed on."""
        said = self.said
        self._steps += 1
        if (tokens := self._before + self._steps) > said.tokens:
            said.tokens = tokens
        if text:
            said.pieces.append(text)

    def fitted(self, text: str) -> str:
        """`text` without the white space that the caller has already from the half before."""
        if not self._owed:
            return text
        same = _common(self._owed, text)
        # All of it repeated what was said: what follows may repeat more. Anything else ends the seam.
        self._owed = self._owed[same:] if same == len(text) else ""
        return text[same:]

    def count(self, usage: Usage) -> None:
        """The provider's own count, of this half alone."""
        said = self.said
        if usage.completion_tokens is not None:
            said.tokens = max(said.tokens, self._before + usage.completion_tokens)
        # None of a prompt is how formats that must say a number say that they do not know it yet.
        if usage.prompt_tokens and self._counts_prompt:
            said.prompt_tokens = max(0, usage.prompt_tokens - self._before)

    def total(self, usage: Usage) -> Usage:
        """What the caller is told: his own prompt, and the answer from its first half to this one."""
        prompt, cached = self.said.prompt_tokens, usage.cached_tokens
        own = self._steps if usage.completion_tokens is None else usage.completion_tokens
        return Usage(
            prompt_tokens=prompt,
            completion_tokens=self._before + own,
            # The text so far was part of this provider's prompt, and may have been in its cache.
            cached_tokens=cached if cached is None or prompt is None else min(cached, prompt),
            reasoning_tokens=usage.reasoning_tokens,
        )


def thinks_again() -> StreamFault:
    """A provider that was given the beginning of an answer, and thinks instead of going on."""
    return StreamFault(message="it began to think in the middle of the answer", code=NOT_CONTINUED)


def _common(left: str, right: str) -> int:
    """How many characters two texts begin with alike."""
    for at, (ours, theirs) in enumerate(zip(left, right, strict=False)):
        if ours != theirs:
            return at
    return min(len(left), len(right))
