"""Whatever can reach the edge has a row in the one table that says what the caller is told."""

import importlib
import pkgutil

import sixnines
from sixnines.domain.failure import RULES, FailureKind
from sixnines.errors import AllAttemptsFailed, SixNinesError
from sixnines.server.errors import FAILURES, TABLE

# Told by the kind of the failure that it carries.
NOT_IN_TABLE = {AllAttemptsFailed}


def concrete(base: type[SixNinesError]) -> set[type[SixNinesError]]:
    """The classes below `base` that others do not derive from, and those in the table that others do."""
    children = base.__subclasses__()
    below = {each for child in children for each in concrete(child)}
    return below | (set() if children and base not in TABLE else {base})


def import_everything() -> list[str]:
    """Import every module of the package, so that every class is known."""
    found = [info.name for info in pkgutil.walk_packages(sixnines.__path__, "sixnines.")]
    for name in found:
        if not name.endswith("__main__"):
            importlib.import_module(name)
    return found


def missing(classes: set[type[SixNinesError]]) -> set[str]:
    """Those of `classes` that the table does not have."""
    return {each.__name__ for each in classes - TABLE.keys() - NOT_IN_TABLE}


def test_every_error_class_has_its_row() -> None:
    assert len(import_everything()) > 100
    classes = {each for each in concrete(SixNinesError) if each.__module__.startswith("sixnines.")}
    assert len(classes) >= len(TABLE)
    assert missing(classes) == set()


def test_every_kind_of_failure_has_its_rule_and_its_row() -> None:
    assert RULES.keys() == set(FailureKind)
    assert FAILURES.keys() == set(FailureKind)


def test_the_gate_catches_a_class_without_a_row() -> None:
    class PlantedError(SixNinesError):
        """Nobody has written a row for this."""

    assert PlantedError in concrete(SixNinesError)
    assert "PlantedError" in missing(concrete(SixNinesError))
