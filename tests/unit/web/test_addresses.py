"""Addresses: names of config in them, whatever characters they have."""

import urllib.parse

from sixnines.web import addresses


def test_a_parameter_without_a_value_is_left_out():
    assert addresses.with_query("/x", {"a": None, "b": "", "c": 0}) == "/x?c=0"
    assert addresses.with_query("/x", {}) == "/x"


def test_names_come_through_as_they_are():
    odd = "a/b:c d&e=f?g#h%2Fä"
    for address, key in ((addresses.graph(odd), "about"), (addresses.availability("model", odd), "model")):
        parsed = urllib.parse.urlsplit(address)
        assert urllib.parse.parse_qs(parsed.query) == {key: [odd]}
        assert not parsed.fragment


def test_the_gateway_has_no_name():
    assert addresses.availability("gateway", "", "2026-11-26") == "/ui/availability?gateway=all&day=2026-11-26"
    assert addresses.availability() == "/ui/availability"


def test_one_request_has_a_path_of_its_own():
    assert addresses.request("abc") == "/ui/requests/abc"
    assert addresses.request("a/b") == "/ui/requests/a%2Fb"
