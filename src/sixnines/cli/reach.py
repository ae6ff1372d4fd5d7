"""Which config a command is about, where its revisions are, and who changes it: the gateway that runs, or nobody.

Never starts a gateway, and never takes the place of one that runs: two at once would each believe to be the one that
decides.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from sixnines.client.gateway import GatewayClient
from sixnines.config.find import find_config, places
from sixnines.config.quantities import parse_duration
from sixnines.config.secret_refs import resolve_secret
from sixnines.control.archive import folder_of
from sixnines.control.presence import find
from sixnines.errors import ConfigError, GatewayUnreachable
from sixnines.settings import Settings

# The options that commands share which ask a gateway.
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
        store: the folder of its revisions.
        socket: of the gateway that runs, or None.
    """

    config: Path
    store: Path
    socket: Path | None


def reach(config: Path | None, settings: Settings) -> Reach:
    """Find out what a command is about.

    Raises:
        ConfigError: no config was named, and there is none where one is looked for.
        GatewayUnreachable: a gateway runs, and it is somebody else's.
    """
    found = find_config(config, settings, Path.exists)
    if found is None:
        looked = " or ".join(str(place) for place in places(settings))
        raise ConfigError(f"sixnines: no config found at {looked}; name one with --config")
    store = folder_of(settings.state_home, found)
    try:
        presence = find(store)
    except PermissionError:
        raise GatewayUnreachable(
            f"the gateway of {found} belongs to another user; run this as that user, or reach it with --gateway URL "
            "--admin-key env:NAME"
        ) from None
    return Reach(found, store, None if presence is None else Path(presence.socket))


def at_address(url: str, admin_key: str | None, settings: Settings) -> GatewayClient:
    """The gateway at an address.

    Raises:
        ConfigError: the reference to the key leads nowhere.
        GatewayUnreachable: this is no address.
    """
    if admin_key is None:
        return GatewayClient.at_url(url, None)
    try:
        secret = resolve_secret(admin_key, settings.environment, Path())
    except ValueError as problem:
        raise ConfigError(f"sixnines: --admin-key: {problem}") from None
    return GatewayClient.at_url(url, secret)


def seconds(text: str, option: str) -> float:
    """What an option says that takes a duration.

    Raises:
        typer.BadParameter: it is none.
    """
    try:
        return 0.0 if re.fullmatch("0+", text) else parse_duration(text)
    except ValueError as problem:
        raise typer.BadParameter(str(problem), param_hint=option) from None
