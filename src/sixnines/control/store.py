"""The revisions that were recorded, for whoever changes something: writes one whole file after another, under the lock.

Never changes a revision once it is written, and never takes away what may be needed to go back. Whatever is written in
which order: see `docs/adr/0019-revisions-and-transactions.md`.
"""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from sixnines.clock import Clock
from sixnines.config.sources import SourceFile, digest_of
from sixnines.control import durable
from sixnines.control.archive import Archive, unusable
from sixnines.control.lineage import way_back
from sixnines.control.lock import Holder, held
from sixnines.control.retention import Kept, surplus
from sixnines.control.revision import Draft, Fate, Head, Journal, Outcome, Revision, Source
from sixnines.control.sealed import seal
from sixnines.domain.retention import Retention
from sixnines.errors import ControlError, CorruptRevision, StoreUnusable, UnknownRevision

_NO_EVIDENCE = msgspec.Raw(b"{}")


class RevisionStore(Archive):
    """What is kept in one folder. Everything that writes wants `locked` first.

    Args:
        folder: `archive.folder_of` a config file; made when there is something to keep.
        clock: for the times that people read.
        at: called at every point at which a crash would leave something else: where tests kill the process.
    """

    def __init__(self, folder: Path, clock: Clock, *, at: Callable[[str], None] = durable.nothing) -> None:
        super().__init__(folder)
        self._clock = clock
        self._at = at
        self._locked = False

    @contextmanager
    def locked(self, who: str, what: str) -> Iterator[list[Outcome]]:
        """Hold the lock. What dead processes have left is settled first.

        Args:
            who: changes something, as the system knows him.
            what: he does, such as `apply`.

        Yields:
            What became of the revisions that were left in the middle.

        Raises:
            ChangeUnderWay: somebody else holds it.
            StoreUnusable: the folder cannot be written.
        """
        signature = Holder(pid=os.getpid(), who=who, since_unix_s=self._clock.unix_s(), what=what)
        with self._writing(self.folder):
            self._make_folders()
            lock = held(self._lock, signature)
            lock.__enter__()
        try:
            self._locked = True
            yield self._settle()
        finally:
            self._locked = False
            lock.__exit__(None, None, None)

    def record(self, files: Sequence[SourceFile], draft: Draft) -> Revision:
        """Record a config. It does not hold yet.

        Args:
            files: all that it is made of, the one that the operator names first.
            draft: what there is to say about it.

        Raises:
            StoreUnusable: it cannot be written; then it is not there.
        """
        self._need_lock()
        for file in files:
            self._keep(file)
        self._at("sources recorded")
        revision = Revision(
            number=self._next(),
            parent=self.head(),
            digest=digest_of(files),
            sources=tuple(Source(each.path, each.digest, len(each.content)) for each in files),
            created_unix_s=self._clock.unix_s(),
            author=draft.author,
            note=draft.note,
            origin=draft.origin,
            of=draft.of,
            file_digest=draft.file_digest,
        )
        self._write(self._revisions / f"{revision.number}.json", seal(revision))
        self._at("revision recorded")
        return revision

    def set_head(self, number: int | None) -> None:
        """Have a revision hold: the next start serves it. None: none does any more.

        Raises:
            StoreUnusable: it cannot be written.
        """
        self._need_lock()
        if number is None:
            with self._writing(self._head):
                durable.remove(self.folder, [self._head.name])
        else:
            self._write(self._head, seal(Head(number)))
        self._at("head moved")

    def set_outcome(self, number: int, fate: Fate, reason: str = "", evidence: msgspec.Raw = _NO_EVIDENCE) -> Outcome:
        """Say what became of a revision.

        Raises:
            StoreUnusable: it cannot be written.
        """
        self._need_lock()
        outcome = Outcome(number=number, fate=fate, reason=reason, at_unix_s=self._clock.unix_s(), evidence=evidence)
        self._write(self._outcomes / f"{number}.json", seal(outcome))
        self._at("outcome written")
        return outcome

    def begin(self, number: int, step: str) -> None:
        """Say in the journal that a revision is being applied, and how far that has come.

        Raises:
            StoreUnusable: it cannot be written.
        """
        self._need_lock()
        self._write(self._journal, seal(Journal(number=number, step=step, before=self.head())))
        self._at(f"journal says {step}")

    def end(self) -> None:
        """No change is under way any more.

        Raises:
            StoreUnusable: it cannot be written.
        """
        self._need_lock()
        with self._writing(self._journal):
            durable.remove(self.folder, [self._journal.name])
        self._at("journal away")

    def prune(self, retention: Retention) -> list[int]:
        """Take away what need not be kept any longer; the numbers.

        Raises:
            StoreUnusable: it cannot be written.
        """
        self._need_lock()
        kept = [Kept(number, self._created(number)) for number in self.numbers()]
        gone = surplus(kept, self._needed(), retention, self._clock.unix_s())
        # The revisions first: an outcome alone is taken for what it is, a revision without one for interrupted.
        self._remove(self._revisions, [f"{number}.json" for number in gone])
        self._sweep()
        return gone

    def _settle(self) -> list[Outcome]:
        """Give everything that a dead process has left its end."""
        for folder in (self._sources, self._revisions, self._outcomes):
            with self._writing(folder):
                halves = durable.leftovers(folder)
            self._remove(folder, halves)
        self._remove(self.folder, [path.name + durable.SUFFIX for path in (self._head, self._journal)])
        head = self._settled_head()
        step = self._last_step()
        known = frozenset(self._outcome_numbers())
        settled = []
        for number in reversed(self.numbers()):
            if number in known:
                continue
            if number == head:
                settled.append(self.set_outcome(number, Fate.APPLIED))
            else:
                settled.append(self.set_outcome(number, Fate.INTERRUPTED, f"whoever applied it has ended{step}"))
        self.end()
        return settled

    def _settled_head(self) -> int | None:
        """The head; one that cannot be read is found again: whatever holds is the newest revision that was applied."""
        try:
            return self.head()
        except CorruptRevision:
            for number in self.numbers():
                if self._fate(number) is Fate.APPLIED:
                    self.set_head(number)
                    return number
            self.set_head(None)
            return None

    def _fate(self, number: int) -> Fate | None:
        try:
            outcome = self.outcome(number)
        except CorruptRevision:
            return None
        return None if outcome is None else outcome.fate

    def _last_step(self) -> str:
        """How far the change has come that a dead process had begun, for a sentence."""
        try:
            journal = self.journal()
        except CorruptRevision:
            return ""
        return "" if journal is None else f" during: {journal.step}"

    def _next(self) -> int:
        """The number of the next revision: above all that are there, whatever is left of them."""
        outcomes = self._outcome_numbers()
        return max([0, self.head() or 0, *self.numbers()[:1], *outcomes[:1]]) + 1

    def _needed(self) -> frozenset[int]:
        """The revisions that are never pruned, beside the newest: one is always kept, so that no number comes again."""
        head = self.head()
        if head is None:
            return frozenset()
        needed = {head}
        try:
            needed.update(way_back(head, self.read))
        except UnknownRevision:
            pass  # it is gone, and whatever lay behind it cannot be reached from here
        except ControlError:
            # Where the head comes from cannot be told: then nothing that might be it goes.
            needed.update(self.numbers())
        return frozenset(needed)

    def _created(self, number: int) -> float | None:
        try:
            return self.read(number).created_unix_s
        except ControlError:
            return None

    def _sweep(self) -> None:
        """Take away outcomes of revisions that are gone, and sources that none has any more."""
        numbers = self.numbers()
        orphans = set(self._outcome_numbers()).difference(numbers)
        self._remove(self._outcomes, [f"{number}.json" for number in sorted(orphans)])
        try:
            used = {each.sha256 for number in numbers for each in self.read(number).sources}
        except CorruptRevision:
            return  # nobody knows which sources that one has
        with self._writing(self._sources):
            names = sorted(path.name for path in self._sources.iterdir())
        self._remove(self._sources, [name for name in names if name not in used])

    def _keep(self, file: SourceFile) -> None:
        path = self._sources / file.digest
        try:
            # One that is there and differs is written anew: that mends every revision that has it.
            if hashlib.sha256(path.read_bytes()).hexdigest() == file.digest:
                return
        except OSError:
            pass  # it is not there, or cannot be read: what writing it says is what counts
        self._write(path, file.content)

    def _remove(self, folder: Path, names: Iterable[str]) -> None:
        with self._writing(folder):
            durable.remove(folder, names, at=self._at)

    def _write(self, path: Path, data: bytes) -> None:
        with self._writing(path):
            durable.write(path, data, at=self._at)

    @contextmanager
    def _writing(self, path: Path) -> Iterator[None]:
        try:
            yield
        except OSError as problem:
            raise unusable("write", path, problem) from None

    def _make_folders(self) -> None:
        owner = self.folder.stat().st_uid if self.folder.is_dir() else os.geteuid()
        if owner != os.geteuid():
            raise StoreUnusable(
                f"the revisions of the config belong to user {owner}: {self.folder}; run this as that user, or what it "
                "writes could not be read by the gateway"
            )
        for folder in (self.folder, self._sources, self._revisions, self._outcomes):
            durable.make_folder(folder)

    def _need_lock(self) -> None:
        if not self._locked:
            raise RuntimeError("revisions are written under the lock only")
