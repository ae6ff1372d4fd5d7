"""What tokens cost."""

import msgspec


class Price(msgspec.Struct, frozen=True, gc=False):
    """Micro-dollars (millionths of a US dollar) for a million tokens: dollars per million tokens, times a million."""

    input_micros: int
    output_micros: int

    def of(self, prompt_tokens: int, answer_tokens: int) -> float:
        """Micro-dollars for a request of so many tokens."""
        return (self.input_micros * prompt_tokens + self.output_micros * answer_tokens) / 1_000_000
