"""What callers can post to: one file an endpoint. Pure: bytes to a `Call`; no I/O."""
