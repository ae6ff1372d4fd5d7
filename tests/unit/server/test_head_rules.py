import pytest

from sixnines.server.head import Head, Headers, check_head
from sixnines.server.interface import Limits
from sixnines.server.refused import Reason, Refused

HOST = (b"host", b"gateway:4000")
LIMITS = Limits(max_body=100)


def read(*headers: tuple[bytes, bytes], method: str = "POST", target: str = "/v1/models", version: str = "1.1") -> Head:
    given: Headers = list(headers) or [HOST]
    return check_head((method, target, version), given, LIMITS)


def test_a_plain_request_passes_with_its_defaults() -> None:
    assert read() == Head(
        method="POST",
        version="1.1",
        path="/v1/models",
        query="",
        headers=[HOST],
        length=0,
        coding=None,
        keep_alive=True,
        expects_continue=False,
    )


@pytest.mark.parametrize(
    "target",
    [
        "/v1/../admin",
        "/v1/%2e%2e/admin",
        "/v1/%2E%2E%2Fadmin",
        "//v1/models",
        "/v1//models",
        "/v1\\..\\admin",
        "/./v1",
        "/v1/models/",
        "/v1;x=y",
        "/%00",
        "/",
    ],
)
def test_a_path_is_passed_on_as_it_came(target: str) -> None:
    head = read(target=target)
    assert (head.path, head.query) == (target, "")


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [
        ("/a?b=c", "/a", "b=c"),
        ("/a?", "/a", ""),
        ("/a?b?c/../d", "/a", "b?c/../d"),
        ("/a%3Fb?c", "/a%3Fb", "c"),
        ("http://other:1/a/b?c", "/a/b", "c"),
        ("HTTPS://other/a", "/a", ""),
        ("http://other", "/", ""),
        ("http://other?c=/d", "/", "c=/d"),
        ("http://[::1]:4000/a", "/a", ""),
    ],
)
def test_a_target_is_split_into_path_and_query(target: str, path: str, query: str) -> None:
    head = read(target=target)
    assert (head.path, head.query) == (path, query)


def test_the_authority_of_an_absolute_target_replaces_host() -> None:
    head = read((b"x-a", b"1"), HOST, target="http://other:1/a")
    assert head.headers == [(b"host", b"other:1"), (b"x-a", b"1")]


def test_an_asterisk_is_a_target_of_options_only() -> None:
    assert read(method="OPTIONS", target="*").path == "*"
    with pytest.raises(Refused):
        read(method="GET", target="*")


@pytest.mark.parametrize(
    "target", ["ftp://other/a", "http://user@other/a", "http:///a", "http://a b/c", "mailto:me", "/a#b", "http://h/#b"]
)
def test_a_target_that_is_neither_path_nor_url_is_refused(target: str) -> None:
    with pytest.raises(Refused) as refused:
        read(target=target)
    assert refused.value.reason is Reason.MALFORMED


@pytest.mark.parametrize("host", [b"", b"localhost", b"127.0.0.1:4000", b"[::1]:4000", b"a.b-c_d", b"xn--caf-dma.fr"])
def test_a_host_may_be_a_name_or_an_address_with_a_port(host: bytes) -> None:
    assert read((b"host", host)).headers == [(b"host", host)]


@pytest.mark.parametrize(
    "hosts", [[], [b"a", b"b"], [b"a", b"a"], [b"a b"], [b"user@a"], [b"a/b"], [b"http://a"], [b"a\tb"], [b"\xc3\xa9"]]
)
def test_a_missing_double_or_impossible_host_is_refused(hosts: list[bytes]) -> None:
    with pytest.raises(Refused) as refused:
        read((b"accept", b"*/*"), *((b"host", host) for host in hosts))
    assert refused.value.reason is Reason.MALFORMED


def test_http_1_0_needs_no_host() -> None:
    assert read((b"accept", b"*/*"), version="1.0").version == "1.0"


@pytest.mark.parametrize("version", ["0.9", "2.0", "1.2", "3.0"])
def test_another_version_is_refused(version: str) -> None:
    with pytest.raises(Refused) as refused:
        read(version=version)
    assert refused.value.reason is Reason.UNKNOWN_VERSION


@pytest.mark.parametrize(
    ("version", "connection", "stays"),
    [
        ("1.1", b"keep-alive", True),
        ("1.1", b"close", False),
        ("1.1", b"Close", False),
        ("1.1", b"te, close", False),
        ("1.1", b"keep-alive , close", False),
        ("1.1", b"disclose", True),
        ("1.0", b"close", False),
        ("1.0", b"Keep-Alive", True),
        ("1.0", b"x", False),
    ],
)
def test_the_caller_says_whether_the_connection_stays(version: str, connection: bytes, stays: bool) -> None:
    assert read(HOST, (b"connection", connection), version=version).keep_alive is stays


def test_the_connection_header_may_come_in_pieces() -> None:
    assert not read(HOST, (b"connection", b"x"), (b"connection", b"close")).keep_alive


def test_a_length_may_be_as_large_as_the_limit_and_no_larger() -> None:
    assert read(HOST, (b"content-length", b"100")).length == 100
    with pytest.raises(Refused) as refused:
        read(HOST, (b"content-length", b"101"))
    assert refused.value.reason is Reason.BODY_TOO_LARGE


def test_a_chunked_body_has_no_length() -> None:
    assert read(HOST, (b"transfer-encoding", b"Chunked")).length is None


@pytest.mark.parametrize(
    "headers",
    [
        [(b"transfer-encoding", b"chunked"), (b"content-length", b"3")],
        [(b"content-length", b"3"), (b"transfer-encoding", b"chunked")],
        [(b"content-length", b"3"), (b"content-length", b"3")],
        [(b"content-length", b"3"), (b"content-length", b"4")],
        [(b"transfer-encoding", b"gzip, chunked")],
        [(b"transfer-encoding", b", chunked")],
        [(b"transfer-encoding", b"identity")],
        [(b"transfer-encoding", b"")],
        [(b"transfer-encoding", b"gzip"), (b"transfer-encoding", b"chunked")],
        [(b"transfer-encoding", b"chunked"), (b"transfer-encoding", b"chunked")],
    ],
)
def test_framing_that_two_readers_could_see_differently_is_refused(headers: Headers) -> None:
    with pytest.raises(Refused) as refused:
        read(HOST, *headers)
    assert refused.value.reason is Reason.MALFORMED


def test_http_1_0_has_no_transfer_coding() -> None:
    with pytest.raises(Refused) as refused:
        read(HOST, (b"transfer-encoding", b"chunked"), version="1.0")
    assert refused.value.reason is Reason.MALFORMED


@pytest.mark.parametrize(
    ("value", "coding"),
    [(b"gzip", "gzip"), (b"GZIP", "gzip"), (b"x-gzip", "gzip"), (b"deflate", "deflate"), (b"identity", None)],
)
def test_known_content_codings_are_recognised(value: bytes, coding: str | None) -> None:
    assert read(HOST, (b"content-encoding", value)).coding == coding


@pytest.mark.parametrize("values", [[b"br"], [b"zstd"], [b"gzip, gzip"], [b"gzip", b"gzip"], [b"compress"]])
def test_unknown_or_stacked_content_codings_are_refused(values: list[bytes]) -> None:
    with pytest.raises(Refused) as refused:
        read(HOST, *((b"content-encoding", value) for value in values))
    assert refused.value.reason is Reason.UNKNOWN_CODING


def test_the_one_known_expectation_is_noted() -> None:
    assert read(HOST, (b"expect", b"100-Continue")).expects_continue
    assert not read(HOST, (b"expect", b"100-continue"), version="1.0").expects_continue


@pytest.mark.parametrize("values", [[b"200-maybe"], [b""], [b"100-continue", b"100-continue"]])
def test_another_expectation_is_refused(values: list[bytes]) -> None:
    with pytest.raises(Refused) as refused:
        read(HOST, *((b"expect", value) for value in values))
    assert refused.value.reason is Reason.UNKNOWN_EXPECTATION


def test_an_offer_of_http_2_is_ignored() -> None:
    offer = ((b"connection", b"Upgrade, HTTP2-Settings"), (b"upgrade", b"h2c"), (b"http2-settings", b"AAMAAABk"))
    found = read(HOST, *offer)
    found.headers = [HOST]
    assert found == read()


def test_an_upgrade_that_is_not_for_this_connection_is_ignored() -> None:
    assert read(HOST, (b"upgrade", b"websocket")).keep_alive


@pytest.mark.parametrize("protocols", [b"websocket", b"h2c, websocket", b"TLS/1.0"])
def test_other_upgrades_are_refused(protocols: bytes) -> None:
    with pytest.raises(Refused) as refused:
        read(HOST, (b"connection", b"upgrade"), (b"upgrade", protocols))
    assert refused.value.reason is Reason.MALFORMED


def test_connect_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        read(method="CONNECT", target="other:443")
    assert refused.value.reason is Reason.MALFORMED
    assert "not a proxy" in refused.value.message
