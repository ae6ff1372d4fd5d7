"""Availability as it was measured: what counts, and what the counts say."""
