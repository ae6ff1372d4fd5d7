"""Bytes in pieces, for laws that say that it does not matter how a stream is cut."""

from hypothesis import strategies as st


def cut(data: bytes, at: list[int] | None) -> list[bytes]:
    """`data` cut at the given places, each taken modulo its length (pieces may be empty); None: after every byte."""
    if at is None:
        return [data[place : place + 1] for place in range(len(data))]
    places = sorted(place % (len(data) + 1) for place in at)
    return [data[start:end] for start, end in zip([0, *places], [*places, len(data)], strict=True)]


def cut_places() -> st.SearchStrategy[list[int] | None]:
    """Where to cut: here and there, or after every byte."""
    return st.none() | st.lists(st.integers(0, 10_000), max_size=12)
