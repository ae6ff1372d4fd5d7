"""What each key of `sixnines top` does, with a gateway that answers by a picture."""

from contextlib import asynccontextmanager
from dataclasses import replace

import msgspec
import pytest
from textual.widgets import DataTable, Input, Static

from sixnines.client.lookout import Lookout
from sixnines.client.seen import Deployment
from sixnines.tui.app import TopApp
from sixnines.tui.screens import Over, Question
from support.golden_top import Wire, lively
from support.pictures import NOW, STATE, picture, provider, request


class Shown:
    """The application, and what its gateway was asked."""

    def __init__(self, wire, app, pilot):
        self.wire = wire
        self.app = app
        self._pilot = pilot

    async def still(self):
        """Wait until nothing is under way."""
        await self.app.workers.wait_for_complete()
        await self._pilot.pause()

    async def press(self, *keys):
        """Press keys, one after the other."""
        await self._pilot.press(*keys)
        await self.still()

    async def look(self):
        """As if a second had passed."""
        self.app._tick()
        await self.still()

    def text(self, name) -> str:
        """What a line says."""
        return str(self.app.query_one(f"#{name}", Static).render())

    def over(self) -> str:
        """What lies on top says."""
        return str(self.app.screen.query_one("#over-text", Static).render())

    def rows(self, name) -> list[list[str]]:
        """What a table holds."""
        table = self.app.query_one(f"#{name}", DataTable)
        return [[str(cell) for cell in table.get_row(key)] for key in table.rows]

    def said(self) -> list[str]:
        """What was told in passing."""
        return [each.message for each in self.app._notifications]

    async def choose(self, name):
        """Put the cursor on a provider."""
        table = self.app.query_one("#providers", DataTable)
        table.focus()
        table.move_cursor(row=table.get_row_index(name))
        await self.still()


@asynccontextmanager
async def top(found=None):
    wire = Wire(found or lively())
    app = TopApp(Lookout(wire.connect, lambda: NOW), wire.connect, author="ada", every_s=3600.0)
    async with app.run_test(size=(150, 40)) as pilot:
        shown = Shown(wire, app, pilot)
        await shown.still()
        yield shown


async def test_enter_opens_the_trail_of_the_chosen_request_and_escape_closes_it():
    async with top() as shown:
        await shown.press("down", "enter")
        assert isinstance(shown.app.screen, Over)
        assert "Request 0f11" in shown.over()
        assert "1. ollama/up (first) server" in shown.over()
        await shown.press("escape")
        assert not isinstance(shown.app.screen, Over)


async def test_enter_in_another_table_opens_nothing():
    async with top() as shown:
        await shown.choose("ollama")
        await shown.press("enter")
        assert not isinstance(shown.app.screen, Over)


async def test_a_filter_leaves_what_holds_all_its_words():
    async with top() as shown:
        await shown.press("slash", *"ollama rate")
        assert [row[-1] for row in shown.rows("requests")] == ["c88a22e7536ea203d054e82e"]
        await shown.press("enter", "enter")
        assert "Request c88a22e7536ea203d054e82e" in shown.over()
        await shown.press("escape")
        await shown.press("escape")
        assert len(shown.rows("requests")) == 10
        assert shown.app.query_one("#filter", Input).display is False


async def test_a_filter_that_nothing_fits_leaves_an_empty_table_in_which_enter_does_nothing():
    async with top() as shown:
        await shown.press("slash", *"nonsense", "enter", "enter")
        assert shown.rows("requests") == []
        await shown.look()


async def test_w_goes_through_the_windows_of_availability():
    async with top() as shown:
        windows = []
        for _ in range(4):
            await shown.press("w")
            windows.append(shown.app._source.window)
        assert windows == ["7d", "30d", "1h", "24h"]
        before = shown.wire.asked.count("availability")
        await shown.look()
        assert shown.wire.asked.count("availability") == before + 1


async def test_p_pauses_and_goes_on():
    async with top() as shown:
        await shown.press("p")
        assert "PAUSED" in shown.text("head")
        asked = len(shown.wire.asked)
        await shown.look()
        assert len(shown.wire.asked) == asked
        await shown.press("p")
        await shown.look()
        assert len(shown.wire.asked) > asked


async def test_help_names_every_key_that_is_bound():
    async with top() as shown:
        await shown.press("question_mark")
        text = shown.over()
        for binding in TopApp.BINDINGS:
            key = {"question_mark": "?", "slash": "/"}.get(binding.key, binding.key)
            assert f"  {key.title() if len(key) > 1 else key}" in text, key
        await shown.press("q")
        assert shown.app.is_running


@pytest.mark.parametrize("answer", ["n", "escape", "enter", "q"])
async def test_nothing_is_done_unless_the_answer_is_yes(answer):
    async with top() as shown:
        for key in ("d", "b"):
            await shown.choose("ollama")
            await shown.press(key)
            assert isinstance(shown.app.screen, Question)
            await shown.press(answer)
        assert shown.wire.sent == []


async def test_d_drains_the_chosen_provider_and_says_for_how_long():
    async with top() as shown:
        await shown.choose("ollama")
        await shown.press("d")
        assert "Drain ollama for 10 min?" in shown.over()
        await shown.press("y")
        assert shown.wire.sent == [("hold", {"provider": "ollama", "seconds": 600.0})]
        assert "ollama drains for 10 min" in shown.said()


async def test_d_ends_what_is_drained():
    async with top() as shown:
        await shown.choose("ollama-cloud")
        await shown.press("d")
        await shown.press("y")
        assert shown.wire.sent == [("hold", {"provider": "ollama-cloud", "seconds": 0.0})]


async def test_b_opens_the_breakers_of_the_chosen_provider_and_closes_those_that_are_open():
    async with top() as shown:
        await shown.choose("ollama")
        await shown.press("b")
        assert "Open the breakers of ollama for 5 min?" in shown.over()
        await shown.press("y")
        await shown.choose("llamacpp")
        await shown.press("b")
        assert "Close the breakers of llamacpp?" in shown.over()
        await shown.press("y")
        assert shown.wire.sent == [
            ("breaker", {"provider": "ollama", "state": "open", "seconds": 300.0}),
            ("breaker", {"provider": "llamacpp", "state": "closed"}),
        ]


async def test_what_is_refused_is_said():
    async with top() as shown:
        await shown.choose("ollama")
        await shown.press("d")
        shown.wire.there = False
        await shown.press("y")
        assert any("no gateway answers at http://lab:4000" in each for each in shown.said())
        await shown.press("r")
        assert sum("no gateway answers" in each for each in shown.said()) == 2


async def test_a_gateway_that_cannot_go_back_says_so():
    async with top() as shown:
        await shown.press("r")
        assert any("of a version that cannot do this" in each for each in shown.said())
        assert not isinstance(shown.app.screen, Question)


async def test_a_gateway_that_goes_away_is_told_and_found_again():
    async with top() as shown:
        shown.wire.there = False
        await shown.look()
        assert shown.app.query_one("#lost").display
        assert "NO ANSWER, trying again every second" in shown.text("lost")
        assert "What is shown is what was last seen." in shown.text("lost")
        assert len(shown.rows("requests")) == 10  # what was seen stays
        await shown.look()
        shown.wire.there = True
        await shown.look()
        assert not shown.app.query_one("#lost").display
        assert "the gateway answers again" in shown.said()


async def test_another_gateway_at_the_same_place_is_not_credited_with_the_requests_of_the_first():
    async with top() as shown:
        state = msgspec.structs.replace(STATE, instance="another", revision=9)
        shown.wire.shown = picture(gateway=state, requests=(request("new"),))
        await shown.look()
        assert [row[-1] for row in shown.rows("requests")] == ["new"]
        assert "revision 9" in shown.text("head")


async def test_one_look_is_a_handful_of_requests_and_what_changes_slowly_is_asked_for_seldom():
    async with top() as shown:
        for _ in range(19):
            await shown.look()
        asked = {each: shown.wire.asked.count(each) for each in shown.wire.asked}
        assert asked == {
            "gateway": 20,
            "providers": 20,
            "models": 20,
            "requests": 20,
            "availability": 2,
            "spend": 2,
            "shares": 2,
        }


async def test_no_look_begins_before_the_last_is_over():
    async with top() as shown:
        asked = len(shown.wire.asked)
        shown.app._looking = True
        await shown.look()
        assert len(shown.wire.asked) == asked
        shown.app._looking = False


async def test_the_cursor_stays_on_its_request_when_new_ones_come_and_at_the_top_it_follows():
    async with top() as shown:
        table = shown.app.query_one("#requests", DataTable)
        await shown.press("down")
        shown.wire.shown = replace(shown.wire.shown, requests=(request("new"), *shown.wire.shown.requests))
        await shown.look()
        assert table.get_row_at(table.cursor_row)[-1] == "0f11"
        await shown.press("up", "up")
        shown.wire.shown = replace(shown.wire.shown, requests=(request("newer"), *shown.wire.shown.requests))
        await shown.look()
        assert table.get_row_at(table.cursor_row)[-1] == "newer"


async def test_a_provider_that_the_config_has_lost_is_gone_and_the_cursor_finds_another():
    async with top() as shown:
        await shown.choose("ollama-cloud")
        shown.wire.shown = picture(provider("other", deployments=(Deployment(id="other/up", state="healthy"),)))
        await shown.look()
        assert [row[0] for row in shown.rows("providers")] == ["other"]
        await shown.press("d")
        assert "Drain other" in shown.over()


async def test_what_is_not_measured_is_said_so():
    async with top(picture(availability=None, spend=None)) as shown:
        assert shown.rows("availability") == [["gateway, 24h", "not measured"]]
        assert "Spend not measured" in shown.text("head")
        assert shown.rows("providers")[0][5] == "-"


async def test_q_quits():
    async with top() as shown:
        await shown.press("q")
        assert not shown.app.is_running
