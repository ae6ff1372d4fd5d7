"""The running gateway that a command is to look at, or what was tried to find one. Never starts one, never guesses."""

from dataclasses import dataclass
from pathlib import Path

import typer

from sixnines.cli.reach import at_address, locate, reach
from sixnines.client.gateway import GatewayClient
from sixnines.client.looking import gateway_state
from sixnines.config.load import read_config
from sixnines.config.secret import Secret
from sixnines.config.secret_refs import resolve_secret
from sixnines.config.urls import is_everywhere
from sixnines.control import presence
from sixnines.errors import GatewayUnreachable, SixNinesError
from sixnines.registry import CATALOG
from sixnines.settings import Settings


@dataclass(frozen=True, slots=True)
class Sought:
    """Which gateway is meant: the options of the command.

    Attributes:
        config: the config that was named, if one was.
        url: its address, if one was named.
        admin_key: the reference to its key, if one was named.
        settings: of the process.
    """

    config: Path | None
    url: str | None
    admin_key: str | None
    settings: Settings

    def connect(self) -> GatewayClient:
        """A client of it; whether it answers at an address that was named is not known yet.

        Raises:
            ConfigError: there is no config where one is looked for, or no key behind its reference.
            GatewayUnreachable: none runs; says what was tried.
            typer.BadParameter: the address is none.
        """
        if self.url is not None:
            try:
                return at_address(self.url, self.admin_key, self.settings)
            except GatewayUnreachable as problem:
                raise typer.BadParameter(str(problem), param_hint="--gateway") from None
        found = reach(self.config, self.settings)
        if found.gateway is not None:
            return found.gateway
        return self._at_its_address(locate(self.config, self.settings), found.store)

    def _at_its_address(self, config: Path, store: Path) -> GatewayClient:
        """One that could not say where it is, since nothing can be written there, listens as its config says."""
        tried = [_announced(store)]
        loaded = read_config(config, None, CATALOG)
        if loaded.snapshot is None or loaded.document is None:
            tried.append(f"{config} has errors (`sixnines check` says which), so its address is not known")
            raise _nowhere(config, tried)
        server = loaded.snapshot.server
        if not server.port:
            tried.append("the config leaves its port to the system")
            raise _nowhere(config, tried)
        host = "127.0.0.1" if is_everywhere(server.host) else server.host
        url = f"http://{f'[{host}]' if ':' in host else host}:{server.port}"
        key = self._key(loaded.document.server.admin_key, config)
        client = GatewayClient.at_url(url, key)
        try:
            state = gateway_state(client)
        except SixNinesError as problem:
            client.close()
            tried.append(str(problem))
            raise _nowhere(config, tried) from None
        if state is not None and not _same(Path(state.config), config):
            client.close()
            tried.append(f"at {url} answers the gateway of {state.config}")
            raise _nowhere(config, tried)
        return client

    def _key(self, configured: str | None, config: Path) -> Secret | None:
        reference = self.admin_key or configured
        if reference is None:
            return None
        try:
            return resolve_secret(reference, self.settings.environment, config.parent)
        except ValueError:
            return None


def _announced(store: Path) -> str:
    said = presence.announced(store)
    if said is None:
        return f"{store / presence.NAME} is not there"
    return f"{store / presence.NAME} names process {said.pid}, and nobody listens at its socket {said.socket}"


def _nowhere(config: Path, tried: list[str]) -> GatewayUnreachable:
    lines = "".join(f"\n  {each}" for each in tried)
    return GatewayUnreachable(
        f"no gateway of {config} is running here:{lines}\n"
        "start it with `sixnines serve`, or name one with --gateway URL --admin-key env:NAME"
    )


def _same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()
