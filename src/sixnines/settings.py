"""Settings of the process, as opposed to those of the gateway: a pure function of a mapping.

Only the command line passes the real environment. Never read `os.environ` anywhere else.
"""

import os
import pwd
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """Where files live, and the environment that secret references are resolved from.

    Attributes:
        config_home: `$XDG_CONFIG_HOME/sixnines` (XDG Base Directory Specification 0.8).
        state_home: `$XDG_STATE_HOME/sixnines`.
        runtime_home: `$XDG_RUNTIME_DIR`, if there is one.
        environment: the mapping that `env:NAME` references read.
    """

    config_home: Path
    state_home: Path
    runtime_home: Path | None
    environment: Mapping[str, str]


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Settings from `environment`, with the defaults of the XDG specification."""
    home = Path(environment.get("HOME") or "/")
    config = Path(environment.get("XDG_CONFIG_HOME") or home / ".config")
    state = Path(environment.get("XDG_STATE_HOME") or home / ".local" / "state")
    runtime = environment.get("XDG_RUNTIME_DIR")
    return Settings(config / "sixnines", state / "sixnines", Path(runtime) if runtime else None, environment)


def process_settings() -> Settings:
    """Settings from the environment of this process."""
    return read_settings(os.environ)


def user_name() -> str:
    """Whom this process runs as, in the system's words: the name of its user, or the number of one that has none."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return f"user {os.geteuid()}"
