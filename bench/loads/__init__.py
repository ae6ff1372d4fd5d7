"""What asks: wrk, and our own callers of streams."""
