"""Which config a command is about, where its revisions are, and who changes it: the gateway that runs, or nobody.

Never starts a gateway, and never takes the place of one that runs: two at once would each believe to be the one that
decides.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from sixnines.client.gateway import GatewayClient
from sixnines.config.find import FILE_NAME, find_config, places
from sixnines.config.quantities import parse_duration
from sixnines.config.secret_refs import resolve_secret
from sixnines.control.archive import folder_of
from sixnines.control.presence import find
from sixnines.errors import ConfigError, GatewayUnreachable
from sixnines.settings import Settings

# Options of all commands that may ask a gateway.
ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="Config file. Else ./sixnines.yaml, else the one in $XDG_CONFIG_HOME."),
]
GatewayOption = Annotated[
    str | None, typer.Option("--gateway", metavar="URL", help="Ask the gateway at this address, with its admin key.")
]
AdminKeyOption = Annotated[
    str | None, typer.Option("--admin-key", metavar="REFERENCE", help="For --gateway: env:NAME or file:PATH.")
]
NoteOption = Annotated[str, typer.Option("--note", "-m", help="Why, for whoever reads the history.")]


@dataclass(frozen=True, slots=True)
class Reach:
    """A config, and who changes it.

    Attributes:
        config: the file, as it was named; it need not be there.
        store: the folder of its revisions on this machine.
        gateway: the one to ask; None: none runs.
    """

    config: Path
    store: Path
    gateway: GatewayClient | None


def locate(config: Path | None, settings: Settings) -> Path:
    """The config file that a command is about: the one that was named, whether or not it is there.

    Raises:
        ConfigError: none was named, and there is none where one is looked for.
    """
    found = find_config(config, settings, Path.exists)
    if found is None:
        looked = " or ".join(str(place) for place in places(settings))
        raise ConfigError(f"sixnines: no config found at {looked}; name one with --config")
    return found


def reach(config: Path | None, settings: Settings, url: str | None = None, admin_key: str | None = None) -> Reach:
    """Find out what a command is about.

    Args:
        config: the config that was named, if one was.
        settings: where configs and state are.
        url: the address of a gateway, if one was named.
        admin_key: the reference to its key, if one was named.

    Raises:
        ConfigError: there is no config where one is looked for, or no key behind its reference.
        GatewayUnreachable: the gateway that runs is somebody else's, or the address is none.
    """
    if url is not None:
        file = find_config(config, settings, Path.exists) or Path(FILE_NAME)
        return Reach(file, folder_of(settings.state_home, file), at_address(url, admin_key, settings))
    found = locate(config, settings)
    store = folder_of(settings.state_home, found)
    try:
        presence = find(store)
    except PermissionError:
        raise GatewayUnreachable(
            f"the gateway of {found} belongs to another user; run this as that user, or reach it with --gateway URL "
            "--admin-key env:NAME"
        ) from None
    return Reach(found, store, None if presence is None else GatewayClient.at_socket(Path(presence.socket)))


def seconds(text: str, option: str) -> float:
    """What an option says that takes a duration, or `0`.

    Raises:
        typer.BadParameter: it is none.
    """
    try:
        return 0.0 if text == "0" else parse_duration(text)
    except ValueError as problem:
        raise typer.BadParameter(str(problem), param_hint=option) from None


def at_address(url: str, admin_key: str | None, settings: Settings) -> GatewayClient:
    """The gateway at an address.

    Raises:
        ConfigError: there is no key behind its reference.
        GatewayUnreachable: this is no address.
    """
    if admin_key is None:
        return GatewayClient.at_url(url, None)
    try:
        return GatewayClient.at_url(url, resolve_secret(admin_key, settings.environment, Path()))
    except ValueError as problem:
        raise ConfigError(f"sixnines: --admin-key: {problem}") from None
