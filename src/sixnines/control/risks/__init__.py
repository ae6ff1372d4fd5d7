"""The rules about risks, and the tuple that lists them: a new rule is a function and one line in its file's `RULES`."""

from collections.abc import Iterable

from sixnines.config.document import Document
from sixnines.control.risks import chains, exposure, limits, names, providers, quality
from sixnines.control.risks.interface import Both, Level, Risk, Rule, Side
from sixnines.domain.kind import Catalog

RULES: tuple[Rule, ...] = (
    *exposure.RULES,
    *names.RULES,
    *chains.RULES,
    *providers.RULES,
    *quality.RULES,
    *limits.RULES,
)


def find_risks(
    old: Document | None, new: Document, catalog: Catalog, *, rules: Iterable[Rule] = RULES
) -> tuple[Risk, ...]:
    """What a change can do to callers, to data, to who is there when something fails; the worst first.

    Args:
        old: what holds; None: nothing does, and nobody relies on it.
        new: what is to hold. Neither has errors (`config.load`).
        catalog: what is built in.
        rules: which to go by.
    """
    if old is None or old == new:
        return ()
    both = Both(Side(old, catalog), Side(new, catalog))
    found = [risk for rule in rules for risk in rule.find(both)]
    levels = [*Level]
    return tuple(sorted(found, key=lambda each: levels.index(each.level)))
