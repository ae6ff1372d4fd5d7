"""What a rule is: a query that is recorded under a name, or a query with a condition of which somebody is told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

RUNBOOK = "docs/guide/runbook.md"
"""Where the sections of the runbook are, by the names of the alerts: a path in the repository, unless told else."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A query that is recorded: it takes long, or its past is needed."""

    name: str
    query: str


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that a person is told of.

    Attributes:
        name: which is also the heading of its section in the runbook.
        value: what is measured; it has data while all is well, unless `quiet`.
        condition: what makes it an alert; "" where it is one whenever there is a value.
        wait: for how long that must hold.
        severity: `page` for what callers notice now or soon, `ticket` for what can wait for the morning.
        summary: one line, with labels in `{{ }}`.
        quiet: there is rightly no value while all is well.
        labels: further ones.
    """

    name: str
    value: str
    condition: str
    wait: str
    severity: Literal["page", "ticket"]
    summary: str
    quiet: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def query(self) -> str:
        """The whole expression."""
        return f"{self.value} {self.condition}".strip()

    def section(self, runbook: str = RUNBOOK) -> str:
        """Where its section of the runbook is that lies at this path or address."""
        return f"{runbook}#{self.name.lower()}"
