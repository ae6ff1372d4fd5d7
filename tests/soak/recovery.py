"""After the trouble: with engines that answer, the gateway is as good as new, without having been restarted."""

import asyncio
import json
from collections.abc import Iterable

from soak import load
from soak.callers import PATIENCE_S, Caller, Sort
from soak.judge import judge
from soak.wire import Answer, Habits, ask

BACK_WITHIN_S = 15.0
"""Until the last engine is asked again: an open breaker's time several times over."""


async def recovered(port: int, providers: Iterable[str], *, at_once: int) -> list[str]:
    """What is not as good as new; empty when all is.

    Args:
        port: the gateway's.
        providers: all of them must answer again, with each model.
        at_once: so many callers must all be answered.
    """
    wanted = {*providers}
    missing = await asyncio.gather(
        *(_missing(port, model, wanted) for model in ("short", "short-held", "short-continued", "long"))
    )
    if any(missing):
        names = ", ".join(sorted(set().union(*missing)))
        return [f"nobody asks {names} again, {BACK_WITHIN_S:g} s after all engines are well"]
    answers = await asyncio.gather(*(_call(port, "long") for _ in range(at_once)))
    verdicts = [(caller, answer, judge(caller, answer)) for caller, answer in answers]
    bad = [load.transcript(*each) for each in verdicts if each[2].outcome != "complete"]
    if bad:
        return [f"{len(bad)} of {at_once} callers at once are not answered by well engines; the first: {bad[0]}"]
    return []


async def _missing(port: int, model: str, providers: set[str]) -> set[str]:
    """The providers that do not answer for a model, however often it is asked for."""
    loop = asyncio.get_running_loop()
    until = loop.time() + BACK_WITHIN_S
    missing = {*providers}
    while missing and loop.time() < until:
        _, answer = await _call(port, model)
        missing.discard(answer.header("x-sixnines-provider"))
    return missing


async def _call(port: int, model: str) -> tuple[Caller, Answer]:
    body = json.dumps({"model": model, "messages": [{"role": "user", "content": "well?"}]}).encode()
    head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: soak\r\ncontent-length: {len(body)}\r\n\r\n".encode()
    caller = Caller(-1, Sort.WHOLE, model, False, head + body, Habits(PATIENCE_S))
    return caller, await ask(port, caller.request, caller.habits)
