"""Plain values that every layer shares. No I/O, no clock, no randomness, no imports from other layers."""
