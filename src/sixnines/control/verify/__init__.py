"""Asks a running gateway, as callers do, whether everything that its config promises is so. A file of checks a group."""
