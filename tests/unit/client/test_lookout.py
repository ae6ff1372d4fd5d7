"""A gateway looked at again and again."""

import pytest

from sixnines.client.lookout import Lookout
from sixnines.client.remembered import merged
from sixnines.errors import GatewayUnreachable
from support.golden_top import Wire, lively
from support.pictures import NOW, picture, request


def test_requests_are_each_kept_once_the_new_ones_first_and_no_more_than_wanted():
    a, b, c = (request(name) for name in "abc")
    assert [each.id for each in merged([c, b], [b, a])] == ["c", "b", "a"]
    assert [each.id for each in merged([c], [b, a], most=2)] == ["c", "b"]


def test_where_a_hundred_were_not_enough_a_thousand_are_asked_for():
    wire = Wire(picture(requests=(request("old"),)))
    lookout = Lookout(wire.connect, lambda: NOW)
    assert [each.id for each in lookout.look().requests] == ["old"]
    wire.shown = picture(requests=tuple(request(str(n)) for n in range(150)))
    before = wire.asked.count("requests")
    assert len(lookout.look().requests) == 151
    assert wire.asked.count("requests") == before + 2


def test_who_went_away_is_found_anew():
    wire = Wire(lively())
    lookout = Lookout(wire.connect, lambda: NOW)
    lookout.look()
    wire.there = False
    for _ in range(2):
        with pytest.raises(GatewayUnreachable):
            lookout.look()
    wire.there = True
    assert lookout.look().held == 10
    lookout.forget()
    lookout.forget()
