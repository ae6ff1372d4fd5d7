"""Laws of learning: least shares, a ceiling on regret, opinions that count once, and a memory that survives a restart."""

from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sixnines.domain.reward import RewardWeights
from sixnines.routing.learned import Learned, Outcome, read, written
from support.learning import KIND, Pupil

OUTCOMES = st.none() | st.builds(Outcome, st.floats(0, 1000), st.none() | st.floats(0, 1e8))
WEIGHT = st.sampled_from([0.0, 0.25, 1.0])
WEIGHTS = st.builds(RewardWeights, WEIGHT, WEIGHT, WEIGHT, WEIGHT)
SETTINGS = st.fixed_dictionaries(
    {
        "explore": st.sampled_from([0.0, 0.02, 0.1, 0.5, 1.0]),
        "max_regret": st.sampled_from([0.0, 0.05, 0.1, 0.5, 1.0]),
        "half_life": st.sampled_from([10, 50, 200]),
        "weights": WEIGHTS,
    }
)


class Engines:
    """Each answers with a probability and a speed of its own; now and then they change."""

    def __init__(self, count, seed):
        self._chance = Random(seed)
        self._count = count
        self.change()

    def change(self):
        chance = self._chance
        self._kinds = [(chance.random(), chance.choice([0.01, 0.5, 20.0])) for _ in range(self._count)]

    def ask(self, index):
        answers, wait_s = self._kinds[index]
        return Outcome(wait_s, 0.0) if self._chance.random() < answers else None


def play(pupil, engines, rounds, eligible=None):
    """Who led, request by request."""
    leaders = []
    for number in range(rounds):
        if number % 150 == 149:
            engines.change()
        leaders.append(pupil.order(eligible)[0])
        pupil.tell(leaders[-1], engines.ask(leaders[-1]))
    return leaders


@given(count=st.integers(2, 6), seed=st.integers(0, 999), settings=SETTINGS)
def test_every_choice_leads_at_least_its_share(count, seed, settings):
    pupil, rounds = Pupil(count, seed=seed, **settings), 300
    leaders = Counter(play(pupil, Engines(count, seed), rounds))
    least = min(settings["explore"], settings["max_regret"] / (count - 1), 1 / count)
    assert all(leaders[index] >= least * rounds - 2 for index in range(count))


@given(count=st.integers(2, 6), seed=st.integers(0, 999), settings=SETTINGS)
def test_no_more_is_spent_on_what_is_known_to_be_worse_than_allowed(count, seed, settings):
    pupil, rounds = Pupil(count, seed=seed, **settings), 300
    play(pupil, Engines(count, seed), rounds)
    assert pupil.place.tally.worse <= settings["max_regret"] * rounds + (count if settings["max_regret"] else 0)


@given(
    count=st.integers(2, 5),
    seed=st.integers(0, 99),
    outcomes=st.lists(st.tuples(st.integers(0, 4), OUTCOMES)),
    settings=SETTINGS,
)
def test_a_reward_is_expected_between_0_and_1_whatever_happened(count, seed, outcomes, settings):
    pupil = Pupil(count, seed=seed, **settings)
    for index, outcome in outcomes:
        pupil.tell(index % count, outcome)
    for index in range(count):
        found = pupil.expected(index)
        assert 0.0 <= found.mean <= 1.0
        assert 0.0 < found.variance <= 1.0


@given(better=st.integers(1, 60), count=st.integers(1, 60))
def test_an_answer_more_raises_what_is_expected_and_a_failure_more_lowers_it(better, count):
    good, bad = Pupil(1), Pupil(1)
    for pupil in (good, bad):
        for number in range(count):
            pupil.tell(0, Outcome(1.0, 0.0) if number % 2 else None)
    good.tell(0, Outcome(1.0, 0.0), better)
    bad.tell(0, None, better)
    assert good.expected(0).mean > bad.expected(0).mean


@given(count=st.integers(1, 4), seed=st.integers(0, 99), rounds=st.integers(0, 80), settings=SETTINGS)
def test_after_a_restart_the_same_is_chosen_as_without_one(count, seed, rounds, settings):
    lasting = Pupil(count, seed=seed, **settings)
    play(lasting, Engines(count, seed), rounds)
    restarted = Pupil(count, learned=Learned(read(b"".join(written(lasting.learned)))), **settings)
    lasting.draw = Random(seed).random
    restarted.draw = Random(seed).random
    assert play(lasting, Engines(count, 5), 40) == play(restarted, Engines(count, 5), 40)


SCORES = st.lists(st.tuples(st.integers(0, 2), st.floats(0, 1), st.integers(0, 20)), min_size=1, max_size=8)


@given(scores=SCORES, half_life=st.sampled_from([10, 200]))
def test_of_all_that_is_said_of_an_answer_only_the_last_counts(scores, half_life):
    """Three answers; their callers say this and that of them while others are being answered."""
    wavering, once = Pupil(1, half_life=half_life), Pupil(1, half_life=half_life)
    about, said = [], {}
    for _ in range(3):
        for pupil in (wavering, once):
            pupil.tell(0, Outcome(1.0, 0.0), 7)
        about.append(wavering.learned.credit("m", KIND, "0", half_life=half_life))
    for answer, score, pause in scores:
        wavering.learned.score(about[answer], score, said.get(answer))
        said[answer] = score
        for pupil in (wavering, once):
            pupil.tell(0, Outcome(1.0, 0.0), pause)
    for answer, score in said.items():
        once.learned.score(about[answer], score, None)
    found, wanted = (each.place.bucket(KIND).choices["0"] for each in (wavering, once))
    found.bring_to(10_000, half_life), wanted.bring_to(10_000, half_life)
    for sum_of in ("count", "total", "square"):
        assert getattr(found.feedback, sum_of) == pytest.approx(getattr(wanted.feedback, sum_of), abs=1e-9)


@given(count=st.integers(0, 3), rounds=st.integers(0, 30), settings=SETTINGS)
def test_what_is_written_is_read_back_as_it_was(count, rounds, settings):
    learned = Learned()
    for number in range(count):
        pupil = Pupil(number + 1, seed=number, learned=learned, **settings)
        play(pupil, Engines(number + 1, number), rounds)
    assert read(b"".join(written(learned))) == dict(learned.places())


def a_file():
    pupil = Pupil(2)
    play(pupil, Engines(2, 1), 20)
    return b"".join(written(pupil.learned))


VALID = a_file()


@given(
    st.binary(max_size=200)
    | st.builds(lambda at, more: VALID[:at] + more + VALID[at + 1 :], st.integers(0, len(VALID)), st.binary(max_size=3))
)
def test_no_file_does_more_than_to_be_refused(data):
    try:
        places = read(data)
    except ValueError:
        return
    pupil = Pupil(2, learned=Learned(places))
    assert sorted(pupil.order()) == [0, 1]
    assert read(b"".join(written(pupil.learned)))
