"""What the actions of `sixnines service` do: from the config to plans, and from these to whoever runs them."""

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from sixnines.cli.columns import columns
from sixnines.cli.service_switch import ModelSwitch
from sixnines.clock import SystemClock
from sixnines.config.document import Document, secret_references
from sixnines.config.find import find_config, places
from sixnines.config.load import Loaded, read_config
from sixnines.config.secret import ReferenceKind, Secret, parse_reference
from sixnines.config.secret_refs import resolve_secrets
from sixnines.errors import ConfigError
from sixnines.registry import CATALOG
from sixnines.services.builtin import BuiltinHost
from sixnines.services.commands import Desk, status_lines
from sixnines.services.host import Site, Supervisor
from sixnines.services.plan import GATEWAY, ServicePlan
from sixnines.services.plans import Frame, plan_all, secrets_by_variable
from sixnines.services.readiness import probe_paths
from sixnines.services.references import read_environment_file
from sixnines.services.systemd import SystemdHost
from sixnines.services.trouble import ServiceError
from sixnines.settings import Settings, process_settings

_FOUND_PROBLEMS = 1
_OTHERS = 0o077


class Clerk:
    """The services of one config.

    Args:
        config: the file that was named, if one was.
        supervisor: who shall run them.
        workers: of the gateway; None for one.
    """

    def __init__(self, config: Path | None, supervisor: Supervisor, workers: str | None) -> None:
        self._settings = process_settings()
        self._path = _find(config, self._settings)
        self._supervisor = supervisor
        self._workers = workers
        self._site = Site(self._path, sys.executable, self._settings, _note)

    def start(self, names: Sequence[str]) -> int:
        """Start services and wait until they are ready."""
        desk = self._desk()
        return desk.start(desk.named(names))

    def restart(self, names: Sequence[str]) -> int:
        """End services and start them by the config of now."""
        desk = self._desk()
        return desk.restart(desk.named(names))

    def stop(self, names: Sequence[str]) -> int:
        """End services."""
        desk = self._desk(lenient=True)
        return desk.stop(desk.named(names))

    def status(self, names: Sequence[str]) -> int:
        """Show how services are. Returns 1 where one that was named, or any, has failed."""
        desk = self._desk(lenient=True)
        reports = desk.reports(desk.named(names))
        print("\n".join(columns(list(status_lines(reports, desk.plans)), indent=0, right=(3, 4))))
        if isinstance(desk.host, BuiltinHost) and (pid := desk.host.supervisor()) is not None:
            print(f"\nsupervised by process {pid}; logs: {desk.host.folder}")
        return _FOUND_PROBLEMS if any(each.state == "failed" for each in reports) else 0

    def logs(self, names: Sequence[str], *, lines: int, follow: bool) -> int:
        """Show what services have said."""
        desk = self._desk(lenient=True)
        status = 0
        for name in desk.named(names):
            words = desk.host.logs_command(name, lines=lines, follow=follow)
            try:
                status = subprocess.run(words, check=False).returncode or status  # noqa: S603 - words of our own
            except KeyboardInterrupt:  # how one stops following
                return 0
            except FileNotFoundError:
                raise ServiceError(f"there is no {words[0]} here, which shows logs") from None
        return status

    def install(self, names: Sequence[str], *, dry_run: bool, force: bool) -> int:
        """Write systemd units, or print them."""
        if self._supervisor is Supervisor.BUILTIN:
            raise ServiceError(_NOTHING_TO_INSTALL)
        host = self._site.systemd() if dry_run else self._site.choose(self._supervisor)
        desk = self._desk(host)
        plans = [desk.plans[name] for name in desk.named(names)]
        if isinstance(host, BuiltinHost):
            raise ServiceError(f"no systemd of this user runs here. {_NOTHING_TO_INSTALL}")
        if dry_run:
            for plan in plans:
                unit, text = host.unit(plan)
                print(f"# --- {unit}\n{text}")
            return 0
        for unit, what in host.install(plans, force=force).items():
            print(f"{unit}: {what}")
        self._look_at_secrets(plans)
        return 0

    def uninstall(self, names: Sequence[str], *, force: bool) -> int:
        """Stop services and remove their units."""
        host = self._site.choose(self._supervisor)
        if isinstance(host, BuiltinHost):
            raise ServiceError(
                "no systemd of this user runs here, and services under our own supervisor are not installed"
            )
        desk = self._desk(host, lenient=True)
        # A provider may have left the config before its unit is removed.
        left = host.known()
        meant = [*left] if "all" in names else [name for name in names if name in left]
        meant += [name for name in desk.named([name for name in names if name not in left]) if name not in meant]
        for unit, what in host.uninstall(meant, force=force).items():
            print(f"{unit}: {what}")
        return 0

    def switch_model(self, name: str, model: str) -> int:
        """Another model for a provider."""
        return ModelSwitch(self._path, self._read(), desk=self._desk(), frame=self._frame(), secrets=self._secrets).run(
            name, model
        )

    def _desk(self, host: SystemdHost | BuiltinHost | None = None, *, lenient: bool = False) -> Desk:
        """The services and who runs them. `lenient`: a config with errors hides nobody who is to be stopped."""
        try:
            plans = plan_all(self._document(), self._frame(), workers=self._workers)
        except ConfigError as problem:
            if not lenient:
                raise
            _note(f"{problem.report}\ngoing by what runs")
            plans = {}
        return Desk(plans, host or self._site.choose(self._supervisor), _say, SystemClock().monotonic_s, time.sleep)

    def _read(self) -> Loaded:
        """The config, in which secrets have not been looked for: services are started by others than this shell.

        Raises:
            ConfigError: it has errors.
        """
        loaded = read_config(self._path, None, CATALOG)
        if loaded.snapshot is None or loaded.document is None:
            raise ConfigError(loaded.report().rstrip())
        return loaded

    def _document(self) -> Document:
        document = self._read().document
        if document is None:
            raise ConfigError("")  # cannot be: `_read` has looked
        return document

    def _frame(self) -> Frame:
        settings = self._settings
        homes = {
            "XDG_CONFIG_HOME": str(settings.config_home.parent),
            "XDG_STATE_HOME": str(settings.state_home.parent),
        }
        path = settings.environment.get("PYTHONPATH")
        return Frame(
            config=self._path,
            python=sys.executable,
            state_home=settings.state_home,
            variables=homes if path is None else {**homes, "PYTHONPATH": path},
            probe_paths=probe_paths(),
            catalog=CATALOG,
        )

    def _secrets(self, document: Document) -> dict[str, Secret]:
        """Those that can be had here, by reference."""
        known = {**self._settings.environment, **read_environment_file(self._site.environment_file)}
        return resolve_secrets(document, known, self._path.parent)[0]

    def _look_at_secrets(self, plans: Sequence[ServicePlan]) -> None:
        """What the services will look for and systemd does not have: the variables of this shell are not its own."""
        needed = secrets_by_variable(plans)
        if any(plan.name == GATEWAY for plan in plans):
            references = [parse_reference(text) for _, text in secret_references(self._document())]
            needed |= {each.target for each in references if each.kind is ReferenceKind.ENV}
        file = self._site.environment_file
        missing = sorted(needed - set(read_environment_file(file)))
        if missing:
            _note(f"systemd does not know the variables of this shell: put {', '.join(missing)} into {file}")
        if file.exists() and file.stat().st_mode & _OTHERS:
            _note(f"others on this machine may read {file}: chmod 600 {file}")


_NOTHING_TO_INSTALL = (
    "`sixnines service start` runs the services under a supervisor of our own; there is nothing to install"
)


def _find(config: Path | None, settings: Settings) -> Path:
    """The config file; absolute.

    Raises:
        ConfigError: there is none.
    """
    found = find_config(config, settings, Path.exists)
    if found is None:
        looked = " or ".join(str(place) for place in places(settings))
        raise ConfigError(f"sixnines: no config found at {looked}; name one with --config")
    return found.absolute()


def _say(text: str) -> None:
    print(text, flush=True)


def _note(text: str) -> None:
    print(f"note: {text}", file=sys.stderr)
