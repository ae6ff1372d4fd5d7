"""Who runs the services of a config: the systemd of this user, or our own supervisor."""

import enum
import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sixnines.services.builtin import BuiltinHost
from sixnines.services.systemd import SystemdHost, manager_runs, may_make_namespaces, systemd_version
from sixnines.services.unit_files import unit_folder
from sixnines.services.units import STEPS_SINCE, UnitSettings
from sixnines.settings import Settings

ENVIRONMENT_FILE = "sixnines.env"
"""In `$XDG_CONFIG_HOME/sixnines`: the variables that hold secrets, for services that no shell starts."""


class Supervisor(enum.StrEnum):
    """Who runs the services."""

    AUTO = "auto"
    SYSTEMD = "systemd"
    BUILTIN = "builtin"


@dataclass(frozen=True, slots=True)
class Site:
    """Where the services of one config are at home.

    Attributes:
        config: the config file; absolute.
        python: the interpreter that runs sixnines.
        settings: of this process.
        note: told what is worth knowing and no error.
    """

    config: Path
    python: str
    settings: Settings
    note: Callable[[str], None]

    @property
    def environment_file(self) -> Path:
        """The user's file with secrets; it need not be there."""
        return self.settings.config_home / ENVIRONMENT_FILE

    @property
    def folder(self) -> Path:
        """Where our own supervisor has its files: one for each config."""
        mark = hashlib.sha256(str(self.config).encode()).hexdigest()[:16]
        return self.settings.state_home / "services" / mark

    def choose(self, supervisor: Supervisor) -> SystemdHost | BuiltinHost:
        """Who runs them."""
        match supervisor:
            case Supervisor.SYSTEMD:
                return self.systemd()
            case Supervisor.BUILTIN:
                return self.builtin()
            case Supervisor.AUTO:
                return self.systemd() if manager_runs() else self.builtin()

    def builtin(self) -> BuiltinHost:
        """Our own supervisor."""
        return BuiltinHost(self.folder, self.environment_file, time.sleep)

    def systemd(self) -> SystemdHost:
        """The systemd of this user."""
        version = systemd_version()
        units = UnitSettings(
            # Units that are printed where there is no systemd are for another machine, with a newer one as like as not.
            systemd=STEPS_SINCE if version is None else version,
            namespaces=may_make_namespaces() if version is not None else True,
            config=self.config,
            environment_file=self.environment_file,
            python=self.python,
            home=Path(self.settings.environment.get("HOME") or "/"),
        )
        return SystemdHost(unit_folder(self.settings.config_home), units, self.note)
