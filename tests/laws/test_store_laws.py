"""Laws of the store of revisions: whatever is done to it in whatever order, and wherever it is killed.

Planted bugs that these have found: pruning without a look at what the head goes back to, and what held before that;
sources swept that another revision has.
"""

import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from sixnines.config.sources import SourceFile
from sixnines.control.lineage import before, original
from sixnines.control.revision import Draft, Fate, Origin
from sixnines.control.store import RevisionStore
from sixnines.domain.retention import Retention
from sixnines.errors import ControlError
from support.clocks import ManualClock

# Few, so that revisions share them.
# There syncing costs nothing, and what is written is read all the same.
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
TEXTS = st.sampled_from(["a", "b", "c", "d"])
# Most changes are allowed to come to their end; a change of one revision has some thirty points.
POINTS = st.one_of(st.none(), st.integers(1, 40))


class Dead(BaseException):
    """The process is no more."""


class Changes(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(dir=MEMORY))
        self.clock = ManualClock()
        self.given = {}  # number: files, of every revision that was ever seen
        self.back = {}  # number: how many rollbacks must be possible from it
        self.held = None  # the files that hold
        self.left_s = None
        self.store = self.open()

    def open(self):
        return RevisionStore(self.folder / "store", self.clock, at=self.point)

    def point(self, _name):
        if self.left_s is not None:
            self.left_s -= 1
            if self.left_s <= 0:
                raise Dead

    def teardown(self):
        shutil.rmtree(self.folder)

    def run(self, dies, change, new):
        """Make a change that may die; what holds after it is the old or the new one."""
        self.left_s = dies
        old = self.held
        try:
            with self.store.locked("alice", "apply"):
                change()
        except Dead:
            self.store = self.open()
            head = self.store.head()
            self.held = None if head is None else self.store.sources(head)
            assert self.held in (old, new)
        else:
            self.held = new
            self.left_s = None
            assert [each for each in self.store.history() if each.outcome is None] == []
            assert self.store.journal() is None
        self.left_s = None

    def make(self, files, *, of=None, fate=Fate.APPLIED, keep=100):
        number = self.store.record(files, Draft(author="a", origin=Origin.APPLY, of=of)).number
        assert number not in self.given
        head = self.store.head()
        if head is None:
            self.back[number] = 0
        else:
            self.back[number] = min(2, self.back[head] + 1) if of is None else self.back[head] - 1
        self.store.begin(number, "record")
        if fate is Fate.APPLIED:
            self.store.set_head(number)
        self.store.set_outcome(number, fate)
        self.store.end()
        self.store.prune(Retention(count=keep))

    @rule(texts=st.lists(TEXTS, min_size=1, max_size=3), dies=POINTS, keep=st.integers(1, 5))
    def apply(self, texts, dies, keep):
        files = tuple(SourceFile(f"{place}.yaml", text.encode()) for place, text in enumerate(texts))
        self.run(dies, lambda: self.make(files, keep=keep), files)

    @rule(text=TEXTS, dies=POINTS)
    def refuse(self, text, dies):
        files = (SourceFile("0.yaml", text.encode()),)
        self.run(dies, lambda: self.make(files, fate=Fate.REFUSED), self.held)

    @rule(dies=POINTS, keep=st.integers(1, 5))
    def roll_back(self, dies, keep):
        head = self.store.head()
        try:
            number = None if head is None else before(head, self.store.read)
            files = None if number is None else self.store.sources(number)
        except ControlError:
            # Of the steps back that are possible two stay so, however few revisions are kept.
            assert self.back[head] <= 0
            return
        if files is not None:
            self.run(dies, lambda: self.make(files, of=original(number, self.store.read), keep=keep), files)

    @rule(keep=st.integers(1, 5), dies=POINTS)
    def prune(self, keep, dies):
        self.run(dies, lambda: self.store.prune(Retention(count=keep)), self.held)
        assert len(self.store.numbers()) <= keep + 6 or dies is not None

    @rule(seconds=st.floats(-1e9, 1e9))
    def the_clock_jumps(self, seconds):
        self.clock.set_back(seconds)

    @invariant()
    def what_is_there_is_what_was_recorded(self):
        for entry in self.store.history():
            assert entry.problem == ""
            files = self.store.sources(entry.number)
            assert self.given.setdefault(entry.number, files) == files
        assert [each.number for each in self.store.history() if each.holds] == (
            [] if self.held is None else [self.store.head()]
        )
        assert self.store.holder() is None

    @invariant()
    def what_holds_can_be_served(self):
        head = self.store.head()
        assert (None if head is None else self.store.sources(head)) == self.held


Changes.TestCase.settings = settings(max_examples=80, stateful_step_count=25, deadline=None)
TestChanges = Changes.TestCase
