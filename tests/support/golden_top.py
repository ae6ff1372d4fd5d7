"""Screens of `sixnines top` as SVG, from pictures that do not change. `PYTHONPATH=tests python -m support.golden_top` writes them."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import msgspec
from textual.pilot import Pilot
from textual.widgets import Input

from sixnines.client.gateway import GatewayClient
from sixnines.client.lookout import Lookout
from sixnines.client.picture import Picture
from sixnines.client.seen import (
    Availability,
    Available,
    Deployment,
    ProviderShare,
    Requests,
    Shares,
    Skipped,
    Tokens,
)
from sixnines.errors import GatewayUnreachable
from sixnines.tui.app import TopApp
from support.pictures import NINES, NOW, STATE, picture, provider, request

FOLDER = Path(__file__).parent.parent / "golden" / "top"
_encode = msgspec.json.encode
_NOT_THERE = {"error": {"message": "no such path", "type": "x", "param": None, "code": "unknown_url"}}

Drive = Callable[[Pilot[None]], Awaitable[None]]


class Wire:
    """Answers admin requests by a picture, and keeps what was asked."""

    def __init__(self, shown: Picture) -> None:
        self.shown = shown
        self.there = True
        self.asked: list[str] = []
        self.sent: list[tuple[str, object]] = []

    def connect(self) -> GatewayClient:
        """A client of it."""
        if not self.there:
            raise GatewayUnreachable("no gateway answers at http://lab:4000 (the connection was refused)")
        http = httpx.Client(transport=httpx.MockTransport(self._answer), base_url="http://lab:4000")
        return GatewayClient(http, "http://lab:4000")

    def _answer(self, asked: httpx.Request) -> httpx.Response:
        path = asked.url.path.removeprefix("/admin/v1/")
        self.asked.append(path)
        if not self.there:
            raise httpx.ConnectError("the connection was refused")
        if asked.method == "POST":
            self.sent.append((path, msgspec.json.decode(asked.content)))
            return httpx.Response(200, json={})
        shown = self.shown
        pages: dict[str, object] = {
            "gateway": shown.gateway,
            "providers": shown.providers,
            "models": shown.served,
            "requests": Requests(requests=shown.requests, held=shown.held),
            "availability": shown.availability,
            "spend": shown.spend,
            "shares": {"shares": shown.shares},
        }
        page = pages.get(path)
        return httpx.Response(404, json=_NOT_THERE) if page is None else httpx.Response(200, content=_encode(page))


def lively() -> Picture:
    """A lab with some of everything."""
    opened = Deployment(
        id="llamacpp/up",
        state="down",
        reason="breaker opened by the operator",
        breaker="open",
        opened_by_hand=True,
        for_s=212.0,
    )
    times = (40.0, 44.0, 38.0, 61.0, 52.0, 47.0, 120.0, 43.0)
    failed = (("ollama", "rate", 3.0), ("ollama-cloud", "ok", 310.0))
    requests = (
        request(
            "c88a22e7536ea203d054e82e", 3.0, failed, model="llama3", status=200, first_content_ms=316.0, total_ms=902.0,
            usage=Tokens(prompt_tokens=12, completion_tokens=40), cost_micros=472, revision=3, operation="chat",
            skipped=(Skipped(deployment="vllm/up", reason="resting: down: the connection was refused"),),
        ),
        request("0f11", 5.0, (("ollama", "server", 3.0), ("llamacpp", "transport", 9.0)), outcome="failed", kind="transport", status=502, error="all_failed"),
        *(
            request(f"{n:04x}", 10.0 + n, (("ollama", "ok", ms),), model="llama3", first_content_ms=ms + 1, total_ms=ms * 9)
            for n, ms in enumerate(times)
        ),
    )  # fmt: skip
    measured = Availability(
        window="24h",
        gateway=Available(text=NINES, good=9, bad=1),
        models=(Available(name="llama3", text="100 % (99.961-100), 3 nines supported", good=9), Available(name="small", text="")),
        providers=(Available(name="ollama", text="55.8 % (54.8-56.9), no nines supported", good=5, bad=4),),
    )  # fmt: skip
    return picture(
        provider("ollama", in_flight=3, max_in_flight=4, waiting=1),
        provider("llamacpp", "healthy", "lists its models", deployments=(opened,)),
        provider("vllm", "down", "the connection was refused", optional=True),
        provider("ollama-cloud", "busy", "held back by the operator", for_s=540.0),
        requests=requests,
        held=len(requests),
        availability=measured,
        shares=(
            Shares(name="chat", kind="route", providers=(ProviderShare(provider="ollama", target=0.6, share=0.8),)),
        ),
    )


def bare() -> Picture:
    """A gateway that has just been started, and measures nothing."""
    state = msgspec.structs.replace(STATE, started_unix_s=NOW - 3, since_unix_s=NOW - 3, good=0, bad=0, workers=1)
    return picture(gateway=state, availability=None, spend=None)


async def _still(pilot: Pilot[None]) -> None:
    """Wait until nothing is under way."""
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


async def _nothing(pilot: Pilot[None]) -> None:
    del pilot


async def _trail(pilot: Pilot[None]) -> None:
    await pilot.press("enter")


async def _help(pilot: Pilot[None]) -> None:
    await pilot.press("question_mark")


async def _question(pilot: Pilot[None]) -> None:
    pilot.app.query_one("#providers").focus()
    await pilot.press("d")


async def _filter(pilot: Pilot[None]) -> None:
    await pilot.press("slash")
    pilot.app.query_one(Input).cursor_blink = False
    await pilot.press(*"failed", "enter")


SCREENS: dict[str, tuple[Callable[[], Picture], tuple[int, int], Drive]] = {
    "main": (lively, (150, 40), _nothing),
    "narrow": (lively, (80, 24), _nothing),
    "bare": (bare, (120, 30), _nothing),
    "trail": (lively, (120, 40), _trail),
    "help": (lively, (120, 40), _help),
    "question": (lively, (120, 40), _question),
    "filter": (lively, (120, 40), _filter),
}


async def svg(name: str) -> str:
    """One screen."""
    shown, size, drive = SCREENS[name]
    wire = Wire(shown())
    app = TopApp(Lookout(wire.connect, lambda: NOW), wire.connect, every_s=3600.0)
    async with app.run_test(size=size) as pilot:
        await _still(pilot)
        await drive(pilot)
        await _still(pilot)
        return app.export_screenshot(title="sixnines top")


def main() -> None:
    """Write all."""
    FOLDER.mkdir(exist_ok=True)
    for name in SCREENS:
        (FOLDER / f"{name}.svg").write_text(asyncio.run(svg(name)) + "\n")


if __name__ == "__main__":
    main()
