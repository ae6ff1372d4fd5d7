"""Asks a running gateway, as callers do, whether all that its config promises is so. Each group of checks is a file."""
