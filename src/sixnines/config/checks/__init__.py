"""The checks, one file each, and the tuple that lists them: a new check is a new file and one line here."""

from collections.abc import Iterable

from sixnines.config.checks import (
    budgets,
    collisions,
    cool_downs,
    credentials,
    cycles,
    duplicate_upstreams,
    duplicates,
    exposure,
    failure_domains,
    hedges,
    kinds,
    learning,
    lengths,
    loops,
    observing,
    patterns,
    ports,
    prices,
    queues,
    redundant_fallbacks,
    references,
    rules,
    services,
    shadows,
    strategies,
    targets,
    tiers,
    tls,
    unreachable,
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
    lengths.CHECK,
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
    observing.CHECK,
    waits.CHECK,
    hedges.CHECK,
    failure_domains.CHECK,
    windows.CHECK,
    tiers.CHECK,
    redundant_fallbacks.CHECK,
    unreachable.CHECK,
    duplicate_upstreams.CHECK,
    ports.CHECK,
    prices.CHECK,
    budgets.CHECK,
    shadows.CHECK,
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
