"""What tokens cost, in whole numbers: nothing is lost by rounding, however many small requests there are."""

import msgspec

MICRO_PICOS = 1_000_000
"""Pico-dollars (millionths of a millionth of a US dollar) in a micro-dollar."""


class Price(msgspec.Struct, frozen=True, gc=False):
    """Micro-dollars (millionths of a US dollar) for a million tokens: dollars per million tokens, times a million.

    That is as many pico-dollars for one token.

    Attributes:
        input_micros: of the prompt.
        output_micros: of the answer.
        cached_input_micros: of the part of the prompt that the provider had in its cache; None: like the rest of it.
    """

    input_micros: int
    output_micros: int
    cached_input_micros: int | None = None

    def of(self, prompt_tokens: int, answer_tokens: int) -> float:
        """Micro-dollars for a request of so many tokens, none of them cached: an estimate."""
        return (self.input_micros * prompt_tokens + self.output_micros * answer_tokens) / 1_000_000

    def picos(self, prompt_tokens: int, cached_tokens: int, answer_tokens: int) -> int:
        """Pico-dollars for so many tokens, exactly; the cached ones are among those of the prompt."""
        picos = self.input_micros * prompt_tokens + self.output_micros * answer_tokens
        if cached_tokens and self.cached_input_micros is not None:
            picos += (self.cached_input_micros - self.input_micros) * cached_tokens
        return picos

    @property
    def is_free(self) -> bool:
        """Nothing costs anything."""
        return not (self.input_micros or self.output_micros or self.cached_input_micros)


FREE = Price(0, 0)
"""That of local providers for which none is given."""


def micros(picos: int) -> int:
    """Micro-dollars, rounded up: 0 is told only of what cost nothing. Rounded once, where a sum is told."""
    return -(-picos // MICRO_PICOS)
