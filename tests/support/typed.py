"""`sixnines` as a person types it: a process of its own, with nothing of the environment of the tests but what is given."""

import subprocess
import sys
from collections.abc import Mapping

_PATIENCE_S = 50


def typed(*words: object, environment: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end."""
    command = [sys.executable, "-m", "sixnines", *map(str, words)]
    given = {"PATH": "/usr/bin:/bin", "PYTHONPATH": ":".join(filter(None, sys.path)), **environment}
    return subprocess.run(command, capture_output=True, text=True, env=given, timeout=_PATIENCE_S, check=False)
