"""`sixnines top` against a real gateway: what its keys do there, and what it does while the gateway is away."""

import time
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

import pytest
from textual.widgets import DataTable, Static

from sixnines.client.gateway import GatewayClient
from sixnines.client.lookout import Lookout
from sixnines.config.secret import Secret
from sixnines.control.presence import find
from sixnines.errors import GatewayUnreachable
from sixnines.tui.app import TopApp
from support.changing import apply, archive_of
from support.gateway_process import GatewayProcess
from support.lab import WAIT_S, Lab
from support.watched import FAILING, ask, settled, watched_config

pytestmark = pytest.mark.slow


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


@pytest.fixture
def config(lab):
    return watched_config(lab.engine(script=FAILING).base_url, lab.engine().base_url)


class Shown:
    """The application, and its gateway."""

    def __init__(self, app, pilot, gateway):
        self.app = app
        self.gateway = gateway
        self._pilot = pilot

    async def press(self, *keys):
        await self._pilot.press(*keys)
        await self._pilot.pause()

    async def until(self, condition):
        """Wait until the screen shows something."""
        deadline = time.monotonic() + WAIT_S
        while not condition():
            assert time.monotonic() < deadline, self.app.export_screenshot()
            await self._pilot.pause(0.05)

    def row(self, table, key):
        found = self.app.query_one(f"#{table}", DataTable)
        return [str(cell) for cell in found.get_row(key)]

    def rows(self, table):
        found = self.app.query_one(f"#{table}", DataTable)
        return [[str(cell) for cell in found.get_row(key)] for key in found.rows]

    def text(self, name):
        return str(self.app.query_one(f"#{name}", Static).render())

    def over(self):
        found = self.app.screen.query("#over-text")
        return str(found.first(Static).render()) if found else ""

    async def choose(self, name):
        table = self.app.query_one("#providers", DataTable)
        table.focus()
        table.move_cursor(row=table.get_row_index(name))
        await self._pilot.pause()


def connect_to(gateway):
    def connect():
        found = find(archive_of(gateway).folder)
        if found is None:
            raise GatewayUnreachable("no gateway is running here")
        return GatewayClient.at_socket(Path(found.socket))

    return connect


@asynccontextmanager
async def top(gateway, connect=None):
    connect = connect or connect_to(gateway)
    app = TopApp(Lookout(connect, time.time), connect, author="ada", every_s=0.1)
    async with app.run_test(size=(150, 45)) as pilot:
        shown = Shown(app, pilot, gateway)
        await shown.until(lambda: app.picture is not None)
        yield shown


async def test_a_fallback_is_seen_with_its_trail(lab, config, tmp_path):
    with GatewayProcess(tmp_path, config) as gateway:
        settled(lab, gateway)
        ask(gateway)
        async with top(gateway) as shown:
            await shown.until(lambda: len(shown.rows("requests")) == 1)
            assert shown.rows("fallbacks") == [["primary -> spare", "transport", "1"]]
            assert shown.row("providers", "spare")[7] == "100 %"
            assert "revision 1" in shown.text("head")
            await shown.press("enter")
            assert "1. primary/up (first) transport" in shown.over()
            assert "2. spare/up (fallback) ok" in shown.over()
            await shown.press("escape")
            ask(gateway, "small")
            await shown.until(lambda: len(shown.rows("requests")) == 2)
            await shown.until(lambda: "%" in shown.rows("availability")[0][1])


async def test_a_provider_is_drained_by_hand_and_asked_again(lab, config, tmp_path):
    with GatewayProcess(tmp_path, config) as gateway:
        settled(lab, gateway)
        async with top(gateway) as shown:
            await shown.choose("spare")
            await shown.press("d", "y")
            await shown.until(lambda: "held back by the operator, " in shown.row("providers", "spare")[8])
            await shown.until(lambda: "spare is held back by hand" in shown.text("head"))
            await shown.press("d")
            await shown.press("y")
            await shown.until(lambda: "held back" not in shown.row("providers", "spare")[8])


async def test_breakers_are_opened_and_closed_by_hand(lab, config, tmp_path):
    with GatewayProcess(tmp_path, config) as gateway:
        settled(lab, gateway)
        async with top(gateway) as shown:
            await shown.choose("spare")
            await shown.press("b", "y")
            await shown.until(lambda: "breaker of spare/up open by hand" in shown.row("providers", "spare")[8])
            assert shown.row("providers", "spare")[1] == "down"
            await shown.until(lambda: "the breaker of spare/up was opened by hand" in shown.text("head"))
            await shown.press("b")
            assert "Close the breakers of spare?" in shown.over()
            await shown.press("y")
            await shown.until(lambda: "breaker" not in shown.row("providers", "spare")[8])


async def test_the_config_is_rolled_back_when_that_is_confirmed_and_not_before(lab, config, tmp_path):
    with GatewayProcess(tmp_path, config) as gateway:
        settled(lab, gateway)
        async with top(gateway) as shown:
            await shown.press("r")
            await shown.until(lambda: any("nothing held before revision 1" in said(each) for each in told(shown)))
            apply(gateway, config + "default_model: m\n")
            await shown.until(lambda: "revision 2" in shown.text("head"))
            await shown.press("r")
            await shown.until(lambda: "Roll back?" in shown.over())
            assert "now     revision 2, by tester" in shown.over()
            assert "then    revision 1 again" in shown.over()
            await shown.press("n")
            assert "revision 2" in shown.text("head")
            await shown.press("r")
            await shown.until(lambda: "Roll back?" in shown.over())
            await shown.press("y")
            await shown.until(lambda: "revision 3" in shown.text("head"))
            await shown.until(
                lambda: any("applied; revision 3 is served, 3 holds" in said(each) for each in told(shown))
            )
    entry = archive_of(gateway).read(3)
    assert (entry.author, entry.of, entry.note) == ("ada", 1, "from sixnines top")


def told(shown):
    return list(shown.app._notifications)


def said(notification):
    return notification.message


# httpcore leaves a Unix socket that it cannot connect to the garbage collector, which warns.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_a_gateway_that_goes_away_and_comes_back_is_found_again(lab, config, tmp_path):
    with ExitStack() as first:
        gateway = first.enter_context(GatewayProcess(tmp_path, config))
        settled(lab, gateway)
        ask(gateway)
        async with top(gateway) as shown:
            await shown.until(lambda: len(shown.rows("requests")) == 1)
            first.close()
            await shown.until(lambda: shown.app.query_one("#lost").display)
            assert "NO ANSWER" in shown.text("lost")
            with GatewayProcess(tmp_path, None):
                await shown.until(lambda: not shown.app.query_one("#lost").display)
                await shown.until(lambda: shown.rows("requests") == [])  # those were the other one's


async def test_a_remote_gateway_is_watched_with_its_admin_key(lab, config, tmp_path):
    locked = 'server: {listen: "127.0.0.1:0", admin_key: "env:ADMIN"}\n' + config
    with GatewayProcess(tmp_path, locked, {"ADMIN": "sk-right"}) as gateway:

        def connect(key="sk-right"):
            return GatewayClient.at_url(gateway.url, Secret(key))

        async with top(gateway, connect) as shown:
            assert gateway.url in shown.text("head")
            await shown.choose("spare")
            await shown.press("d", "y")
            await shown.until(lambda: "held back" in shown.row("providers", "spare")[8])
