"""Services under the systemd of this user, as a command sees them: unit files, and `systemctl --user`.

Never needs more than the rights of the user, and never touches a unit that it has not written.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from sixnines.services.interface import ServiceReport, ServiceState
from sixnines.services.plan import ServicePlan
from sixnines.services.readiness import is_ready
from sixnines.services.trouble import ServiceError
from sixnines.services.unit_files import Written, may_be_removed, remove_unit, write_unit, written_for
from sixnines.services.units import CACHES, UnitSettings, unit_name, unit_text

_VERSION = re.compile(r"systemd (\d+)")
_ANSWER_S = 180.0
_SHOWN = "Id,LoadState,ActiveState,SubState,MainPID,NRestarts,Result,StatusText"
# What systemctl says of a unit (`systemctl --state=help`), in our words.
_STATES = {
    "active": ServiceState.READY,
    "reloading": ServiceState.READY,
    "activating": ServiceState.STARTING,
    "deactivating": ServiceState.STARTING,
    "inactive": ServiceState.STOPPED,
    "failed": ServiceState.FAILED,
}


def systemd_version() -> int | None:
    """The version that is installed, or None."""
    program = shutil.which("systemctl")
    if program is None:
        return None
    found = _VERSION.match(_run([program, "--version"]).stdout)
    return int(found.group(1)) if found else None


def manager_runs() -> bool:
    """A systemd of this user runs, and can be asked."""
    program = shutil.which("systemctl")
    return program is not None and _run([program, "--user", "show", "--property=Version"]).returncode == 0


def may_make_namespaces() -> bool:
    """This user may make a user namespace and mount in it: most of a unit's sandbox is made of that."""
    program = shutil.which("unshare")
    if program is None:
        return False
    return (
        _run([program, "--user", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"]).returncode == 0
    )


class SystemdHost:
    """The services of one config as user units.

    Args:
        folder: of this user's unit files.
        settings: what units are made with.
        note: told what is worth knowing and no error.
    """

    def __init__(self, folder: Path, settings: UnitSettings, note: Callable[[str], None]) -> None:
        self._folder = folder
        self._settings = settings
        self._note = note

    def unit(self, plan: ServicePlan) -> tuple[str, str]:
        """The name and the text of the unit."""
        return unit_name(plan.name), unit_text(_located(plan, self._note), self._settings)

    def install(self, plans: Sequence[ServicePlan], *, force: bool) -> dict[str, Written]:
        """Write the units, and have them started with the user's session; by unit.

        Raises:
            ServiceError: one is somebody else's, or was changed; nothing is done about those after it.
        """
        done: dict[str, Written] = {}
        for plan in plans:
            name, text = self.unit(plan)
            self._make_folders(plan)
            done[name] = write_unit(self._folder / name, text, force=force)
        if not manager_runs():
            self._note(
                "no systemd of this user runs here: it finds the units when it starts, and does not start them yet"
            )
            return done
        self._systemctl("daemon-reload")
        self._systemctl("enable", "--quiet", *done)
        return done

    def uninstall(self, names: Sequence[str], *, force: bool) -> dict[str, Written]:
        """Stop the services and remove their units; by unit."""
        done: dict[str, Written] = {}
        runs = manager_runs()
        for name in names:
            unit = unit_name(name)
            path = self._folder / unit
            if may_be_removed(path, force=force) and runs:
                self._systemctl("disable", "--now", "--quiet", unit)
            done[unit] = remove_unit(path, force=force)
        if runs:
            self._systemctl("daemon-reload")
        return done

    def start(self, plan: ServicePlan) -> None:
        """Have it run by its unit, which must be installed, and be what the config says."""
        self._require_current(plan)
        self._systemctl("start", unit_name(plan.name))

    def stop(self, name: str) -> None:
        """End it, and wait for that."""
        self._systemctl("stop", unit_name(name))

    def require_unchanged(self, plan: ServicePlan) -> None:
        """Its unit is the one that `install` would write now.

        Raises:
            ServiceError: it is not, or is not there.
        """
        name, text = self.unit(plan)
        path = self._folder / name
        if not path.exists() or path.read_text("utf-8") != text:
            raise ServiceError(
                f"{path} is not what the config says; `sixnines service install {plan.name}` brings it there"
            )

    def replace(self, plan: ServicePlan) -> None:
        """Write its unit anew where it has changed, and start it again."""
        name, text = self.unit(plan)
        if write_unit(self._folder / name, text, force=False) is not Written.SAME:
            self._systemctl("daemon-reload")
        self._systemctl("restart", name)

    def report(self, names: Sequence[str]) -> list[ServiceReport]:
        """How they are. An engine's unit is active as soon as it runs; whether it is ready is for who asks it."""
        return [self._report(name) for name in names]

    def known(self) -> list[str]:
        """Those whose units were written from this config."""
        found = map(written_for, sorted(self._folder.glob("sixnines-*.service")))
        return [name for name, config in filter(None, found) if config == str(self._settings.config)]

    def logs_command(self, name: str, *, lines: int, follow: bool) -> list[str]:
        """What shows its journal."""
        return [
            *("journalctl", "--user", "--unit", unit_name(name), "--lines", str(lines), "--no-pager"),
            *(["--follow"] if follow else []),
        ]

    def _report(self, name: str) -> ServiceReport:
        shown = self._systemctl("show", f"--property={_SHOWN}", unit_name(name))
        said = dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)
        state = _STATES.get(said.get("ActiveState", ""), ServiceState.STOPPED)
        if said.get("SubState") == "auto-restart":
            state = ServiceState.WAITING
        note = said.get("StatusText", "")
        if said.get("LoadState") == "not-found":
            note = "not installed"
        elif said.get("Result") not in {None, "", "success"}:
            note = f"{said['Result']} {note}".strip()
        pid, restarts = said.get("MainPID", "0"), said.get("NRestarts", "0")
        return ServiceReport(name=name, state=state, pid=int(pid) or None, restarts=int(restarts), note=note)

    def _require_current(self, plan: ServicePlan) -> None:
        name, text = self.unit(plan)
        path = self._folder / name
        if not path.exists():
            raise ServiceError(f"{name} is not installed; `sixnines service install {plan.name}` does that")
        if path.read_text("utf-8") != text:
            self._note(
                f"{name} is not what the config says now; `sixnines service install {plan.name}` brings it there"
            )

    def _make_folders(self, plan: ServicePlan) -> None:
        """What it writes to must be there before: it cannot make folders where it may not write."""
        folders = [self._settings.home / cache for cache in CACHES.get(plan.kind, ())]
        for folder in [*map(Path, folders), *map(Path, plan.writable)]:
            try:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            except OSError as problem:
                self._note(f"{folder} cannot be made: {problem.strerror}; the service cannot write there")

    def _systemctl(self, *words: str) -> str:
        program = shutil.which("systemctl")
        if program is None:
            raise ServiceError("there is no systemctl here; `--supervisor builtin` does without systemd")
        done = _run([program, "--user", *words])
        if done.returncode != 0:
            said = done.stderr.strip() or f"status {done.returncode}"
            raise ServiceError(f"systemctl --user {' '.join(words)}: {said}")
        return done.stdout


def ready_now(report: ServiceReport, plan: ServicePlan) -> ServiceReport:
    """A report in which `ready` means that it answers, and not only that its process runs."""
    if report.state is ServiceState.READY and plan.port and not is_ready(plan):
        return msgspec.structs.replace(report, state=ServiceState.STARTING, note=report.note or "does not answer yet")
    return report


def _located(plan: ServicePlan, note: Callable[[str], None]) -> ServicePlan:
    """The plan with its program as a path: systemd knows nothing of the user's PATH."""
    program = plan.command[0]
    if os.sep in program:
        return plan
    found = shutil.which(program)
    if found is None:
        note(f"{plan.name}: there is no {program} in PATH; `service.binary` names the program")
        return plan
    return msgspec.structs.replace(plan, command=(found, *plan.command[1:]))


def _run(words: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    try:
        return subprocess.run(  # noqa: S603 - words of our own
            words, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=_ANSWER_S
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise ServiceError(f"{words[0]} cannot be run: {problem}") from None
