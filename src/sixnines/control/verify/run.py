"""Runs the checks: some side by side, each within its time, all within one; and makes of each a result.

Never lets a check end the run: what a check raises is its result. Never asks more once the gateway itself is silent or
the time is up.
"""

import asyncio
import contextlib
import math
from collections.abc import AsyncGenerator, Iterable, Sequence
from dataclasses import dataclass

import msgspec

from sixnines.control.events import CheckResult, CheckStatus
from sixnines.control.verify.counters import by_model, read_samples
from sixnines.control.verify.interface import Check, Group
from sixnines.control.verify.port import Asked, Key
from sixnines.control.verify.scene import SPENT, Scene
from sixnines.control.verify.verdict import CheckFailed, NotAsked, Unsettled
from sixnines.providers.interface import ProbeState

_OK = 200


@dataclass(frozen=True, slots=True)
class Pacing:
    """How long a run may take and how much it does at once.

    Attributes:
        at_once: checks side by side: few, since engines at home work on few requests at once.
        check_s: seconds for one check.
        total_s: seconds for all of them.
        late: what comes of a check that the time did not suffice for.
    """

    at_once: int = 4
    check_s: float = 300.0
    total_s: float = 900.0
    late: CheckStatus = CheckStatus.FAILED


async def run(scene: Scene, groups: Sequence[Group], pacing: Pacing) -> AsyncGenerator[CheckResult, None]:
    """Run the checks of these groups; each result as soon as those before it are there.

    Args:
        scene: the gateway and its config.
        groups: in order.
        pacing: time limits.
    """
    deadline_s = scene.clock.monotonic_s() + pacing.total_s
    silent = await _silence(scene)
    if silent is None:
        await _look_around(scene)
    for group in groups:
        if silent is not None:
            for check in group.checks(scene):
                yield _skipped(group, check, f"the gateway does not answer: {silent}")
            continue
        # Closed by hand: who stops listening must not leave checks running.
        async with contextlib.aclosing(_group(scene, group, pacing, deadline_s)) as results:
            async for result in results:
                yield result
    if silent is not None:
        name = "it can be asked"
        yield CheckResult(group="gateway", subject="", name=name, status=CheckStatus.FAILED, message=silent)


async def _group(scene: Scene, group: Group, pacing: Pacing, deadline_s: float) -> AsyncGenerator[CheckResult, None]:
    """The checks of one group. Those that must be alone run one after the other, behind the others."""
    places = asyncio.Semaphore(pacing.at_once)

    async def beside(check: Check) -> CheckResult:
        async with places:
            return await _judge(scene, group, check, pacing=pacing, deadline_s=deadline_s)

    checks = list(group.checks(scene))
    tasks = [asyncio.create_task(beside(each)) for each in checks if not each.alone]
    try:
        for task in tasks:
            yield await task
        for each in checks:
            if each.alone:
                yield await _judge(scene, group, each, pacing=pacing, deadline_s=deadline_s)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _judge(scene: Scene, group: Group, check: Check, *, pacing: Pacing, deadline_s: float) -> CheckResult:
    """What comes of one check."""
    began_s = scene.clock.monotonic_s()
    patience_s = min(pacing.check_s, deadline_s - began_s)
    if patience_s <= 0:
        message = "not asked: the time for all checks was up"
        return CheckResult(
            group=group.name, subject=check.subject, name=check.name, status=pacing.late, message=message
        )
    spent: list[float] = []
    token = SPENT.set(spent)
    status, message, served_by, measured = CheckStatus.PASSED, "", None, dict[str, float]()
    try:
        async with asyncio.timeout(patience_s):
            seen = await check.run()
        message, served_by, measured = seen.detail, seen.provider, dict(seen.measured)
    except CheckFailed as failure:
        status, message = CheckStatus.FAILED, str(failure)
    except Unsettled as reason:
        status, message = CheckStatus.WARNING, str(reason)
    except NotAsked as reason:
        status, message = CheckStatus.SKIPPED, str(reason)
    except TimeoutError:
        status, message = CheckStatus.FAILED, f"not done within {patience_s:.0f} s"
    finally:
        SPENT.reset(token)
    return CheckResult(
        group=group.name,
        subject=check.subject,
        name=check.name,
        status=status,
        message=message,
        elapsed_s=scene.clock.monotonic_s() - began_s,
        served_by=served_by,
        measured=measured,
        cost_micros=math.ceil(sum(spent)),
    )


async def _silence(scene: Scene) -> str | None:
    """Why the gateway cannot be asked; None if it answers."""
    try:
        await scene.ask(Asked("GET", "/health/live"))
    except CheckFailed as problem:
        return str(problem)
    return None


async def _look_around(scene: Scene) -> None:
    """What must be known before the first check: who of the optional ones is down, and what was counted so far."""
    optional = [each for each in scene.snapshot.providers.values() if each.optional]
    if scene.lookup is not None:
        results = await asyncio.gather(*(scene.lookup.probe(each) for each in optional))
        for spec, result in zip(optional, results, strict=True):
            if result.state is ProbeState.DOWN:
                scene.down[spec.name] = f"is down ({result.reason})"
    elif optional:
        scene.down |= await _told_down(scene, {each.name for each in optional})
    with contextlib.suppress(CheckFailed):
        page = await scene.ask(Asked("GET", "/metrics", key=Key.ADMIN))
        if page.status == _OK:
            scene.counters = by_model(read_samples(page.body))


class _Standing(msgspec.Struct):
    name: str
    state: str
    reason: str = ""


class _Standings(msgspec.Struct):
    providers: list[_Standing]


async def _told_down(scene: Scene, names: set[str]) -> dict[str, str]:
    """Those of the providers that the gateway takes for down; nobody where it does not tell."""
    try:
        page = await scene.ask(Asked("GET", "/admin/v1/providers", key=Key.ADMIN))
        found = msgspec.json.decode(page.body, type=_Standings).providers
    except (CheckFailed, msgspec.MsgspecError):
        return {}
    return {each.name: f"is down ({each.reason})" for each in found if each.name in names and each.state == "down"}


def _skipped(group: Group, check: Check, reason: str) -> CheckResult:
    return CheckResult(
        group=group.name, subject=check.subject, name=check.name, status=CheckStatus.SKIPPED, message=reason
    )


def chosen(names: Iterable[str], groups: Sequence[Group]) -> list[Group]:
    """The groups of these names, in the order of the registry.

    Raises:
        ValueError: there is no group of a name; says which there are.
    """
    wanted = set(names)
    unknown = sorted(wanted - {each.name for each in groups})
    if unknown:
        known = ", ".join(each.name for each in groups)
        raise ValueError(f"there is no group {', '.join(unknown)}; there are: {known}")
    return [each for each in groups if each.name in wanted]
