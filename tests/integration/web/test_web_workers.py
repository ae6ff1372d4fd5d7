"""The web page of a gateway with several workers: one session, one set of forms, one picture."""

import httpx
import pytest

from sixnines.web.session import COOKIE
from support.lab import WAIT_S, Lab, chat, two_engines
from support.worker_processes import WorkerProcesses

pytestmark = pytest.mark.slow

KEY = "an-admin-key-of-a-test"
HTML = {"accept": "text/html"}
SERVER = 'server: {{listen: "127.0.0.1:0"{more}}}\n'
TRIES = 12
"""New connections, of which each worker gets some: one in four thousand times all of them are one's."""


@pytest.fixture
def engines():
    with Lab() as lab:
        yield lab, two_engines(lab.engine(), lab.engine())


def on_new_connections(gateway, method="GET", path="/ui", cookies=None, **more):
    for _ in range(TRIES):
        with httpx.Client(base_url=gateway.url, timeout=WAIT_S, trust_env=False, cookies=cookies) as client:
            yield client.request(method, path, headers=HTML, **more)


def token_in(page):
    return page.text.partition('name="token" value="')[2].partition('"')[0]


def test_a_session_and_its_forms_hold_with_every_worker_and_over_a_restart(engines, tmp_path):
    _, models = engines
    config = SERVER.format(more=', admin_key: "env:ADMIN_KEY"') + models
    gateway = WorkerProcesses(tmp_path, config, 2, {"ADMIN_KEY": KEY})
    with gateway, gateway.client() as client:
        cookie = {COOKIE: client.post("/ui/login", data={"key": KEY}).cookies[COOKIE]}
        pages = list(on_new_connections(gateway, path="/ui/providers/a", cookies=cookie))
        assert {each.status_code for each in pages} == {200}
        (token,) = {token_in(each) for each in pages}
    with gateway:
        sent = {"token": token, "do": "release"}
        again = on_new_connections(gateway, "POST", "/ui/providers/a", cookies=cookie, data=sent)
        assert {each.status_code for each in again} == {303}


def test_without_a_key_forms_hold_with_every_worker(engines, tmp_path):
    _, models = engines
    with WorkerProcesses(tmp_path, SERVER.format(more="") + models, 2) as gateway:
        (token,) = {token_in(each) for each in on_new_connections(gateway, path="/ui/providers/a")}
        sent = {"token": token, "do": "release"}
        again = on_new_connections(gateway, "POST", "/ui/providers/a", data=sent)
        assert {each.status_code for each in again} == {303}


def test_whichever_worker_answers_it_shows_what_all_have_seen(engines, tmp_path):
    lab, models = engines
    with WorkerProcesses(tmp_path, SERVER.format(more="") + models, 2) as gateway:
        for _ in range(TRIES):
            with gateway.client() as client:
                assert client.post("/v1/chat/completions", json=chat()).status_code == 200
        expected = f'data-label="Requests, 1h" class="num">{TRIES}</td>'

        def all_show_it():
            return all(expected in page.text for page in on_new_connections(gateway, path="/ui/models"))

        lab.until(all_show_it)
        assert "2 workers" in next(iter(on_new_connections(gateway))).text
