"""Asks the providers that a change concerns before anything is served by it: are they there, do they take the key, have
they the models, do these hold what config declares. Costs no token.

Never asks by way of the gateway, and never touches what the gateway knows of its providers: what runs is left alone.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Protocol

from sixnines.clock import Clock
from sixnines.config.document import Document
from sixnines.config.load import Loaded
from sixnines.config.snapshot import DeploymentSpec, ProviderSpec, Snapshot
from sixnines.control.engine_models import missing
from sixnines.control.events import CheckResult, CheckStatus
from sixnines.providers.interface import ProbeResult, ProbeState

_GROUP = "preflight"
_AT_ONCE = 16
_WELL = frozenset({ProbeState.HEALTHY, ProbeState.BUSY})


class Lookup(Protocol):
    """Asks providers themselves, without spending a token: `control.lookup`."""

    async def probe(self, provider: ProviderSpec) -> ProbeResult:
        """Is it alive?"""
        ...

    async def models(self, provider: ProviderSpec) -> ProbeResult:
        """Which models does it have?"""
        ...

    async def window(self, deployment: DeploymentSpec) -> int | None:
        """How many tokens its window holds; None where the engine does not tell."""
        ...


class ProviderPreflight:
    """Implements `interface.Preflight`.

    Args:
        lookup: asks the providers.
        clock: for how long that takes.
    """

    def __init__(self, lookup: Lookup, clock: Clock) -> None:
        self._lookup = lookup
        self._clock = clock

    async def __call__(self, old: Loaded | None, new: Loaded) -> AsyncIterator[CheckResult]:
        """See `interface.Preflight`. Without a snapshot nobody is asked."""
        if new.snapshot is None or new.document is None:
            return
        places = asyncio.Semaphore(_AT_ONCE)
        document, snapshot = new.document, new.snapshot

        async def ask(spec: ProviderSpec, deployments: list[DeploymentSpec]) -> list[CheckResult]:
            async with places:
                return [each async for each in self._provider(spec, deployments, document)]

        before = None if old is None else old.snapshot
        tasks = [asyncio.create_task(ask(spec, deployments)) for spec, deployments in changed(before, snapshot)]
        try:
            for task in tasks:
                for result in await task:
                    yield result
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _provider(
        self, spec: ProviderSpec, deployments: list[DeploymentSpec], document: Document
    ) -> AsyncIterator[CheckResult]:
        began_s = self._clock.monotonic_s()

        def result(name: str, status: CheckStatus, message: str) -> CheckResult:
            nonlocal began_s
            now = self._clock.monotonic_s()
            elapsed_s, began_s = now - began_s, now
            return CheckResult(
                group=_GROUP, subject=spec.name, name=name, status=status, message=message, elapsed_s=elapsed_s
            )

        alive = await self._lookup.probe(spec)
        yield result("it answers its probe", _standing(alive, spec), alive.reason)
        listed = None if alive.state is ProbeState.DOWN else await self._lookup.models(spec)
        if document.providers[spec.name].api_key is not None:
            yield result("its key is accepted", *_key(listed))
        for deployment in deployments:
            yield result(f"it has {deployment.upstream_model}", *_has(deployment, listed))
            if deployment.context_window is not None:
                told = None if listed is None else await self._lookup.window(deployment)
                yield result(f"what {deployment.upstream_model} holds", *_holds(deployment, told, listed))


def changed(old: Snapshot | None, new: Snapshot) -> Iterator[tuple[ProviderSpec, list[DeploymentSpec]]]:
    """The providers that are new or have changed, and those that have got a deployment to serve or another window of
    one; each with its deployments, once each.
    """
    before, after = ({} if old is None else _deployments(old)), _deployments(new)
    for name, spec in new.providers.items():
        mine = after.get(name, {})
        same = old is not None and old.providers.get(name) == spec
        known = before.get(name, {})
        if not same or any(_asked(each) != _asked(known.get(key)) for key, each in mine.items()):
            yield spec, list(mine.values())


def _asked(deployment: DeploymentSpec | None) -> tuple[str, int | None] | None:
    """What the engine is asked about it."""
    return None if deployment is None else (deployment.upstream_model, deployment.context_window)


def _deployments(snapshot: Snapshot) -> dict[str, dict[str, DeploymentSpec]]:
    """By provider and id; of those with one id, the one that declares the largest window."""
    found: dict[str, dict[str, DeploymentSpec]] = {}
    for model in snapshot.models.values():
        for each in model.deployments:
            mine = found.setdefault(each.provider.name, {})
            known = mine.get(each.id)
            if known is None or (each.context_window or 0) > (known.context_window or 0):
                mine[each.id] = each
    return found


_Verdict = tuple[CheckStatus, str]


def _standing(found: ProbeResult, spec: ProviderSpec) -> CheckStatus:
    if found.state in _WELL:
        return CheckStatus.PASSED
    if found.state is ProbeState.LOADING or (found.state is ProbeState.DOWN and spec.optional):
        return CheckStatus.WARNING
    return CheckStatus.FAILED


def _key(listed: ProbeResult | None) -> _Verdict:
    if listed is None:
        return CheckStatus.SKIPPED, "it is down"
    if listed.models is not None:
        return CheckStatus.PASSED, listed.reason
    # Who has no list says nothing about keys; who is misconfigured or down says what is wrong.
    bad = listed.state is ProbeState.MISCONFIGURED and listed.refused
    return (CheckStatus.FAILED if bad else CheckStatus.SKIPPED), listed.reason


def _has(deployment: DeploymentSpec, listed: ProbeResult | None) -> _Verdict:
    if listed is None:
        return CheckStatus.SKIPPED, "it is down"
    if listed.models is None:
        return CheckStatus.SKIPPED, listed.reason
    there = ", ".join(listed.models[:10]) or "none"
    if deployment.provider.kind.serves_any_name:
        return CheckStatus.PASSED, f"answers to any name with what it has loaded ({there})"
    if missing([deployment.upstream_model], listed.models):
        return CheckStatus.FAILED, f"not among its models; it has: {there}"
    return CheckStatus.PASSED, "listed"


def _holds(deployment: DeploymentSpec, told: int | None, listed: ProbeResult | None) -> _Verdict:
    declared = deployment.context_window or 0
    if told is None:
        return CheckStatus.SKIPPED, "it is down" if listed is None else "the engine does not tell"
    if declared > told:
        return CheckStatus.FAILED, f"context_window {declared:,} is declared, and the engine holds {told:,}"
    return CheckStatus.PASSED, f"{declared:,} declared, {told:,} held"
