"""Several things that are encoded already, handed over as one. A value."""

import msgspec


class Parcel(msgspec.Struct, frozen=True, gc=False):
    """What is to be written, and how many things that are."""

    data: bytes
    count: int
