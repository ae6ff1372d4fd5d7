"""What happens in a change of the config, told to a person as it happens. Never changes anything itself.

A change is the admin API's: whoever reads its story to the end keeps it, and whoever leaves before has it taken back.
"""

from collections.abc import AsyncGenerator, Iterator
from typing import Final, assert_never

import msgspec

from sixnines.client.change_words import check_words, ended_words
from sixnines.client.words import plain
from sixnines.control.asked import RollbackAsked
from sixnines.control.events import (
    Began,
    Checked,
    CheckStatus,
    Compared,
    Diagnosed,
    Ended,
    Ending,
    Event,
    Warned,
    Watched,
)
from sixnines.control.plan_text import summary
from sixnines.control.risks.interface import Risk
from sixnines.web.asking import Asking, refused

_GOOD, _WARN, _BAD, _STEP, _CALM = "good", "warn", "bad", "step", "calm"
_CHECKS: Final = {
    CheckStatus.PASSED: _GOOD,
    CheckStatus.FAILED: _BAD,
    CheckStatus.WARNING: _WARN,
    CheckStatus.SKIPPED: _CALM,
}
_ENDINGS: Final = {
    Ending.APPLIED: _GOOD,
    Ending.UNCHANGED: _CALM,
    Ending.CHECKED: _GOOD,
    Ending.REFUSED: _BAD,
    Ending.ROLLED_BACK: _BAD,
    Ending.SERVED: _WARN,
}
_WAY_BACK: Final = "roll back to the revision before, on this page or with `sixnines rollback`."
_BROKEN_OFF: Final = "The change was broken off; what was served before is served again."
_OK: Final = 200


class Told(msgspec.Struct, frozen=True):
    """One line of the story.

    Attributes:
        tone: `step`, `good`, `warn`, `bad`, or `calm`.
        text: one line.
        is_end: the change is over, and this is how it ended.
    """

    tone: str
    text: str
    is_end: bool = False


class _Error(msgspec.Struct):
    message: str


class _Problem(msgspec.Struct):
    error: _Error


_event: Final = msgspec.json.Decoder(Event).decode
_problem: Final = msgspec.json.Decoder(_Problem).decode
_encode: Final = msgspec.json.Encoder().encode


async def rolled_back(ask: Asking, asked: RollbackAsked) -> AsyncGenerator[Told, None]:
    """Have an earlier config hold again, and tell of it. The last line is how that ended."""
    ended = False
    async with ask.open("POST", "/admin/v1/rollback", _encode(asked)) as answer:
        if answer.status != _OK:
            body = b"".join([piece async for piece in answer])
            yield Told(_BAD, plain(refused(answer.status, body).message), is_end=True)
            return
        rest = b""
        async for piece in answer:
            *lines, rest = (rest + piece).split(b"\n")
            for line in filter(None, lines):
                for told in _of_line(line):
                    ended = ended or told.is_end
                    yield told
    if not ended:
        yield Told(_BAD, _BROKEN_OFF, is_end=True)


def _of_line(line: bytes) -> Iterator[Told]:
    try:
        event = _event(line)
    except msgspec.MsgspecError:
        yield Told(_BAD, plain(_problem(line).error.message), is_end=True)
        return
    yield from story_of(event)


def story_of(event: Event) -> Iterator[Told]:
    """What one event is told as."""
    match event:
        case Began(step=step, message=message):
            yield Told(_STEP, plain(f"{step}: {message}"))
        case Checked(result=result):
            yield Told(_CHECKS[result.status], f"{result.status}: {check_words(result)}")
        case Compared(changes=changes, risks=risks):
            yield Told(_CALM, summary(changes, risks) if changes else "only the text of the files differs")
            yield from (Told(_WARN, risk_words(each)) for each in risks)
        case Diagnosed(diagnostics=diagnostics):
            yield from (Told(_WARN, plain(each.render())) for each in diagnostics)
        case Warned(message=message):
            yield Told(_WARN, plain(message))
        case Watched(after_s=after_s, verdict=verdict):
            yield Told(_CALM, plain(f"after {after_s:.0f} s: {verdict}"))
        case Ended():
            if event.restart:
                yield Told(_WARN, f"takes effect at the next start only: {', '.join(event.restart)}")
            yield Told(_ENDINGS[event.ending], ended_words(event, way_back=_WAY_BACK), is_end=True)
        case never:
            assert_never(never)


def risk_words(risk: Risk) -> str:
    """Such as `risk (high): models.chat: nobody is left`."""
    return plain(f"risk ({risk.level}): {risk.path}: {risk.message}" + (f"; {risk.hint}" if risk.hint else ""))
