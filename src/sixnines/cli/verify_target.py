"""Which gateway `sixnines verify` asks, as whom, and by which config: worked out before anything is asked."""

from dataclasses import dataclass
from pathlib import Path

import httpx
import typer

from sixnines.config.document import Document
from sixnines.config.load import Loaded, read_config
from sixnines.config.secret import Secret
from sixnines.config.secret_refs import resolve_secret, resolve_secrets
from sixnines.config.snapshot import Snapshot
from sixnines.config.urls import is_everywhere, is_loopback
from sixnines.control import presence
from sixnines.control.archive import folder_of
from sixnines.control.verify.asking import Doors
from sixnines.errors import ConfigError
from sixnines.registry import CATALOG
from sixnines.settings import Settings


@dataclass(frozen=True, slots=True)
class Target:
    """What is verified.

    Attributes:
        loaded: the config, without errors.
        doors: how the gateway is reached.
        where: what to call it.
        reaches_providers: its providers can be asked from here as well.
        notes: what the operator should know.
    """

    loaded: Loaded
    doors: Doors
    where: str
    reaches_providers: bool
    notes: tuple[str, ...]

    @property
    def digest(self) -> str:
        """Of the config."""
        return "" if self.loaded.snapshot is None else self.loaded.snapshot.digest

    @property
    def providers(self) -> list[str]:
        """Their names, in the order of the config."""
        return [] if self.loaded.snapshot is None else [*self.loaded.snapshot.providers]


def find_target(
    config: Path, settings: Settings, gateway: str | None, *, key: str | None, admin_key: str | None
) -> Target:
    """Work it out.

    Args:
        config: the config file.
        settings: of the process.
        gateway: its address, if one was given.
        key: the reference to a caller's key, if it was given.
        admin_key: the reference to the admin's, likewise.

    Raises:
        ConfigError: the config has errors, missing secrets aside.
        typer.BadParameter: an option cannot be used.
    """
    loaded = read_config(config, settings.environment, CATALOG)
    notes: list[str] = []
    has_secrets = loaded.snapshot is not None
    if not has_secrets:
        # A gateway that runs as a service has secrets that this shell has not, and they are not needed to ask it.
        loaded = read_config(config, None, CATALOG)
        notes.append("not all secrets of the config are here: providers are not asked directly")
    snapshot, document = loaded.snapshot, loaded.document
    if snapshot is None or document is None:
        raise ConfigError(read_config(config, settings.environment, CATALOG).report().rstrip())
    url, socket = _addresses(config, settings, gateway, snapshot)
    secrets, _ = resolve_secrets(document, settings.environment, config.parent)
    doors = Doors(
        url,
        socket,
        _key(key, "--key", settings) or _first(document.server.api_keys, secrets),
        _key(admin_key, "--admin-key", settings) or _first(_admin(document), secrets),
    )
    if document.server.api_keys and socket is None and doors.key is None and doors.admin_key is None:
        raise typer.BadParameter("callers need a key there, and none is known here; give one", param_hint="--key")
    return Target(loaded, doors, url, has_secrets and is_loopback(httpx.URL(url).host), tuple(notes))


def _addresses(config: Path, settings: Settings, gateway: str | None, snapshot: Snapshot) -> tuple[str, Path | None]:
    """Where callers reach it, and its owner's socket."""
    if gateway is not None:
        return _checked(gateway), None
    try:
        said = presence.find(folder_of(settings.state_home, config))
    except PermissionError:
        said = None
    if said is not None:
        return said.address, Path(said.socket)
    host, port = snapshot.server.host, snapshot.server.port
    if not port:
        raise typer.BadParameter(
            "the config leaves the port to the system, and no gateway of it is running here; give its address",
            param_hint="--gateway",
        )
    host = "127.0.0.1" if is_everywhere(host) else host
    return f"http://{f'[{host}]' if ':' in host else host}:{port}", None


def _checked(url: str) -> str:
    try:
        parsed = httpx.URL(url.rstrip("/"))
    except httpx.InvalidURL:
        parsed = httpx.URL("")
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise typer.BadParameter("give an address as http://HOST:PORT", param_hint="--gateway")
    return str(parsed)


def _key(reference: str | None, option: str, settings: Settings) -> Secret | None:
    if reference is None:
        return None
    try:
        return resolve_secret(reference, settings.environment, Path())
    except ValueError as problem:
        raise typer.BadParameter(str(problem), param_hint=option) from None


def _admin(document: Document) -> tuple[str, ...]:
    return () if document.server.admin_key is None else (document.server.admin_key,)


def _first(references: tuple[str, ...], secrets: dict[str, Secret]) -> Secret | None:
    return next((secrets[each] for each in references if each in secrets), None)
