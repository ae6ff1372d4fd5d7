"""What goes wrong in a page itself, or in what it asks: a page that says so, and a log that says why."""

import pytest

from sixnines.errors import Draining
from sixnines.web.door import Door
from sixnines.web.interface import Data, Streamed
from sixnines.web.website import put_together
from support.lab import Lab, one_engine

HTML = {"accept": "text/html"}


class Broken:
    """A page with a bug."""

    path, title, place = "/ui/broken", "Broken", ""

    async def show(self, asked):
        raise ZeroDivisionError


class Missing:
    """A page whose template wants a value that it does not give."""

    path, title, place = "/ui/missing", "Missing", ""

    async def show(self, asked):
        from sixnines.web.interface import Shown

        return Shown("problem.html", {})


class Asks:
    """A page that asks for what is not there."""

    path, title, place = "/ui/asks", "Asks", ""

    async def show(self, asked):
        return Data(await asked.ask.get("/admin/v1/nowhere", dict))


class Stops:
    """A page that cannot be shown now."""

    path, title, place = "/ui/stops", "Stops", ""

    async def show(self, asked):
        raise Draining("The gateway is shutting down; ask again.")


class Streams:
    """A page that sends pieces until nobody takes them."""

    path, title, place = "/ui/streams", "Streams", ""
    closed = 0

    async def show(self, asked):
        return Streamed("text/plain", self.pieces(int(asked.query["pieces"])))

    async def pieces(self, count):
        try:
            for _ in range(count):
                yield b"piece\n"
        finally:
            Streams.closed += 1


@pytest.fixture
def lab():
    with Lab() as lab:
        lab.serve(one_engine(lab.engine()))
        app, clock = lab.gateway.app, lab.gateway.services.clock
        pages = (Broken(), Missing(), Asks(), Stops(), Streams())
        app.site = Door(lambda: put_together(pages, app, b"secret", clock))
        yield lab


@pytest.fixture
def client(lab):
    return lab.client()


@pytest.mark.parametrize(("path", "why"), [("/ui/broken", "ZeroDivisionError"), ("/ui/missing", "UndefinedError")])
def test_a_bug_is_a_page_that_says_nothing_of_it_and_a_log_that_does(client, caplog, path, why):
    answer = client.get(path, headers=HTML)
    assert answer.status_code == 500
    assert "That did not work" in answer.text
    assert "log says what went wrong" in answer.text
    assert why not in answer.text
    assert why in caplog.text
    assert "content-security-policy" in answer.headers


def test_what_an_admin_path_refuses_is_a_page_with_its_words(client):
    answer = client.get("/ui/asks", headers=HTML)
    assert answer.status_code == 404
    assert "Invalid URL" in answer.text


def test_what_the_gateway_cannot_do_now_is_a_page_and_when_to_ask_again(client):
    answer = client.get("/ui/stops", headers=HTML)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert "shutting down" in answer.text


def test_a_stream_comes_as_a_whole_and_is_closed_where_the_browser_leaves(client, lab):
    before = Streams.closed
    assert client.get("/ui/streams?pieces=3").text == "piece\n" * 3
    assert Streams.closed == before + 1
    with client.stream("GET", "/ui/streams?pieces=99999999") as answer:
        assert answer.status_code == 200
        next(answer.iter_bytes())
    lab.until(lambda: Streams.closed == before + 2)
