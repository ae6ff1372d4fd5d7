"""One change from preflight to commit, or back: the procedure of ADR 0019, for a config that has been checked.

Never leaves a config in force that is not the head, and never moves the head to one that something speaks against.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from sixnines.config.load import Loaded
from sixnines.control.chronicle import Chronicle
from sixnines.control.completion import complete, in_thread
from sixnines.control.events import CheckResult, CheckStatus, Ended, Ending, Step, Watched
from sixnines.control.interface import RunningGateway
from sixnines.control.ports import Ports, Terms
from sixnines.control.revision import Draft, Fate
from sixnines.control.tally import Tally
from sixnines.control.watching import Span, between, compared_with, judge
from sixnines.errors import ActivationRefused, ControlError, SixNinesError, StoreUnusable

# So soon a config is left that makes requests fail; and so often the operator is told that all is well.
_LOOK_EVERY_S = 1.0
_TELL_EVERY_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What shall hold.

    Attributes:
        loaded: the config, without errors.
        draft: what is recorded with it.
        terms: how it is wanted.
        head: the revision that holds now, or None.
        current: the config that is served now, or that holds; None if there is none, or it cannot be read any more.
    """

    loaded: Loaded
    draft: Draft
    terms: Terms
    head: int | None
    current: Loaded | None


class Transaction:
    """One change. Whoever runs it holds the lock of the store.

    Args:
        ports: what it is made with.
        wanted: what shall hold.
        chronicle: of this change.
    """

    def __init__(self, ports: Ports, wanted: Wanted, chronicle: Chronicle) -> None:
        self._ports = ports
        self._store = ports.store
        self._gateway = ports.gateway
        self._wanted = wanted
        self._terms = wanted.terms
        self._chronicle = chronicle
        # What is gone back to: as it is served now, whatever the environment or the disk have become since.
        self._old = None if ports.gateway is None else (ports.gateway.loaded, ports.gateway.revision)

    async def run(self) -> Ended:
        """Make the change.

        Cancelled before the head has moved, it goes back first.

        Raises:
            StoreUnusable: it could not be recorded; nothing has changed.
        """
        begun = Tally(0, 0) if self._gateway is None else await self._gateway.tally()
        against = await self._preflight()
        if against and not self._terms.force:
            return await self._refuse(against)
        if against:
            self._chronicle.warn(f"going on all the same (force): {against}")
        if self._terms.dry_run:
            return self._end(Ending.CHECKED, None)
        self._chronicle.begin(Step.RECORD, "recording the revision")
        number = await in_thread(self._record)
        if self._gateway is None:
            self._chronicle.warn(
                f"no gateway is running: nothing was activated or verified; the next start serves revision {number}"
            )
            return await complete(self._commit(number))
        return await self._serve(self._gateway, number, begun)

    async def _preflight(self) -> str:
        """What speaks against the config before anything is served by it; "" if nothing does."""
        if self._ports.preflight is None or not self._terms.preflight:
            return ""
        self._chronicle.begin(Step.PREFLIGHT, "asking the providers that have changed")
        against = await self._ask(Step.PREFLIGHT, self._ports.preflight(self._wanted.current, self._wanted.loaded))
        self._ports.step("preflighted")
        return against

    def _record(self) -> int:
        number = self._store.record(self._wanted.loaded.sources, self._wanted.draft).number
        self._store.begin(number, Step.RECORD)
        return number

    async def _refuse(self, reason: str) -> Ended:
        """Nothing is served by it. That it was wanted is recorded, with what spoke against it."""
        if self._terms.dry_run:
            return self._end(Ending.REFUSED, None, reason)

        def record() -> int:
            number = self._store.record(self._wanted.loaded.sources, self._wanted.draft).number
            self._store.set_outcome(number, Fate.REFUSED, reason, self._chronicle.evidence())
            return number

        return self._end(Ending.REFUSED, await in_thread(record), reason)

    async def _serve(self, gateway: RunningGateway, number: int, begun: Tally) -> Ended:
        """Have the gateway go by it, and see whether that goes well."""
        try:
            against = await self._try(gateway, number, begun)
        except ActivationRefused as problem:  # all go by the old one still
            await complete(self._close(number, Fate.REFUSED, str(problem)))
            return self._end(Ending.REFUSED, number, str(problem))
        except asyncio.CancelledError:
            await complete(
                self._go_back(number, "whoever wanted it went away before the end: nobody was left to watch")
            )
            raise
        except Exception as problem:  # noqa: BLE001 - whatever it is, it speaks against going on
            against = str(problem) if isinstance(problem, SixNinesError) else f"{type(problem).__name__}: {problem}"
        return await complete(self._go_back(number, against) if against else self._commit(number))

    async def _try(self, gateway: RunningGateway, number: int, begun: Tally) -> str:
        """Activate, verify and watch; what speaks against it, or ""."""
        self._chronicle.begin(Step.ACTIVATE, f"serving new requests by revision {number}")
        await in_thread(self._store.begin, number, Step.ACTIVATE)
        self._chronicle.restart = tuple(await complete(gateway.activate(self._wanted.loaded, number)))
        self._ports.step("activated")
        activated = await gateway.tally()
        for key in self._chronicle.restart:
            self._chronicle.warn(f"{key} has changed; the change takes effect at the next start")
        if self._ports.verifier is not None and self._terms.verify:
            self._chronicle.begin(Step.VERIFY, "verifying the gateway")
            await in_thread(self._store.begin, number, Step.VERIFY)
            against = await self._ask(Step.VERIFY, self._ports.verifier(self._wanted.loaded, number))
            self._ports.step("verified")
            if against:
                return against
        return await self._watch(gateway, number, compared_with(begun, activated))

    async def _ask(self, step: Step, results: AsyncIterator[CheckResult]) -> str:
        """Tell of each result; what the failed ones say, or ""."""
        failed: list[str] = []
        async for result in results:
            self._chronicle.check(step, result)
            if result.status is CheckStatus.FAILED:
                failed.append(f"{result.group} {result.subject}: {result.name}: {result.message}")
        if not failed:
            return ""
        more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
        return f"{step} failed: {failed[0]}{more}"

    async def _watch(self, gateway: RunningGateway, number: int, before: Span) -> str:
        """Watch how requests end; what speaks against the config, or ""."""
        if self._terms.watch_s <= 0:
            return ""
        self._chronicle.begin(Step.WATCH, f"watching the error rate for {self._terms.watch_s:g} s")
        await in_thread(self._store.begin, number, Step.WATCH)
        begun = await gateway.tally()  # the requests of verify are no callers'
        now_s = self._ports.clock.monotonic_s
        began_s = now_s()
        told_s = began_s
        while True:
            left_s = began_s + self._terms.watch_s - now_s()
            if left_s > 0:
                await self._ports.sleep(min(left_s, _LOOK_EVERY_S))
            over = now_s() - began_s >= self._terms.watch_s
            try:
                after = between(begun, await gateway.tally())
            except SixNinesError as problem:  # a worker that is just being started again
                if over:
                    self._chronicle.warn(f"how requests end could not be watched to the end: {problem}")
                    return ""
                continue
            verdict = judge(before, after)
            if verdict.worse or over or now_s() - told_s >= _TELL_EVERY_S:
                told_s = now_s()
                self._chronicle.watch(_watched(told_s - began_s, before, after, verdict.words))
            if verdict.worse or over:
                self._ports.step("watched")
                return f"the error rate has risen: {verdict.words}" if verdict.worse else ""

    async def _commit(self, number: int) -> Ended:
        """Have it hold. From the moment that the head has moved on nothing can undo it any more."""
        self._chronicle.begin(Step.COMMIT, f"revision {number} holds from now on")
        try:
            await in_thread(self._store.set_head, number)
        except StoreUnusable as problem:
            return await self._go_back(number, str(problem))
        try:
            await in_thread(self._finish, number)
        except ControlError as problem:  # the next change writes what is missing: the head says it all
            self._chronicle.warn(f"revision {number} holds, and yet: {problem}")
        return self._end(Ending.APPLIED, number, holds=number)

    def _finish(self, number: int) -> None:
        self._store.set_outcome(number, Fate.APPLIED, "", self._chronicle.evidence())
        self._store.end()
        if self._wanted.loaded.snapshot is not None:
            self._store.prune(self._wanted.loaded.snapshot.server.revisions)

    async def _go_back(self, number: int, reason: str) -> Ended:
        """Serve what was served before."""
        if self._gateway is not None and self._old is not None:
            loaded, old = self._old
            self._chronicle.begin(Step.GO_BACK, f"back to revision {old}: {reason}" if old else f"back: {reason}")
            try:
                await self._gateway.activate(loaded, old)
            except Exception as problem:  # noqa: BLE001 - whatever it is, the operator must know
                reason += f"; and going back failed: {problem}: restart the gateway, it then serves what it did before"
                self._chronicle.warn(reason)
            self._ports.step("gone back")
        await self._close(number, Fate.ROLLED_BACK, reason)
        return self._end(Ending.ROLLED_BACK, number, reason)

    async def _close(self, number: int, fate: Fate, reason: str) -> None:
        """Write down what became of a revision that does not hold."""

        def close() -> None:
            if self._store.head() == number:  # it moved, and then the disk failed
                self._store.set_head(self._wanted.head)
            self._store.set_outcome(number, fate, reason, self._chronicle.evidence())
            self._store.end()

        try:
            await in_thread(close)
        except ControlError as problem:  # who comes next marks it interrupted
            self._chronicle.warn(f"what became of revision {number} could not be written down: {problem}")

    def _end(self, ending: Ending, number: int | None, reason: str = "", *, holds: int | None = None) -> Ended:
        running = None if self._gateway is None else self._gateway.revision
        return self._chronicle.end(
            ending, revision=number, holds=self._wanted.head if holds is None else holds, running=running, reason=reason
        )


def _watched(after_s: float, before: Span, after: Span, verdict: str) -> Watched:
    return Watched(
        after_s=after_s,
        requests=after.requests,
        failed=after.failed,
        before_requests=before.requests,
        before_failed=before.failed,
        verdict=verdict,
    )
