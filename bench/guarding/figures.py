"""What `make bench-guard` makes of its counts: instructions for each case, beside the stored ones.

Pure: no I/O, no clock.
A count belongs to one build of Python: the same code takes a tenth more or less on another. For a build without stored
figures those of the nearest are scaled by how many instructions the same fixed work takes on both, and more is allowed:
that says whether something is badly wrong, not whether it is five in a hundred slower.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

CALIBRATION = "calibration"
"""The stretch with the fixed work."""
ALONE = ", without the gateway"
"""At the end of the name of a stretch: the same with the bench alone. It is taken off."""

TOLERANCE = 0.05
"""What a case may cost more than stored, on the build that it was stored for."""
FOREIGN_TOLERANCE = 0.25
"""The same on another build. Among CPython 3.11.2 (Debian's), 3.11.7, 3.12.1 and 3.13.0 the scaled figures of one were
up to 19 % beside what was counted on another: for bodies of 100 KB, which C code reads, and for the start."""
SAME_WORK = 0.02
"""How much the fixed work may differ from the stored, and be the same build in the same surroundings. It repeats within
one in a thousand; where it does not, figures are as good as those of another build."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What one build needs.

    Attributes:
        calibration: instructions for the fixed work.
        cases: instructions by the name of the case.
        note: when and with what it was counted, for people.
    """

    calibration: int
    cases: Mapping[str, int]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """What counts are compared with.

    Attributes:
        build: whose figures they are.
        cases: instructions, scaled to the build that is compared.
        tolerance: by what share a case may exceed them.
    """

    build: str
    cases: Mapping[str, float]
    tolerance: float


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the result.

    Attributes:
        name: of the case.
        instructions: counted now.
        expected: stored; None where nothing is.
        tolerance: by what share the case may exceed that.
    """

    name: str
    instructions: int
    expected: float | None
    tolerance: float

    @property
    def change(self) -> float | None:
        """By what share it costs more than expected."""
        return None if self.expected is None else self.instructions / self.expected - 1

    @property
    def fault(self) -> str | None:
        """Why it may not cost that. What is not stored may not either: nobody has looked at it."""
        if self.change is None:
            return f"{self.name}: not stored yet; `make bench-guard ARGS=--write` does"
        if self.change <= self.tolerance:
            return None
        return (
            f"{self.name}: {self.change:+.1%}, and {self.tolerance:.0%} is allowed; find out why, and if it is worth "
            "it store the new figure with `make bench-guard ARGS=--write`"
        )

    @property
    def cheaper(self) -> bool:
        """It costs so much less that the stored figure guards nothing any more."""
        return self.change is not None and self.change < -self.tolerance

    def cells(self) -> tuple[str, ...]:
        """The line of the table."""
        if self.expected is None or self.change is None:
            return (self.name, f"{self.instructions:,}", "-", "-", "-", "NOT STORED")
        change, allowed = f"{self.change:+.1%}", f"+{self.tolerance:.0%}"
        verdict = "kept" if self.fault is None else "OVER"
        return (self.name, f"{self.instructions:,}", f"{self.expected:,.0f}", change, allowed, verdict)


def summed(stretches: Sequence[tuple[str, int]], counts: Sequence[int]) -> dict[str, int]:
    """Instructions for each piece of work, without what the bench itself takes.

    Args:
        stretches: name and how many times the work was done, in the order of the marks; 0 times: nobody's.
        counts: of all stretches. What comes after the last mark has a count and no name.

    Raises:
        ValueError: there are fewer counts than stretches.
    """
    found: dict[str, float] = {}
    for (name, times), count in zip(stretches, counts[: len(stretches)], strict=True):
        if times:
            found[name] = found.get(name, 0.0) + count / times
    ours = {name: value for name, value in found.items() if not name.endswith(ALONE)}
    return {name: round(value - found.get(name + ALONE, 0.0)) for name, value in ours.items()}


def reference(build: str, calibration: int, stored: Mapping[str, Counts]) -> Reference | None:
    """What to compare the counts of `build` with; None if nothing is stored.

    Args:
        build: see `build.py`.
        calibration: its instructions for the fixed work.
        stored: by build.
    """
    own = stored.get(build)
    if own is not None and abs(calibration / own.calibration - 1) <= SAME_WORK:
        return Reference(build, own.cases, TOLERANCE)
    if not stored:
        return None
    nearest = min(stored, key=lambda each: _distance(each, build))
    factor = calibration / stored[nearest].calibration
    scaled = {name: value * factor for name, value in stored[nearest].cases.items()}
    return Reference(nearest, scaled, FOREIGN_TOLERANCE)


def _distance(build: str, other: str) -> tuple[int, int, str]:
    """By minor version, then by patch release; then by name, so that it is the same one each time."""
    (minor, patch), (wanted_minor, wanted_patch) = _version(build), _version(other)
    return abs(minor - wanted_minor), abs(patch - wanted_patch), build


def _version(build: str) -> tuple[int, int]:
    found = re.search(r"-3\.(\d+)\.(\d+)", build)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def compare(counted: Counts, against: Reference | None) -> list[Row]:
    """One row for each case that was counted."""
    cases = {} if against is None else against.cases
    tolerance = TOLERANCE if against is None else against.tolerance
    return [Row(name, count, cases.get(name), tolerance) for name, count in counted.cases.items()]


def unlike(cases: Mapping[str, int], alike: Mapping[str, str], *, most: float) -> list[str]:
    """The cases that cost more than the ones they should be like.

    Args:
        cases: instructions, as far as they were counted.
        alike: the case that each should be like.
        most: the share by which it may cost more.
    """
    return [
        f"{name}: {cases[name] / cases[like] - 1:+.1%} beside {like!r}, and {most:.0%} is allowed"
        for name, like in alike.items()
        if name in cases and like in cases and cases[name] > cases[like] * (1 + most)
    ]


def stored_with(stored: Mapping[str, Counts], build: str, counted: Counts) -> dict[str, Counts]:
    """`stored` with what was counted for `build`; cases that were not counted stay.

    Where a case of this build has moved by more than chance, figures of other builds are of other code, and go.
    """
    own = stored.get(build)
    before = {} if own is None else own.cases
    moved = own is not None and any(
        abs(count / before[name] - 1) > SAME_WORK for name, count in counted.cases.items() if name in before
    )
    kept = {} if moved else dict(stored)
    kept[build] = Counts(counted.calibration, {**before, **counted.cases}, counted.note)
    return dict(sorted(kept.items()))
