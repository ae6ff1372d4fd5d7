"""`sixnines service switch-model`: config, gateway and engine put together for `services/switching.py`."""

import contextlib
import os
import pwd
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from sixnines.clock import SystemClock
from sixnines.config.diagnostics import Severity
from sixnines.config.document import Document
from sixnines.config.load import Loaded, read_sources
from sixnines.config.secret import Secret
from sixnines.config.sources import SourceFile
from sixnines.registry import CATALOG
from sixnines.services.asking import EngineAsker
from sixnines.services.change_model import service_to_switch, with_model
from sixnines.services.commands import Desk
from sixnines.services.door import GatewayDoor
from sixnines.services.engines import ENGINES
from sixnines.services.interface import ServiceState
from sixnines.services.plan import ServicePlan
from sixnines.services.plans import Frame, plan_gateway, plan_provider
from sixnines.services.readiness import is_ready
from sixnines.services.switching import Switch
from sixnines.services.trouble import ServiceError


class ModelSwitch:
    """Changes the model of one provider.

    Args:
        path: the config file.
        loaded: what is in it, without errors.
        desk: its services.
        frame: what plans are made with.
        secrets: the secrets that can be had here, by reference.
    """

    def __init__(
        self,
        path: Path,
        loaded: Loaded,
        *,
        desk: Desk,
        frame: Frame,
        secrets: Callable[[Document], Mapping[str, Secret]],
    ) -> None:
        if loaded.document is None:
            raise ServiceError("the config cannot be read")
        self._path = path
        self._loaded = loaded
        self._document = loaded.document
        self._desk = desk
        self._frame = frame
        self._secrets = secrets(loaded.document)

    def run(self, name: str, model: str) -> int:
        """Do it. Returns the exit status.

        Raises:
            ServiceError: it is not possible, or failed; says what became of it.
        """
        service_to_switch(self._document, name)
        model = self._as_in_config(name, model)
        sources = with_model(self._loaded.sources, self._document, name, model)
        old, new = plan_provider(self._document, name, self._frame), self._plan_of(sources, name)
        if old == new:
            self._desk.say(f"{name} has {model} already, as the config says")
            return 0
        self._require_running(old)
        self._require_key(name)
        self._desk.host.require_unchanged(old)
        drain_s = self._document.server.drain_s
        with self._door() as door:
            switch = Switch(
                self._desk.host, EngineAsker(self._keys()), door,
                say=self._desk.say, monotonic_s=SystemClock().monotonic_s, sleep=self._desk.sleep,
            )  # fmt: skip
            note = f"service switch-model {name}: {old.model} -> {new.model}"
            switch.run(old, new, lambda: self._record(sources, note, door), drain_s=drain_s)
        self._desk.say(f"{name}: {old.model} -> {new.model}")
        return 0

    def _as_in_config(self, name: str, model: str) -> str:
        """The model as the config may name it: a file is relative to the config, or absolute.

        Raises:
            ServiceError: there is no such file. Nothing has been touched.
        """
        provider = self._document.providers[name]
        service = service_to_switch(self._document, name)
        is_file = ENGINES[provider.kind].model_is_file and service.model is not None
        if not is_file or (self._path.parent / model).is_file():
            return model
        here = Path(model).absolute()
        if here.is_file():
            return str(here)
        raise ServiceError(f"there is no file {model}, neither beside {self._path.name} nor here; nothing was changed")

    def _plan_of(self, sources: Sequence[SourceFile], name: str) -> ServicePlan:
        """What the changed config says.

        Raises:
            ServiceError: it says something else than it should, or nothing.
        """
        loaded = read_sources(sources, self._loaded.name, None, CATALOG, directory=self._path.parent)
        if loaded.document is None or any(each.severity is Severity.ERROR for each in loaded.diagnostics):
            raise ServiceError(f"the config would have errors with this model; nothing was changed\n{loaded.report()}")
        return plan_provider(loaded.document, name, self._frame)

    def _require_running(self, old: ServicePlan) -> None:
        (report,) = self._desk.reports([old.name])
        if report.state is not ServiceState.READY:
            hint = f"change it in {self._path}, and `sixnines service start {old.name}`"
            raise ServiceError(f"{old.name} is {report.state}: there is nothing to switch; {hint}")

    def _require_key(self, name: str) -> None:
        key = self._document.providers[name].api_key
        if key is not None and key not in self._secrets:
            raise ServiceError(
                f"the key of {name} ({key}) is not to be had here, and without it nothing can be verified"
            )

    @contextlib.contextmanager
    def _door(self) -> Iterator[GatewayDoor | None]:
        """To the gateway of this config, if it runs, as a service or by hand."""
        plan = plan_gateway(self._document, self._frame)
        if plan.port == 0 or not is_ready(plan):
            yield None
            return
        key = self._document.server.admin_key
        with contextlib.closing(GatewayDoor(plan, None if key is None else self._secrets.get(key))) as door:
            yield door

    def _keys(self) -> dict[str, Secret]:
        found = {name: provider.api_key for name, provider in self._document.providers.items()}
        return {name: self._secrets[key] for name, key in found.items() if key is not None and key in self._secrets}

    def _record(self, sources: Sequence[SourceFile], note: str, door: GatewayDoor | None) -> None:
        """Write what has changed, and have the gateway take it up as a revision (ADR 0019): both, or neither."""
        pairs = [
            (before, after) for before, after in zip(self._loaded.sources, sources, strict=True) if before != after
        ]
        paths = [(self._path.parent / after.path).resolve() for _, after in pairs]
        for path, (before, _) in zip(paths, pairs, strict=True):
            _require_unchanged(path, before)
        done: list[tuple[Path, bytes]] = []
        try:
            for path, (before, after) in zip(paths, pairs, strict=True):
                _replace(path, after.content)
                done.append((path, before.content))
            revision = None if door is None else door.apply(sources, note, _user())
        except BaseException:
            for path, content in done:
                _replace(path, content)
            raise
        recorded = "" if revision is None else f" (revision {revision})"
        for path in paths:
            self._desk.say(f"config: {path} names the new model{recorded}")


def _user() -> str:
    """Who does it, for the record."""
    with contextlib.suppress(KeyError):
        return pwd.getpwuid(os.getuid()).pw_name
    return f"user {os.getuid()}"


def _require_unchanged(path: Path, read: SourceFile) -> None:
    """Somebody may have written to the file meanwhile: his work is not undone.

    Raises:
        ServiceError: somebody has.
    """
    if path.read_bytes() != read.content:
        raise ServiceError(f"{path} was changed by somebody else meanwhile")


def _replace(path: Path, content: bytes) -> None:
    """Write a file so that it is the old one or the new one, whatever happens (rename(2))."""
    temporary = path.with_name(f".{path.name}.new")
    try:
        with temporary.open("wb") as file:
            os.fchmod(file.fileno(), path.stat().st_mode & 0o7777)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
