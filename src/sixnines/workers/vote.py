"""Whether all workers can go by another config: all of them do, or none. Pure.

A worker that ends is no longer asked: the one in its place begins with whatever holds then.
"""

from collections.abc import Iterable


class Vote:
    """The vote of all workers about one reload.

    Attributes:
        reload: which one, so that answers about another are told apart.
        refusal: why a worker cannot, if one cannot.
    """

    def __init__(self, reload: int, voters: Iterable[int]) -> None:
        self.reload = reload
        self.refusal: str | None = None
        self._owing = set(voters)

    @property
    def passed(self) -> bool:
        """All can."""
        return self.refusal is None and not self._owing

    @property
    def silent(self) -> list[int]:
        """Those that have not answered."""
        return sorted(self._owing)

    def joined(self, worker: int) -> None:
        """A worker that was started meanwhile is asked as well."""
        self._owing.add(worker)

    def left(self, worker: int) -> None:
        """A worker has ended."""
        self._owing.discard(worker)

    def prepared(self, worker: int, reload: int) -> None:
        """A worker can."""
        if reload == self.reload:
            self._owing.discard(worker)

    def refused(self, worker: int, reload: int, reason: str) -> None:
        """A worker cannot."""
        if reload == self.reload:
            self.refusal = f"worker {worker}: {reason}"
