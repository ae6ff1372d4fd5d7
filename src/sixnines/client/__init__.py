"""Asks a running gateway about its config, and to change it. Speaks HTTP only."""
