"""Puts the bookkeeper of a gateway together: what it is told of providers, and whom it tells what it has counted.

Never decides what counts (`reliability.outcomes`) nor where it is kept.
"""

import logging
import secrets
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from sixnines.config.snapshot import Snapshot
from sixnines.engine.services import GenerationCell, Services
from sixnines.health.state import HealthState
from sixnines.ledger.interface import Ledger
from sixnines.reliability.bookkeeper import Bookkeeper
from sixnines.reliability.tally import Tally
from sixnines.server.admin_availability import outcomes_counter

_log = logging.getLogger("sixnines")


def keep_books(
    tally: Tally,
    ledger: Callable[[Path, Callable[[Path], None]], Ledger],
    path: Path | None,
    *,
    services: Services,
    cell: GenerationCell,
    worker: int,
) -> Bookkeeper | None:
    """Who records what came of requests; None where it is kept nowhere.

    Args:
        tally: where the application counts it.
        ledger: keeps it in a file, and tells of one that had to be moved aside.
        path: of the file.
        services: of the gateway.
        cell: the current config.
        worker: which this is: the first records what probes found as well.
    """
    if path is None:
        return None

    def standings() -> Iterator[tuple[str, HealthState]]:
        config, now = cell.current.snapshot, services.clock.monotonic_s()
        for spec in config.providers.values() if worker == 1 and config.health.active else ():
            yield spec.name, services.board.provider(spec).standing(now).state

    def snapshot() -> Snapshot:
        return cell.current.snapshot

    number = secrets.randbits(62)  # SQLite's numbers have 63
    books = Bookkeeper(
        tally, partial(ledger, path, _tell_aside),
        clock=services.clock, snapshot=snapshot, standings=standings, number=number,
    )  # fmt: skip
    books.spending = services.spending
    books.counted = outcomes_counter(services.metrics)
    return books


def _tell_aside(path: Path) -> None:
    _log.warning("the ledger could not be read; it is kept as %s, and a new one is begun", path)
