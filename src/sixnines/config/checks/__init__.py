"""The checks, one file each, and the tuple that lists them: a new check is a new file and one line here."""

from collections.abc import Iterable

from sixnines.config.checks import (
    collisions,
    cool_downs,
    credentials,
    cycles,
    duplicates,
    exposure,
    failure_domains,
    hedges,
    kinds,
    learning,
    loops,
    patterns,
    queues,
    references,
    rules,
    services,
    strategies,
    targets,
    tiers,
    tls,
    unused,
    waits,
    weights,
    windows,
)
from sixnines.config.checks.interface import Check, Subject
from sixnines.config.diagnostics import Finding, Severity

CHECKS: tuple[Check, ...] = (
    references.CHECK,
    kinds.CHECK,
    cycles.CHECK,
    collisions.CHECK,
    duplicates.CHECK,
    patterns.CHECK,
    exposure.CHECK,
    loops.CHECK,
    strategies.CHECK,
    weights.CHECK,
    targets.CHECK,
    learning.CHECK,
    rules.CHECK,
    services.CHECK,
    queues.CHECK,
    cool_downs.CHECK,
    credentials.CHECK,
    tls.CHECK,
    waits.CHECK,
    hedges.CHECK,
    failure_domains.CHECK,
    windows.CHECK,
    tiers.CHECK,
    unused.CHECK,
)


def run_checks(subject: Subject, *, sound: bool, checks: Iterable[Check] = CHECKS) -> list[Finding]:
    """All findings about `subject`.

    Args:
        subject: what to check.
        sound: nothing is wrong with it so far; advisory checks run only on what has no errors.
        checks: which to run.
    """
    checks = tuple(checks)
    findings = [finding for check in checks if not check.advisory for finding in check.run(subject)]
    if sound and not any(finding.severity is Severity.ERROR for finding in findings):
        findings += [finding for check in checks if check.advisory for finding in check.run(subject)]
    return findings
