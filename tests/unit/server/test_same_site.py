"""Whose pages and names the admin paths answer to."""

import pytest

from sixnines.errors import Forbidden
from sixnines.server import same_site
from sixnines.server.interface import Request
from support import specs

LOOPBACK = specs.server()
LOOPBACK_WITH_KEY = specs.server(admin_key_digest=b"x" * 32)
EVERYWHERE = specs.server(host="0.0.0.0", admin_key_digest=b"x" * 32)
NAMED = specs.server(host="lab.example", admin_key_digest=b"x" * 32)


def refused(server, **headers):
    """The code of the refusal, or None."""
    lines = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    try:
        same_site.check(Request("GET", "/admin/v1/requests", "", lines, b"", "127.0.0.1"), server)
    except Forbidden as error:
        return error.code
    return None


@pytest.mark.parametrize("server", [LOOPBACK, LOOPBACK_WITH_KEY])
@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.0.0.1:4000", "127.0.0.1:", "127.9.9.9:1", "localhost", "LocalHost:4000", "localhost.:4000",
        "[::1]", "[::1]:4000", "[0:0:0:0:0:0:0:1]:4000",
    ],
)  # fmt: skip
def test_on_loopback_the_names_of_this_machine_pass(server, host):
    assert refused(server, host=host) is None


@pytest.mark.parametrize("server", [LOOPBACK, LOOPBACK_WITH_KEY])
@pytest.mark.parametrize(
    "host",
    [
        "evil.example", "evil.example:4000", "127.0.0.1.evil.example", "localhost.evil.example", "evil.example.localhost",
        "192.168.0.7:4000", "0.0.0.0:4000", "[::]:4000", "[::2]:4000", "2130706433", "127.1", "0x7f.0.0.1", "", ":4000",
        "[::1", "::1", "[127.0.0.1]x", "127.0.0.1:4000:5", "[evil.example]", "[::1]evil.example", "\xff",
    ],
)  # fmt: skip
def test_on_loopback_every_other_name_is_refused_as_dns_rebinding_would_send_it(server, host):
    assert refused(server, host=host) == "foreign_host"


def test_a_request_without_a_host_is_refused_on_loopback():
    assert refused(LOOPBACK) == "foreign_host"


def test_off_loopback_any_name_passes_because_a_key_is_needed():
    assert refused(EVERYWHERE, host="lab.example:4000") is None
    assert refused(EVERYWHERE) is None


def test_without_a_key_a_name_is_checked_wherever_the_gateway_listens():
    exposed = specs.server(host="lab.example")
    assert refused(exposed, host="evil.example") == "foreign_host"
    assert refused(exposed, host="LAB.example:80") is None
    assert refused(exposed, host="localhost") is None


@pytest.mark.parametrize("server", [LOOPBACK, EVERYWHERE, NAMED])
@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example", "null", "http://localhost:3000", "http://localhost", "", "localhost:4000",
        "http://localhost:4000.evil.example", "chrome-extension://localhost:4000", "file://", "http://",
    ],
)  # fmt: skip
def test_a_page_of_another_origin_is_refused_everywhere(server, origin):
    assert refused(server, host="localhost:4000", origin=origin) == "cross_site"


@pytest.mark.parametrize("server", [LOOPBACK, EVERYWHERE, NAMED])
def test_a_page_of_its_own_origin_passes(server):
    assert refused(server, host="localhost:4000", origin="http://LOCALHOST:4000", sec_fetch_site="same-origin") is None


def test_one_good_origin_does_not_hide_a_bad_one():
    lines = [(b"host", b"localhost"), (b"origin", b"http://localhost"), (b"origin", b"http://evil.example")]
    with pytest.raises(Forbidden):
        same_site.check(Request("GET", "/admin/", "", lines, b"", ""), LOOPBACK)


def test_an_origin_without_a_host_to_compare_it_with_is_refused():
    assert refused(EVERYWHERE, origin="http://") == "cross_site"


@pytest.mark.parametrize(("site", "code"), [("cross-site", "cross_site"), ("same-site", "cross_site"), ("odd", "cross_site"), ("none", None), ("same-origin", None), ("Cross-Site", "cross_site")])  # fmt: skip
@pytest.mark.parametrize("server", [LOOPBACK, EVERYWHERE])
def test_what_the_browser_says_of_the_sender_counts(server, site, code):
    assert refused(server, host="127.0.0.1:4000", sec_fetch_site=site) == code


def test_a_long_name_is_not_repeated_in_full():
    request = Request("GET", "/admin/", "", [(b"host", b"e" * 9000)], b"", "")
    with pytest.raises(Forbidden) as caught:
        same_site.check(request, LOOPBACK)
    assert len(caught.value.message) < 400
