"""What a supervisor can be told, as values for the line between it and a command."""

import enum

import msgspec

from sixnines.services.interface import ServiceReport
from sixnines.services.plan import ServicePlan

STATE_FILE = "supervisor.json"
PID_FILE = "supervisor.pid"
LOG_FILE = "supervisor.log"


class Wish(enum.StrEnum):
    """What can be asked."""

    STATUS = "status"
    START = "start"
    STOP = "stop"
    REPLACE = "replace"


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """One question: `plan` for START and REPLACE, `name` for STOP."""

    token: str
    wish: Wish
    plan: ServicePlan | None = None
    name: str = ""


class Reply(msgspec.Struct, frozen=True):
    """How all services are, after the wish was granted."""

    pid: int
    services: tuple[ServiceReport, ...]
