"""Asks a `sixnines serve` of its own to change its config, as commands do."""

from pathlib import Path

from sixnines.client.gateway import GatewayClient
from sixnines.config.sources import SourceFile
from sixnines.control.archive import Archive, folder_of
from sixnines.control.asked import ApplyAsked, RollbackAsked
from sixnines.control.events import Ended
from sixnines.control.presence import find
from support.gateway_process import GatewayProcess
from support.lab import config_text


def archive_of(gateway: GatewayProcess) -> Archive:
    """What the gateway has recorded."""
    return Archive(folder_of(gateway.state_home / "sixnines", gateway.file))


def owner_of(gateway: GatewayProcess) -> GatewayClient:
    """A client at the owner's socket."""
    found = find(archive_of(gateway).folder)
    assert found is not None, gateway.log
    return GatewayClient.at_socket(Path(found.socket))


def files_of(config: str) -> list[SourceFile]:
    """A config that is one file."""
    return [SourceFile("sixnines.yaml", config_text(config).encode())]


def apply(gateway: GatewayProcess, config: str, **terms) -> Ended:
    """Have a config applied, without watching unless that is wanted."""
    asked = ApplyAsked(files=files_of(config), **{"author": "tester", "watch_s": 0.0, "verify": False, **terms})
    with owner_of(gateway) as owner:
        *_, last = owner.apply(asked)
    return last


def roll_back(gateway: GatewayProcess, number: int | None = None, **terms) -> Ended:
    """Have an earlier config applied."""
    with owner_of(gateway) as owner:
        *_, last = owner.rollback(RollbackAsked(revision=number, **{"author": "tester", **terms}))
    return last


def socket_of(gateway: GatewayProcess) -> Path:
    """Where the owner's socket is."""
    return Path(owner_of(gateway).where)
