"""What a change is made with, and how it is wanted. Values only."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import msgspec

from sixnines.clock import Clock
from sixnines.config.load import Loaded
from sixnines.config.sources import SourceFile
from sixnines.control.durable import nothing
from sixnines.control.events import Event
from sixnines.control.interface import Preflight, RunningGateway, Verifier
from sixnines.control.revision import Origin
from sixnines.control.store import RevisionStore
from sixnines.domain.kind import Catalog


def _untold(_event: Event) -> None:
    """What is told when nobody watches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """What a change is made with.

    Attributes:
        store: the revisions.
        load: reads a config from its files, with secrets as they hold where it will be served. Runs in a thread.
        on_disk: the digest (`config.sources.digest_of`) of the config file as it is on disk now; None if it cannot be
            read. Runs in a thread.
        clock: for times.
        gateway: the one that runs; None: nothing is activated, verified or watched.
        preflight: looks at a config before anything is served by it; None: nobody does.
        verifier: looks at what is served; None: nobody does.
        catalog: what is built in, for the risks of what is different; None: those are not looked for.
        tell: who watches. Called in the loop's thread; it must not block or raise.
        step: called after each step, with a word for it, where tests kill the process. What the store writes has points
            of its own (`RevisionStore.at`).
        sleep: waits for some seconds.
    """

    store: RevisionStore
    load: Callable[[Sequence[SourceFile]], Loaded]
    on_disk: Callable[[], str | None]
    clock: Clock
    gateway: RunningGateway | None = None
    preflight: Preflight | None = None
    verifier: Verifier | None = None
    catalog: Catalog | None = None
    tell: Callable[[Event], None] = _untold
    step: Callable[[str], None] = nothing
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """How a change is wanted.

    Attributes:
        author: who wants it, as the system knows him.
        note: why, in his words, or "".
        origin: what makes it.
        base: the revision that it was planned from, 0 for none; another one that holds by now makes it a stale plan.
            None: it was not planned.
        preflight: whether the providers that have changed are asked first.
        verify: whether the gateway is verified before it holds.
        watch_s: for so long the error rate is watched before it holds.
        force: go on although preflight speaks against it, or although the revision never held.
        dry_run: stop before anything is recorded.
    """

    author: str
    note: str = ""
    origin: Origin = Origin.APPLY
    base: int | None = None
    preflight: bool = True
    verify: bool = True
    watch_s: float = 60.0
    force: bool = False
    dry_run: bool = False
