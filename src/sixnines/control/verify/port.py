"""How the gateway and its providers are asked. Values and protocols only."""

import enum
from dataclasses import dataclass
from typing import Protocol

from sixnines.config.snapshot import ProviderSpec
from sixnines.control.verify.answer import Answer
from sixnines.providers.interface import ProbeResult


class Key(enum.Enum):
    """Which key a request shows."""

    OWN = "own"  # a caller's, or the admin's where no other is known
    CALLER = "caller"
    ADMIN = "admin"
    NONE = "none"


class Door(enum.Enum):
    """Where a request comes in."""

    ANY = "any"  # the owner's socket, where there is one: no key is needed there
    FRONT = "front"  # where callers come in


@dataclass(frozen=True, slots=True)
class Asked:
    """One request.

    Attributes:
        method, path: of HTTP.
        body: sent as JSON, bytes as they are; None for none.
        headers: beside those of every request.
        key, door: as whom, and where.
        timeout_s: how long any part of the answer may take.
    """

    method: str
    path: str
    body: object = None
    headers: tuple[tuple[str, str], ...] = ()
    key: Key = Key.OWN
    door: Door = Door.ANY
    timeout_s: float = 30.0


class Port(Protocol):
    """The gateway, as callers reach it."""

    @property
    def has_front(self) -> bool:
        """It can be asked where callers ask."""
        ...

    @property
    def has_key(self) -> bool:
        """A key that callers may use is known."""
        ...

    @property
    def has_admin_key(self) -> bool:
        """The admin's key is known."""
        ...

    @property
    def is_owner(self) -> bool:
        """It can be asked without a key."""
        ...

    async def ask(self, asked: Asked) -> Answer:
        """Send one request and read the whole answer.

        Raises:
            CheckFailed: none came; says why.
        """
        ...


class Lookup(Protocol):
    """Asks providers themselves, without spending a token."""

    async def probe(self, provider: ProviderSpec) -> ProbeResult:
        """Is it alive?"""
        ...

    async def models(self, provider: ProviderSpec) -> ProbeResult:
        """Which models does it have? `ProbeResult.models` is None where it does not tell."""
        ...
