"""When a service that has ended is started again: a value of the config."""

import enum


class Restart(enum.StrEnum):
    """What is done about a service that has ended by itself."""

    ON_FAILURE = "on-failure"  # started again unless its status was 0
    ALWAYS = "always"
    NEVER = "never"
