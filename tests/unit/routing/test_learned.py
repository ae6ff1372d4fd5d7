"""What was learned: opinions, what is forgotten, and the file that it is written to."""

import re

import pytest

from sixnines.routing.learned import KEPT_S, Learned, read, written
from sixnines.routing.place import Place
from support.learning import GOOD, KIND, SLOW, Pupil


def feedback(pupil, index):
    return pupil.place.bucket(KIND).choices[str(index)].feedback


def restarted(learned):
    return Learned(read(b"".join(written(learned))))


def credit(pupil, index):
    return pupil.learned.credit("m", KIND, str(index), half_life=pupil.settings.half_life)


def test_an_opinion_counts_for_the_choice_that_it_is_about():
    pupil = Pupil(2)
    for index in (0, 1):
        pupil.tell(index, GOOD, 20)
    pupil.learned.score(credit(pupil, 0), 1.0, None)
    pupil.learned.score(credit(pupil, 1), 0.0, None)
    assert pupil.expected(0).mean > pupil.expected(1).mean + 0.1


def test_of_what_is_said_twice_of_an_answer_the_last_counts_once():
    one, two = Pupil(1), Pupil(1)
    for pupil in (one, two):
        pupil.tell(0, GOOD, 5)
    about = credit(one, 0)
    one.learned.score(about, 0.9, None)
    one.tell(0, GOOD, 30)
    one.learned.score(about, 0.9, 0.9)
    one.learned.score(about, 0.2, 0.9)
    two.learned.score(credit(two, 0), 0.2, None)
    two.tell(0, GOOD, 30)
    assert feedback(one, 0).count == pytest.approx(feedback(two, 0).count)
    assert one.expected(0).mean == pytest.approx(two.expected(0).mean)


def test_an_opinion_counts_as_if_it_had_come_with_the_answer():
    early, late = Pupil(1, half_life=20), Pupil(1, half_life=20)
    for pupil in (early, late):
        pupil.tell(0, GOOD, 5)
    early.learned.score(credit(early, 0), 0.3, None)
    about = credit(late, 0)
    for pupil in (early, late):
        pupil.tell(0, GOOD, 40)
    late.learned.score(about, 0.3, None)
    early.tell(0, GOOD)
    late.tell(0, GOOD)
    assert feedback(early, 0).count == pytest.approx(0.5 ** (41 / 20))
    assert feedback(early, 0).count == pytest.approx(feedback(late, 0).count)
    assert early.expected(0).mean == pytest.approx(late.expected(0).mean)


def test_an_opinion_about_a_place_that_is_forgotten_makes_no_new_one():
    pupil = Pupil(1)
    pupil.tell(0, GOOD)
    about = credit(pupil, 0)
    pupil.learned.forget({}, 0.0)
    pupil.learned.forget({}, KEPT_S + 1)
    assert pupil.learned.places() == []
    pupil.learned.score(about, 1.0, None)
    assert pupil.learned.places() == []


def test_what_is_in_the_config_is_never_forgotten():
    pupil = Pupil(2)
    pupil.tell(0, GOOD)
    pupil.tell(1, SLOW)
    for week in range(5):
        pupil.learned.forget({"m": ("0", "1")}, week * 2 * KEPT_S)
    assert {*pupil.place.bucket(KIND).choices} == {"0", "1"}


def test_what_left_the_config_is_kept_for_a_week():
    pupil = Pupil(2)
    pupil.tell(0, GOOD)
    pupil.tell(1, SLOW)
    pupil.order()
    pupil.learned.forget({"m": ("0", "1")}, 0.0)
    pupil.learned.forget({"m": ("0",)}, KEPT_S - 1)
    assert {*pupil.place.bucket(KIND).choices} == {"0", "1"}
    pupil.learned.forget({"m": ("0",)}, KEPT_S + 1)
    assert {*pupil.place.bucket(KIND).choices} == {*pupil.place.bucket(KIND).owed} == {"0"}
    pupil.learned.forget({}, 3 * KEPT_S)
    assert pupil.learned.places() == []


def test_who_was_never_in_the_config_since_the_start_has_a_week_too():
    learned = restarted(told(3).learned)
    learned.forget({"m": ("0",)}, 1000.0)
    learned.forget({"m": ("0",)}, 1000.0 + KEPT_S - 1)
    assert len(learned.place("m").bucket(KIND).choices) == 3
    learned.forget({"m": ("0",)}, 1000.0 + KEPT_S + 1)
    assert len(learned.place("m").bucket(KIND).choices) == 1


def test_names_that_come_and_go_do_not_pile_up():
    learned = Learned()
    for day in range(40):
        for number in range(100):
            name = f"m{day}.{number}"
            learned.note(name, KIND, "x", settings=Pupil(1).settings, outcome=GOOD)
        learned.forget({f"m{day}.{number}": ("x",) for number in range(100)}, day * 60.0)
    assert len(learned.places()) == 1100
    assert {*dict(learned.places())} >= {f"m{day}.0" for day in range(29, 40)}


def told(count):
    pupil = Pupil(count)
    for index in range(count):
        pupil.tell(index, GOOD if index else None, 3)
    pupil.order()
    return pupil


def test_a_file_holds_all_of_it():
    pupil = told(3)
    pupil.learned.score(credit(pupil, 1), 0.25, None)
    pupil.learned.place('odd "name"/é')
    pupil.learned.forget({"m": ("0",)}, 17.5)
    assert dict(restarted(pupil.learned).places()) == dict(pupil.learned.places())


def test_nothing_learned_is_a_file_too():
    assert read(b"".join(written(Learned()))) == {}


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no file of this gateway, or a broken one"),
        (b"{", "no file of this gateway, or a broken one"),
        (b"\xff\xfe", "no file of this gateway, or a broken one"),
        (b"[]", "no file of this gateway, or a broken one"),
        (b'{"places":{}}', "missing required field `version`"),
        (b'{"version":2,"places":{}}', "it has version 2, and this gateway reads version 1"),
        (b'{"version":2,"places":"elsewhere"}', "it has version 2, and this gateway reads version 1"),
        (b'{"version":1}', "missing required field `places`"),
        (b'{"version":1,"places":{"m":{"buckets":{"k":{"ticks":-1}}}}}', "Expected `int` >= 0"),
        (b'{"version":1,"places":{"m":{"buckets":{"k":{"everyone":{"success":{"count":-1}}}}}}}', "Expected `float`"),
        (b'{"version":1,"places":{"m":{"buckets":{"k":{"everyone":{"success":{"count":1e9}}}}}}}', "Expected `float`"),
        (b'{"version":1,"places":{"m":{"buckets":{"k":{"everyone":{"speed":{"count":1,"total":2}}}}}}}', "contradict"),
        (b'{"version":1,"places":{"m":{"buckets":{"k":{"owed":{"x":NaN}}}}}}', "broken"),
        (b'{"version":1,"places":' + b'{"a":' * 5000, "broken"),
    ],
)
def test_a_file_that_is_none_says_why(data, reason):
    with pytest.raises(ValueError, match=re.escape(reason)):
        read(data)


def test_kinds_of_requests_that_are_not_told_apart_any_more_are_left_out():
    data = b'{"version":1,"places":{"m":{"buckets":{"chat/huge/stream":{"ticks":3},"chat/short/stream":{"ticks":4}}}}}'
    assert {*read(data)["m"].buckets} == {"chat/short/stream"}


def test_places_are_found_by_name_and_made_when_first_asked_for():
    learned = Learned()
    assert learned.place("m") is learned.place("m")
    assert learned.place("m") == Place()
