"""Which config held before another one."""

import pytest

from sixnines.control.lineage import before, meant, original, way_back
from sixnines.control.revision import Origin, Revision
from sixnines.errors import UnknownRevision


def history(*rows):
    """What reads revisions: (number, parent, of) each."""
    made = {
        number: Revision(
            number=number, parent=parent, digest="", sources=(), created_unix_s=0.0, author="", note="",
            origin=Origin.APPLY, of=of,
        )
        for number, parent, of in rows
    }  # fmt: skip

    def read(number):
        if number not in made:
            raise UnknownRevision(str(number))
        return made[number]

    return read


def test_nothing_held_before_the_first():
    assert before(1, history((1, None, None))) is None


def test_before_a_config_the_one_held_that_was_its_parent():
    assert before(3, history((1, None, None), (2, 1, None), (3, 2, None))) == 2


def test_what_never_held_is_passed_over():
    assert before(4, history((1, None, None), (4, 1, None))) == 1  # 2 and 3 were refused


def test_a_second_rollback_goes_further_back():
    read = history((1, None, None), (2, 1, None), (3, 2, None), (4, 3, 2))
    assert before(4, read) == 1


def test_after_an_edit_a_rollback_goes_to_what_held_when_it_was_made():
    read = history((1, None, None), (2, 1, None), (3, 2, 1), (4, 3, None))
    assert before(4, read) == 3


def test_a_rollback_to_a_rollback_means_what_that_meant():
    read = history((1, None, None), (2, 1, None), (3, 2, 1), (4, 3, None), (5, 4, 3))
    assert meant(5, read).number == 1
    assert before(5, read) is None


def test_what_is_pruned_cannot_be_told():
    with pytest.raises(UnknownRevision):
        before(4, history((4, 3, 2)))


def test_a_revision_that_names_itself_ends_all_the_same():
    assert meant(4, history((4, 3, 4))).number == 4
    assert meant(4, history((4, 3, 5))).number == 4


def test_a_rollback_says_whose_sources_it_has_in_one_step():
    read = history((1, None, None), (2, 1, None), (3, 2, 1), (4, 3, None))
    assert original(3, read) == 1
    assert original(4, read) == 4


def test_where_that_one_is_gone_it_says_the_nearest():
    assert original(3, history((3, 2, 1))) == 3


def test_two_rollbacks_need_what_they_go_to_and_what_tells_where_that_is():
    read = history((1, None, None), (2, 1, None), (3, 2, 1), (4, 3, None), (5, 4, None))
    assert {*way_back(5, read)} == {5, 4, 3}
    assert {*way_back(4, read)} == {4, 3, 1}
    assert {*way_back(1, read)} == {1}


def test_the_way_back_goes_as_far_as_it_is_known():
    steps = way_back(4, history((3, 2, 1), (4, 3, None)))
    assert [next(steps), next(steps), next(steps)] == [3, 4, 3]
    with pytest.raises(UnknownRevision):
        next(steps)
