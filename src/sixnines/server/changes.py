"""The changes of the config that this process runs: those that are asked for, and those of its files.

Never has two under way: the lock of the store sees to that. Never leaves one in the middle when the gateway stops or
whoever asked goes away: it goes back first.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace

from sixnines.config.load import Loaded
from sixnines.control.asked import ApplyAsked, RollbackAsked
from sixnines.control.completion import in_thread
from sixnines.control.deployment import Deployment
from sixnines.control.events import Diagnosed, Ended, Ending, Event, Warned
from sixnines.control.ports import Ports, Terms
from sixnines.control.revision import Origin
from sixnines.errors import ChangeUnderWay, ConfigError, SixNinesError, StoreUnusable
from sixnines.server.running import Running

_log = logging.getLogger("sixnines")

_UNKNOWN = "somebody with the admin key"

RENEWAL_WAIT_S = 85.0
"""Files are taken up once another change is over: an apply that watches for its usual minute is. Shorter than 90 s,
after which systemd takes a reload for failed."""

_TRY_AGAIN_S = 1.0


@dataclass(frozen=True, slots=True)
class Files:
    """The config's files on the disk of this machine.

    Attributes:
        read: reads them all; waits for the disk.
        name: of the first, for the log.
        owner: who runs this gateway, as the system knows him.
    """

    read: Callable[[], Loaded]
    name: str
    owner: str


class Changes:
    """See the top.

    Args:
        ports: what a change is made with; `tell` is put in for each.
        running: the gateway.
        files: of the config.
        settled: called after each change, whatever came of it.
        count: counts what came of each, in a word.
    """

    def __init__(
        self, ports: Ports, running: Running, files: Files, *, settled: Callable[[], None], count: Callable[[str], None]
    ) -> None:
        self._ports = ports
        self._running = running
        self._files = files
        self._settled = settled
        self._count = count
        self._tasks: set[asyncio.Task[Ended]] = set()
        self._renewals: set[asyncio.Task[None]] = set()
        self._warned = False
        self._one_renewal = asyncio.Lock()

    def apply(self, asked: ApplyAsked, tell: Callable[[Event], None]) -> "asyncio.Task[Ended]":
        """Begin to apply a config; whoever cancels the task has it taken back. Raises what `Deployment.apply` does."""
        terms = _terms(asked, Origin.APPLY, base=asked.base)
        deployment = Deployment(replace(self._ports, tell=tell))
        return self._begin(deployment.apply(asked.files, terms), terms)

    def rollback(self, asked: RollbackAsked, tell: Callable[[Event], None]) -> "asyncio.Task[Ended]":
        """Begin to apply an earlier config: see `apply`."""
        terms = _terms(asked, Origin.ROLLBACK)
        deployment = Deployment(replace(self._ports, tell=tell))
        return self._begin(deployment.rollback(asked.revision, terms), terms)

    async def renew(self) -> None:
        """Read the files, and serve what they say if it is something else. What comes of it is in the log."""
        task = asyncio.create_task(self._renew())
        self._renewals.add(task)
        task.add_done_callback(self._renewals.discard)
        await asyncio.wait([task])

    async def close(self) -> None:
        """Have what is under way go back, and wait for it."""
        under_way: set[asyncio.Task[Ended] | asyncio.Task[None]] = {*self._tasks, *self._renewals}
        for task in under_way:
            task.cancel()
        if under_way:
            await asyncio.wait(under_way)

    def _begin(self, work: Coroutine[object, object, Ended], terms: Terms) -> "asyncio.Task[Ended]":
        task: asyncio.Task[Ended] = asyncio.create_task(self._run(work, terms))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _run(self, work: Coroutine[object, object, Ended], terms: Terms) -> Ended:
        what = f"{terms.origin} by {terms.author}"
        result = "failed"
        try:
            ended = await work
            result = ended.ending.value
            _log.log(_LEVELS[ended.ending], "%s: %s", what, _summary(ended))
        except asyncio.CancelledError:
            result = Ending.ROLLED_BACK.value
            _log.warning("%s was broken off: revision %d is served", what, self._running.revision)
            raise
        except SixNinesError as problem:
            result = Ending.REFUSED.value
            _log.warning("%s is refused: %s", what, problem)
            raise
        else:
            return ended
        finally:
            self._settled()
            self._count(result.replace(" ", "_"))

    async def _renew(self) -> None:
        try:
            async with self._one_renewal:  # whoever asks again wants what is in the files then
                await self._take_up_when_free()
        except ConfigError as error:
            _log.error("config not reloaded, the old one stays:\n%s", error.report)
            self._count(Ending.REFUSED)
        except SixNinesError as error:
            _log.error("config not reloaded, the old one stays: %s", error)
            self._count(Ending.REFUSED)
        except Exception:  # noqa: BLE001 - a bug of ours must not end what runs
            _log.exception("config not reloaded, the old one stays")
            self._count("failed")
        finally:
            self._settled()

    async def _take_up_when_free(self) -> None:
        """Wait for somebody else's change, up to `RENEWAL_WAIT_S`, and serve what the files say by then.

        Raises:
            ChangeUnderWay: it is not over yet.
        """
        clock = self._ports.clock
        until_s = clock.monotonic_s() + RENEWAL_WAIT_S
        told = False
        while True:
            try:
                return await self._take_up(await in_thread(self._files.read))
            except ChangeUnderWay as problem:
                if clock.monotonic_s() >= until_s:
                    waited = f"that has not ended within {RENEWAL_WAIT_S:g} s, so reload again when it has"
                    raise ChangeUnderWay(f"{problem}; {waited}") from None
                if not told:
                    told = True
                    _log.info("config will be reloaded when another change is over: %s", problem)
            await self._ports.sleep(_TRY_AGAIN_S)

    async def _take_up(self, loaded: Loaded) -> None:
        """Serve what the files say."""
        if loaded.snapshot is None:  # before the lock: a broken file need not wait for anybody
            raise ConfigError(loaded.report().rstrip())
        terms = Terms(
            author=self._files.owner, origin=Origin.RELOAD, preflight=False, verify=False, watch_s=0.0, force=True
        )
        ports = replace(self._ports, load=lambda _: loaded, tell=_in_the_log)
        try:
            ended = await Deployment(ports).apply(loaded.sources, terms)
        except StoreUnusable as problem:
            await self._unrecorded(loaded, problem)
            return
        _tell_warnings(loaded)
        self._count(ended.ending.value.replace(" ", "_"))
        match ended.ending:
            case Ending.APPLIED:
                _log.info("config reloaded from %s (revision %s)", self._files.name, ended.revision)
            case Ending.UNCHANGED:
                _log.info("config reloaded from %s: it has not changed (revision %s)", self._files.name, ended.holds)
            case _:
                _log.error("config not reloaded, the old one stays: %s", ended.reason)

    async def _unrecorded(self, loaded: Loaded, problem: StoreUnusable) -> None:
        """What cannot be recorded is served all the same."""
        if not self._warned:
            self._warned = True
            _log.warning("changes are served and not recorded: %s", problem)
        _tell_warnings(loaded)
        for key in await self._running.activate(loaded, 0):
            _log.warning("%s has changed; the change takes effect at the next start", key)
        self._count(Ending.APPLIED)
        _log.info("config reloaded from %s", self._files.name)


_LEVELS = {
    Ending.APPLIED: logging.INFO,
    Ending.UNCHANGED: logging.INFO,
    Ending.CHECKED: logging.INFO,
    Ending.REFUSED: logging.WARNING,
    Ending.ROLLED_BACK: logging.WARNING,
    Ending.SERVED: logging.WARNING,
}


def _terms(asked: ApplyAsked | RollbackAsked, origin: Origin, *, base: int | None = None) -> Terms:
    """What both kinds of request say about how a change is wanted."""
    return Terms(
        author=asked.author or _UNKNOWN, note=asked.note, origin=origin, base=base, preflight=asked.preflight,
        verify=asked.verify, watch_s=asked.watch_s, force=asked.force, dry_run=asked.dry_run,
    )  # fmt: skip


def _summary(ended: Ended) -> str:
    number = "" if ended.revision is None else f"revision {ended.revision} "
    return f"{number}{ended.ending}" + (f": {ended.reason}" if ended.reason else "")


def _tell_warnings(loaded: Loaded) -> None:
    """What the checks of a config say that is served."""
    if loaded.diagnostics:
        _log.warning("%s", loaded.report().rstrip())


def _in_the_log(event: Event) -> None:
    """What nobody but the log is told."""
    match event:
        case Warned():
            _log.warning("%s", event.message)
        case Diagnosed():
            pass  # told already, with excerpts
        case _:
            pass
