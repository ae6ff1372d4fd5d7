"""All workers go by another config, or none."""

from sixnines.workers.vote import Vote


def test_it_passes_when_all_can():
    vote = Vote(1, [1, 2])
    vote.prepared(1, 1)
    assert not vote.passed
    assert vote.silent == [2]
    vote.prepared(2, 1)
    assert vote.passed


def test_one_that_cannot_is_enough():
    vote = Vote(1, [1, 2])
    vote.prepared(1, 1)
    vote.refused(2, 1, "out of memory")
    assert not vote.passed
    assert vote.refusal == "worker 2: out of memory"


def test_answers_about_an_earlier_reload_do_not_count():
    vote = Vote(2, [1])
    vote.prepared(1, 1)
    vote.refused(1, 1, "late")
    assert (vote.passed, vote.refusal) == (False, None)


def test_one_that_ends_is_not_waited_for_and_its_successor_is():
    vote = Vote(1, [1, 2])
    vote.prepared(1, 1)
    vote.left(2)
    vote.joined(2)
    assert not vote.passed
    vote.prepared(2, 1)
    assert vote.passed


def test_without_workers_it_passes_at_once():
    assert Vote(1, []).passed
