"""What is done to a provider on its page: by its own forms alone, and as the admin paths do it."""

import pytest

from support.lab import Lab, two_engines

HTML = {"accept": "text/html"}


@pytest.fixture
def client():
    with Lab() as lab:
        yield lab.serve(two_engines(lab.engine(), lab.engine()))


def token(client):
    return client.get("/ui/providers/a", headers=HTML).text.partition('name="token" value="')[2].partition('"')[0]


def send(client, provider="a", **fields):
    return client.post(f"/ui/providers/{provider}", data={"token": token(client), **fields}, headers=HTML)


def seen(client, provider="a"):
    rows = client.get("/admin/v1/providers").json()["providers"]
    return next(each for each in rows if each["name"] == provider)


def stands(client):
    """What can be done to a provider by hand."""
    found = seen(client)
    return found["state"], found["reason"], found["deployments"]


def test_a_provider_is_held_for_so_many_minutes_and_no_longer_held(client):
    answer = send(client, do="hold", minutes="10")
    assert (answer.status_code, answer.headers["location"]) == (303, "/ui/providers/a?done=hold")
    held = seen(client)
    assert held["reason"] == "held back by the operator"
    assert 590 < held["for_s"] <= 600
    page = client.get(answer.headers["location"], headers=HTML).text
    assert "It is the last to be asked from now on." in page
    assert "held by hand" in page
    assert send(client, do="release").status_code == 303
    assert seen(client)["reason"] != "held back by the operator"


def test_a_breaker_is_opened_and_closed(client):
    assert send(client, do="open", minutes="5", deployment="").status_code == 303
    (deployment,) = seen(client)["deployments"]
    assert (deployment["breaker"], deployment["opened_by_hand"]) == ("open", True)
    assert send(client, do="close").status_code == 303
    assert seen(client)["deployments"][0]["breaker"] == "closed"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"do": "hold", "minutes": "0"}, "from 1 to 60"),
        ({"do": "hold", "minutes": "61"}, "from 1 to 60"),
        ({"do": "hold", "minutes": "-5"}, "from 1 to 60"),
        ({"do": "hold", "minutes": "\u0663"}, "from 1 to 60"),
        ({"do": "hold"}, "from 1 to 60"),
        ({"do": "explode"}, "nothing that can be done"),
        ({}, "nothing that can be done"),
    ],
)
def test_a_form_that_asks_for_something_else_changes_nothing_and_says_so(client, fields, said):
    before = stands(client)
    answer = send(client, **fields)
    assert answer.status_code == 400
    assert said in answer.text
    assert stands(client) == before


def test_what_the_admin_path_refuses_is_said_on_the_page_of_the_provider(client):
    answer = send(client, do="open", minutes="5", deployment="a/other")
    assert answer.status_code == 400
    assert "the provider has no such deployment" in answer.text
    assert "<h1>a</h1>" in answer.text
    assert send(client, "nobody", do="hold", minutes="5").status_code == 404


@pytest.mark.parametrize("sent", [{}, {"token": ""}, {"token": "made-up"}])
def test_without_the_token_of_the_page_nothing_is_done(client, sent):
    before = stands(client)
    answer = client.post("/ui/providers/a", data={"do": "hold", "minutes": "10", **sent})
    assert answer.status_code == 403
    assert "Load the page again" in answer.text
    assert stands(client) == before


def test_another_sites_page_does_nothing_even_with_the_token(client):
    before = stands(client)
    fields = {"do": "hold", "minutes": "10", "token": token(client)}
    answer = client.post("/ui/providers/a", data=fields, headers={"origin": "https://evil.example"})
    assert answer.status_code == 403
    assert stands(client) == before


def test_names_with_every_character_that_config_allows_have_their_page():
    with Lab() as lab:
        engine = lab.engine()
        client = lab.serve(
            f'providers: {{"p/x:1@a+b": {{kind: openai-compatible, base_url: "{engine.base_url}"}}}}\n'
            'models: {"m/y:2@c+d": {deployments: [{provider: "p/x:1@a+b", model: up}]}}\n'
        )
        for path in ("/ui/providers", "/ui/models"):
            link = client.get(path, headers=HTML).text.partition(f'href="{path}/')[2].partition('"')[0]
            page = client.get(f"{path}/{link}", headers=HTML)
            assert page.status_code == 200
            assert "<h1>" in page.text
