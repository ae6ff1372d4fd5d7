"""Revisions on the web page over HTTP: the list, one of them, what differs, and a rollback that tells what happens."""

import base64
import json
import signal
from pathlib import Path

import pytest

from support.gateway_process import GatewayProcess
from support.lab import Lab, one_engine

HTML = {"accept": "text/html"}
LIST = "/ui/revisions"


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


@pytest.fixture
def first(lab):
    """The config that holds first."""
    return one_engine(lab.engine(), model="context_window: 8192")


@pytest.fixture
def gateway(lab, tmp_path, first):
    """A gateway with two revisions: the second is served, and another model window in it is."""
    with GatewayProcess(tmp_path, first) as gateway:
        change(lab, gateway, first.replace("8192", "32768"), 2)
        yield gateway


def change(lab, gateway, config, number):
    """Have the gateway take up another config from its file."""
    gateway.write(config)
    gateway.signal(signal.SIGHUP)
    with gateway.client() as client:
        lab.until(lambda: client.get("/admin/v1/gateway").json()["revision"] == number)


def page(gateway, path) -> str:
    with gateway.client() as client:
        answer = client.get(path, headers=HTML)
    assert answer.status_code == 200, answer.text
    return answer.text


def token(gateway) -> str:
    return page(gateway, f"{LIST}/1").partition('name="token" value="')[2].partition('"')[0]


def back(gateway, number=1, **fields):
    form = {"token": token(gateway), "author": "ada", "note": "it was better", "watch_s": "0", **fields}
    with gateway.client() as client:
        return client.post(f"{LIST}/{number}", data=form, headers=HTML)


def encoded(text) -> str:
    return base64.b64encode(text.encode()).decode()


def test_the_list_has_every_revision_and_which_one_is_served(gateway):
    shown = page(gateway, LIST)
    assert f'<a href="{LIST}/2">2</a>' in shown
    assert f'<a href="{LIST}/1">1</a>' in shown
    assert shown.count(">holds<") == 1
    with gateway.client() as client:
        digest = client.get("/admin/v1/revisions/2").json()["revision"]["digest"]
    assert digest[:12] in shown


def test_one_of_them_shows_what_going_back_would_change_with_its_risks(gateway):
    shown = page(gateway, f"{LIST}/1")
    assert "context_window: 32768 -&gt; 8192" in shown
    assert "risk (medium): models.m: the window of m shrinks from 32,768 to 8,192 tokens" in shown
    assert "Roll back to revision 1" in shown
    assert "Roll back" not in page(gateway, f"{LIST}/2"), "it is served: there is nothing to go back to"


def test_two_of_them_are_compared_either_way(gateway):
    assert "context_window: 8192 -&gt; 32768" in page(gateway, f"{LIST}/compare?old=1&new=2")
    assert "context_window: 32768 -&gt; 8192" in page(gateway, f"{LIST}/compare?old=2&new=1")
    assert "Both mean the same." in page(gateway, f"{LIST}/compare?old=2&new=2")


def test_a_rollback_is_told_step_by_step_and_kept_in_the_history(gateway):
    answer = back(gateway, follow="1")
    assert answer.headers["content-type"] == "application/x-ndjson"
    told = [json.loads(line) for line in answer.text.splitlines()]
    assert [each["text"].partition(":")[0] for each in told if each["tone"] == "step"] == [
        "check", "record", "activate", "commit",
    ]  # fmt: skip
    assert any(each["text"].startswith("risk (") for each in told)
    assert [each["is_end"] for each in told].count(True) == 1
    assert (told[-1]["tone"], told[-1]["text"].startswith("Applied: revision 3 is served")) == ("good", True)
    with gateway.client() as client:
        state = client.get("/admin/v1/gateway").json()
        made = client.get("/admin/v1/revisions/3").json()["revision"]
    assert (state["revision"], state["head"]) == (3, 3)
    assert (made["author"], made["note"], made["origin"], made["of"]) == ("ada", "it was better", "rollback", 1)
    assert "rollback to 1" in page(gateway, LIST)


def test_without_a_script_the_page_after_the_form_tells_the_same(gateway):
    answer = back(gateway)
    assert answer.status_code == 200
    assert "<h1>Back to revision 1</h1>" in answer.text
    assert "Applied: revision 3 is served" in answer.text


def test_a_rollback_that_is_refused_says_why_and_changes_nothing(gateway, lab, first):
    change(lab, gateway, first.replace("8192", "16384"), 3)
    with gateway.client() as client:
        bad = {"files": [{"path": "sixnines.yaml", "content": ""}]}
        assert client.post("/admin/v1/apply", json=bad).status_code == 422
        assert client.get("/admin/v1/gateway").json()["revision"] == 3
    told = [json.loads(line) for line in back(gateway, 9, follow="1").text.splitlines()]
    assert [(each["tone"], each["is_end"]) for each in told] == [("bad", True)]
    assert "revision 9" in told[0]["text"]
    with gateway.client() as client:
        assert client.get("/admin/v1/gateway").json()["revision"] == 3


def test_one_that_never_held_is_gone_back_to_by_whoever_insists_alone(gateway, lab, first):
    dead = first.replace("8192", "4096").replace("127.0.0.1:", "127.0.0.1:1/")
    with gateway.client() as client:
        files = [
            {"path": "sixnines.yaml", "content": encoded(f'version: 1\nserver: {{listen: "127.0.0.1:0"}}\n{dead}')}
        ]
        client.post("/admin/v1/apply", json={"files": files, "watch_s": 0, "verify": False})
        assert client.get("/admin/v1/revisions/3").json()["outcome"]["fate"] == "refused"
    shown = page(gateway, f"{LIST}/3")
    assert "It never held: it was refused." in shown
    assert "never held" in json.loads(back(gateway, 3, follow="1").text.splitlines()[-1])["text"]
    told = json.loads(back(gateway, 3, follow="1", force="on").text.splitlines()[-1])
    assert told["tone"] == "good", told


@pytest.mark.parametrize(
    ("fields", "said"),
    [({"author": " "}, "who rolls back"), ({"watch_s": "soon"}, "0 to 3600"), ({"watch_s": "4000"}, "0 to 3600")],
)
def test_a_form_that_is_filled_in_wrongly_is_refused(gateway, fields, said):
    answer = back(gateway, **fields)
    assert (answer.status_code, said in answer.text) == (400, True)


def test_nobody_rolls_back_without_the_token(gateway):
    assert back(gateway, token="another").status_code == 403
    with gateway.client() as client:
        assert client.get("/admin/v1/gateway").json()["revision"] == 2


@pytest.mark.parametrize("below", ["0", "01", "one", "1/2", "compare", "compare?old=1", "compare?old=1&new=two"])
def test_what_names_no_revision_is_a_page_that_says_so(gateway, below):
    with gateway.client() as client:
        answer = client.get(f"{LIST}/{below}", headers=HTML)
    assert answer.status_code == 404
    assert "by its number" in answer.text


def test_one_that_is_not_kept_is_a_page_that_says_so(gateway):
    with gateway.client() as client:
        answer = client.get(f"{LIST}/77", headers=HTML)
    assert (answer.status_code, "77" in answer.text) == (404, True)


def test_a_secret_is_never_shown_nor_what_looks_like_one(lab, tmp_path):
    pasted = "sk-proj-abcdefghijklmnop0123456789"
    config = f"# was {pasted}\n" + one_engine(lab.engine(), provider=', api_key: "env:PROVIDER_KEY"')
    secret = "behind-the-reference"
    with GatewayProcess(tmp_path, config, {"PROVIDER_KEY": secret}) as gateway:
        change(lab, gateway, config.replace(" m:", " n:"), 2)
        shown = [page(gateway, path) for path in (LIST, f"{LIST}/1", f"{LIST}/2", f"{LIST}/compare?old=1&new=2")]
    assert "env:PROVIDER_KEY" in shown[1]
    assert "# was ***" in shown[1]
    assert not [each for each in shown if secret in each or pasted in each]


def test_a_gateway_whose_config_is_no_file_says_that_it_keeps_none(lab):
    client = lab.serve(one_engine(lab.engine()))
    assert "keeps no revisions" in client.get(LIST, headers=HTML).text


def test_revisions_that_cannot_be_recorded_are_said_with_what_to_do(gateway):
    with gateway.client() as client:
        store = Path(client.get("/admin/v1/gateway").json()["store"])
    store.rename(store.with_name("elsewhere"))
    assert "Make that folder writable" in page(gateway, LIST)
