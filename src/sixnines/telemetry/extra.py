"""The extra `tracing`: whether it is installed, and what to do where it is not. Never imports anything of it."""

import importlib.util

_PACKAGES = ("opentelemetry.exporter.otlp.proto.common", "opentelemetry.sdk")

INSTALL = "pip install 'sixnines[tracing]'"
"""What gets the packages that are needed."""


def is_installed() -> bool:
    """Whether the extra is there."""
    try:
        return all(importlib.util.find_spec(each) is not None for each in _PACKAGES)
    except (ImportError, ValueError):  # one of the packages around it is missing
        return False
