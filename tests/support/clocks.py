"""A clock that tests move."""


class ManualClock:
    """Both clocks stand still until they are moved.

    Attributes:
        now: what the monotonic clock shows; the wall clock is a fixed distance ahead.
    """

    def __init__(self, now: float = 1000.0, ahead: float = 1.7e9):
        self.now = now
        self._ahead = ahead

    def advance(self, seconds: float):
        """Time passes."""
        self.now += seconds

    def set_back(self, seconds: float):
        """Somebody sets the wall clock back."""
        self._ahead -= seconds

    def monotonic_s(self) -> float:
        return self.now

    def unix_s(self) -> float:
        return self.now + self._ahead
