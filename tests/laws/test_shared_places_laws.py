"""Laws of places that several workers share: as one process would give them, and how far off without a lock."""

from hypothesis import given
from hypothesis import strategies as st

from sixnines.config.snapshot import QueueSettings
from sixnines.domain.priority import Priority
from sixnines.health.places import Places, Waiter
from support.shared_places import Workers

STEPS = st.lists(
    st.tuples(st.sampled_from(["come", "come", "go", "leave"]), st.integers(0, 3), st.sampled_from(Priority)),
    max_size=60,
)


@given(st.integers(1, 4), st.integers(1, 4), st.integers(0, 5), STEPS)
def test_workers_that_look_when_they_are_woken_give_places_as_one_process_does(count, limit, size, steps):
    queue = QueueSettings(size, 0.0)
    workers, one, one_got = Workers(count, limit=limit, queue=queue), Places(limit, queue), []
    waiting = []
    for number, (what, who, priority) in enumerate(steps):
        places = workers.places[who % count]
        if what == "come":
            taken = places.take()
            assert taken == one.take()
            if not taken:
                here = Waiter(priority, lambda _, number=number: workers.got.append(number))
                there = Waiter(priority, lambda _, number=number: one_got.append(number))
                queued = places.enqueue(here, 0)
                assert queued == one.enqueue(there, 0)
                if queued:
                    waiting.append((here, there))
        elif what == "go" and places.in_flight:
            places.give_back()
            one.give_back()
        elif what == "leave" and waiting:
            for waiter in waiting.pop(who % len(waiting)):
                waiter.leave()
        workers.settle()
        assert workers.got == one_got
        assert sum(each.in_flight for each in workers.places) == one.in_flight == sum(workers.cells[0])
        assert {each.crowd for each in workers.places} == {one.waiting}


class Interrupted(list):
    """Cells at which others may do something between any two looks."""

    between = staticmethod(lambda: None)

    def __iter__(self):
        for index in range(len(self)):
            self.between()
            yield self[index]
        self.between()


class Scramble:
    """Workers whose steps run into each other: while one looks at the cells, others do whole steps, at any depth."""

    def __init__(self, count, limit, steps):
        self.workers = Workers(count, limit=limit, cells=Interrupted)
        for cells in self.workers.cells:
            cells.between = self.perhaps
        self.limit = limit
        self.steps = list(reversed(steps))
        self.busy = set()
        self.most = 0

    def perhaps(self):
        """The next step, if it is its time and its worker is not in the middle of another."""
        self.most = max(self.most, sum(each.in_flight for each in self.workers.places))
        if self.steps:
            what, who, looks = self.steps[-1]
            self.steps[-1] = what, who, looks - 1
            if looks == 0 and who not in self.busy:
                self.step()

    def step(self):
        what, who, _ = self.steps.pop()
        places = self.workers.places[who]
        if who in self.busy:
            return
        self.busy.add(who)
        match what:
            case "take" if not places.take():
                self.workers.wait(places, len(self.steps))
            case "give" if places.in_flight:
                places.give_back()
            case "look" if places.waiting:
                places.look()
            case "tick" if places.waiting:
                places.tick()
        self.busy.discard(who)


@st.composite
def scrambles(draw):
    count, limit = draw(st.integers(2, 4)), draw(st.integers(1, 3))
    kinds = st.sampled_from(["take", "take", "give", "look", "tick"])
    # After how many looks of others at cells it interrupts them; long ones are steps for themselves.
    looks = st.integers(0, 2 * count + 4)
    steps = draw(st.lists(st.tuples(kinds, st.integers(0, count - 1), looks), max_size=60))
    return Scramble(count, limit, steps)


@given(scrambles())
def test_whatever_runs_into_what_the_excess_is_at_most_one_place_for_each_other_worker(scramble):
    while scramble.steps:
        scramble.step()
    assert scramble.most <= scramble.limit + len(scramble.workers.places) - 1


@given(scrambles())
def test_whatever_ran_into_what_nobody_is_forgotten_and_no_place_is_lost(scramble):
    while scramble.steps:
        scramble.step()
    workers = scramble.workers
    waiting = sum(each.waiting for each in workers.places)
    before = len(workers.got)
    for _ in range(200):  # more than there can be in flight or waiting
        holder = next((each for each in workers.places if each.in_flight), None)
        if holder is not None:
            holder.give_back()
        for each in workers.places * 2:
            each.tick()
        workers.settle()
    assert len(workers.got) - before == waiting
    assert [list(cells) for cells in workers.cells] == [[0] * len(workers.places)] * 3
