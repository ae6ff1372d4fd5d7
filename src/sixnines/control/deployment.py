"""Changes of a config, one at a time: what is wanted is looked at under the lock, and handed to a transaction.

Never changes anything for a config that has errors, for a plan that is stale, or for what holds already.
"""

import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sixnines.config.load import Loaded
from sixnines.config.sources import SourceFile, digest_of
from sixnines.control.chronicle import Chronicle
from sixnines.control.completion import complete, in_thread
from sixnines.control.difference import difference
from sixnines.control.events import Compared, Ended, Ending, Step
from sixnines.control.interface import RunningGateway
from sixnines.control.lineage import before, original
from sixnines.control.ports import Ports, Terms
from sixnines.control.revision import Draft, Fate, Origin, Outcome
from sixnines.control.risks import find_risks
from sixnines.control.transaction import Transaction, Wanted
from sixnines.errors import ConfigError, ControlError, StalePlan, StoreUnusable, UnknownRevision


@dataclass(frozen=True, slots=True)
class _Target:
    """Where a rollback goes.

    Attributes:
        number: of the revision.
        of: the one that it has the sources of (`lineage.original`).
        files: these.
        outcome: what became of it, or None if that is not known.
        head: what holds now.
    """

    number: int
    of: int
    files: tuple[SourceFile, ...]
    outcome: Outcome | None
    head: int | None


class Deployment:
    """Changes the config of one file, in the gateway that runs or for the next start.

    Args:
        ports: what it is done with.
    """

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._store = ports.store

    async def apply(self, files: Sequence[SourceFile], terms: Terms) -> Ended:
        """Have a config hold. Nothing is told before it is clear that it has no errors and is no stale plan.

        Args:
            files: all that it is made of, the one that the operator names first.
            terms: how it is wanted.

        Returns:
            How it ended; the same was told as the last event.

        Raises:
            ConfigError: the config has errors.
            ChangeUnderWay: somebody else changes it at the moment.
            StalePlan: another revision holds than the one that this was planned from.
            ActivationRefused: nothing has changed in the files, and the gateway refuses to read their secrets again.
            StoreUnusable, CorruptRevision: it cannot be recorded; nothing has changed.
        """
        async with self._held(terms, terms.origin.value) as settled:
            loaded = await self._read(files)
            head = await in_thread(self._store.head)
            _refuse_stale(terms.base, head)
            return await self._change(loaded, terms, head, of=None, settled=settled)

    async def rollback(self, number: int | None, terms: Terms) -> Ended:
        """Have an earlier config hold again, as a new revision.

        Where it cannot be recorded, a gateway that runs serves it all the same, unless something was to be found out
        first: whoever goes back wants to be rid of what is served now, and the disk may be full because of that.

        Args:
            number: the revision whose files they are; None: what held before (`lineage.before`).
            terms: how it is wanted. The origin is `rollback` whatever they say.

        Raises:
            UnknownRevision: there is none of that number, or nothing held before.
            CorruptRevision: what is kept of it is not what was recorded.
            ConfigError: it has errors by now: a secret that is gone, a check that is stricter.
            ControlError: see `apply`.
        """
        try:
            async with self._held(terms, Origin.ROLLBACK.value) as settled:
                target = await in_thread(self._target, number)
                if against := _never_held(target, terms):
                    return self._refused(target, against)
                loaded = await self._read_again(target)
                return await self._change(loaded, terms, target.head, of=target.of, settled=settled)
        except StoreUnusable as problem:
            if self._ports.gateway is None or terms.dry_run:
                raise
            return await self._serve_unrecorded(self._ports.gateway, number, terms, problem)

    async def _serve_unrecorded(
        self, gateway: RunningGateway, number: int | None, terms: Terms, problem: StoreUnusable
    ) -> Ended:
        """Go back in memory alone. Whoever else changes the config cannot record anything either."""
        if terms.preflight or terms.verify or terms.watch_s > 0:
            raise StoreUnusable(
                f"{problem}; a rollback that asks, verifies and watches nothing is served without being recorded"
            ) from None
        target = await in_thread(self._target, number)
        if against := _never_held(target, terms):
            return self._refused(target, against)
        loaded = await self._read_again(target)
        chronicle = self._chronicle()
        chronicle.warn(f"this cannot be recorded: {problem}")
        chronicle.begin(Step.ACTIVATE, f"serving new requests by revision {target.number}, without a record")
        chronicle.restart = tuple(await complete(gateway.activate(loaded, target.number)))
        for key in chronicle.restart:
            chronicle.warn(f"{key} has changed; the change takes effect at the next start")
        held = "nothing" if target.head is None else f"revision {target.head}"
        reason = (
            f"{held} holds still, and the next start would serve that; mend what is in the way, then "
            f"`sixnines rollback {target.number}` once more"
        )
        return chronicle.end(Ending.SERVED, revision=None, holds=target.head, running=target.number, reason=reason)

    def _refused(self, target: _Target, reason: str) -> Ended:
        running = None if self._ports.gateway is None else self._ports.gateway.revision
        return self._chronicle().end(Ending.REFUSED, revision=None, holds=target.head, running=running, reason=reason)

    async def _read_again(self, target: _Target) -> Loaded:
        try:
            return await self._read(target.files)
        except ConfigError as problem:
            said = f"revision {target.number} cannot be applied as things are now:\n{problem.report}"
            raise ConfigError(said) from None

    async def _change(
        self, loaded: Loaded, terms: Terms, head: int | None, *, of: int | None, settled: Sequence[Outcome]
    ) -> Ended:
        chronicle = self._chronicle()
        chronicle.begin(Step.CHECK, f"{loaded.summary()}")
        for outcome in settled:
            if outcome.fate is not Fate.APPLIED:
                chronicle.warn(f"revision {outcome.number} was left in the middle: {outcome.reason}")
        chronicle.diagnose(loaded.diagnostics)
        self._ports.step("checked")
        on_disk = await in_thread(self._ports.on_disk)
        gateway = self._ports.gateway
        if head is not None and await in_thread(self._holds_already, loaded, head, on_disk):
            if gateway is not None and not terms.dry_run:
                chronicle.restart = tuple(await complete(gateway.activate(loaded, head)))
            running = None if gateway is None else gateway.revision
            reason = f"revision {head} is the same"
            return chronicle.end(Ending.UNCHANGED, revision=None, holds=head, running=running, reason=reason)
        origin = terms.origin if of is None else Origin.ROLLBACK
        draft = Draft(author=terms.author, origin=origin, note=terms.note, of=of, file_digest=on_disk)
        current = gateway.loaded if gateway is not None else await self._held_so_far(head)
        chronicle.compare(await in_thread(self._compare, current, loaded))
        wanted = Wanted(loaded=loaded, draft=draft, terms=terms, head=head, current=current)
        return await Transaction(self._ports, wanted, chronicle).run()

    def _holds_already(self, loaded: Loaded, head: int, on_disk: str | None) -> bool:
        """Whether there is nothing to do: it is what holds and what is served, and a start would serve it too."""
        gateway = self._ports.gateway
        if gateway is not None and gateway.revision != head:
            return False
        try:
            revision = self._store.read(head)
        except ControlError:  # nothing to compare with: it is recorded anew
            return False
        digest = digest_of(loaded.sources)
        return revision.digest == digest and on_disk in (revision.file_digest, digest)

    def _compare(self, current: Loaded | None, loaded: Loaded) -> Compared:
        """What is different. It says what was meant, and decides nothing."""
        old, new = None if current is None else current.document, loaded.document
        if new is None or old == new:
            return Compared(changes=(), risks=())
        catalog = self._ports.catalog
        risks = () if catalog is None else find_risks(old, new, catalog)
        return Compared(changes=difference(old, new), risks=risks)

    def _target(self, number: int | None) -> _Target:
        head = self._store.head()
        if number is None:
            if head is None:
                raise UnknownRevision("no revision holds yet: there is nothing to go back to")
            number = before(head, self._store.read)
            if number is None:
                raise UnknownRevision(f"nothing held before revision {head}: there is nothing to go back to")
        files = self._store.sources(number)
        try:
            outcome = self._store.outcome(number)
        except ControlError:  # nobody knows; whoever names it wants it
            outcome = None
        return _Target(number, original(number, self._store.read), files, outcome, head)

    async def _held_so_far(self, head: int | None) -> Loaded | None:
        """The config that holds, for a comparison."""
        if head is None:
            return None

        def load() -> Loaded | None:
            try:
                return self._ports.load(self._store.sources(head))
            except ControlError:
                return None

        return await in_thread(load)

    async def _read(self, files: Sequence[SourceFile]) -> Loaded:
        loaded = await in_thread(self._ports.load, files)
        if loaded.snapshot is None:
            raise ConfigError(loaded.report().rstrip())
        return loaded

    @asynccontextmanager
    async def _held(self, terms: Terms, what: str) -> AsyncIterator[list[Outcome]]:
        """The lock; what it waits for is the disk, so it is taken and given back in a thread."""
        stack = contextlib.ExitStack()
        try:
            settled = await in_thread(stack.enter_context, self._store.locked(terms.author, what))
            self._ports.step("locked")
            yield settled
        finally:
            await in_thread(stack.close)

    def _chronicle(self) -> Chronicle:
        return Chronicle(self._ports.tell, self._ports.clock, offline=self._ports.gateway is None)


def _never_held(target: _Target, terms: Terms) -> str:
    """What speaks against going there, or ""."""
    outcome = target.outcome
    if outcome is None or outcome.fate is Fate.APPLIED or terms.force:
        return ""
    return (
        f"revision {target.number} never held: {outcome.fate}"
        f"{f' ({outcome.reason})' if outcome.reason else ''}; `--force` deploys it all the same"
    )


def _refuse_stale(base: int | None, head: int | None) -> None:
    if base is not None and base != (head or 0):
        planned = f"from revision {base}" if base else "when no revision was recorded"
        raise StalePlan(
            f"this was planned {planned}, and revision {head or 0} holds by now; plan again to see what it would change"
        )
