"""The web page over HTTP: headers, files, errors as pages, and what it leaves alone."""

import pytest

from sixnines.web.assets import NAMES
from sixnines.web.website import HEADERS
from support.lab import Lab, one_engine

HTML = {"accept": "text/html,application/xhtml+xml"}
GUARDED = ["/ui", "/ui/nowhere", "/ui/login", "/ui/static/sixnines.css", "/ui/static/nowhere.js", "/"]


@pytest.fixture(scope="module")
def lab():
    with Lab() as lab:
        lab.serve(one_engine(lab.engine()))
        yield lab


@pytest.fixture
def client(lab):
    return lab.client()


@pytest.mark.parametrize("path", GUARDED)
def test_every_answer_forbids_frames_and_everything_from_elsewhere(client, path):
    answer = client.get(path, headers=HTML)
    for name, value in HEADERS:
        assert answer.headers[name.decode()] == value.decode()
    assert "'unsafe" not in answer.headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/ui", "/ui/nowhere", "/ui/login"])
def test_no_page_has_a_script_or_a_style_of_its_own(client, path):
    page = client.get(path, headers=HTML).text
    assert "<style" not in page
    assert " style=" not in page
    assert "<script>" not in page
    assert " onclick=" not in page
    assert client.get(path).headers["cache-control"] == "no-store"


@pytest.mark.parametrize("name", NAMES)
def test_a_file_is_kept_by_browsers_under_the_address_of_its_content_alone(client, name):
    address = f"/ui/static/{name}?v="
    plain = client.get(f"/ui/static/{name}")
    assert (plain.status_code, plain.headers["cache-control"]) == (200, "no-cache")
    page = client.get("/ui", headers=HTML).text
    if address in page:
        digest = page.partition(address)[2].partition('"')[0]
        exact = client.get(address + digest)
        assert "immutable" in exact.headers["cache-control"]
        assert exact.content == plain.content


@pytest.mark.parametrize(
    "path",
    ["", "nowhere.css", "../website.py", "..%2fwebsite.py", "%2e%2e/website.py", "htmx.LICENSE.txt", "/etc/passwd"],
)
def test_no_other_file_is_served(client, path):
    request = client.build_request("GET", "/ui/static/")
    request.url = request.url.copy_with(raw_path=f"/ui/static/{path}".encode())
    answer = client.send(request)
    assert answer.status_code == 404
    assert "import" not in answer.text


def test_what_is_not_there_is_a_page_that_says_so(client):
    answer = client.get("/ui/nowhere", headers=HTML)
    assert answer.status_code == 404
    assert "There is no such page." in answer.text
    assert 'id="nav"' in answer.text


def test_a_method_that_a_page_does_not_take_is_a_page_that_says_so(client):
    answer = client.post("/ui", data={"a": "b"})
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
    assert client.delete("/ui/login").status_code == 405


def test_a_form_that_cannot_be_read_is_a_page_that_says_so(client):
    answer = client.post("/ui", content=b"a=%ff", headers={"content-type": "application/x-www-form-urlencoded"})
    assert answer.status_code == 400
    assert "cannot be read" in answer.text


def test_a_form_that_is_longer_than_anybody_types_is_not_read(client):
    answer = client.post("/ui", data={"a": "b" * 2**20})
    assert answer.status_code == 400
    assert "too long" in answer.text


def test_a_slash_too_many_leads_to_the_page(client):
    answer = client.get("/ui/", headers=HTML)
    assert (answer.status_code, answer.headers["location"]) == (303, "/ui")


def test_a_page_asked_for_by_itself_gives_its_changing_part_alone(client):
    part = client.get("/ui", headers={"hx-request": "true"}).text
    assert "<html" not in part
    assert "All that is required is up." in part


def test_the_plain_address_leads_a_browser_to_the_page_and_a_program_nowhere(client):
    answer = client.get("/", headers=HTML)
    assert (answer.status_code, answer.headers["location"]) == (303, "/ui")
    for method, headers in (("GET", {"accept": "*/*"}), ("GET", {}), ("POST", HTML)):
        answer = client.request(method, "/", headers=headers)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/json")


def test_config_can_turn_the_page_off():
    with Lab() as lab:
        client = lab.serve('server: {listen: "127.0.0.1:0", ui: false}\n' + one_engine(lab.engine()))
        for path in ("/ui", "/ui/static/sixnines.css", "/ui/login", "/"):
            answer = client.get(path, headers=HTML)
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "unknown_url")


def test_another_sites_cors_does_not_open_the_page():
    with Lab() as lab:
        client = lab.serve('server: {listen: "127.0.0.1:0", cors: ["*"]}\n' + one_engine(lab.engine()))
        answer = client.get("/ui", headers={**HTML, "sec-fetch-site": "cross-site", "origin": "https://evil.example"})
        assert answer.status_code == 403
        assert "access-control-allow-origin" not in answer.headers
