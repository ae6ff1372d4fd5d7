"""No chain of fallbacks gets worse by more than one step at a time."""

from collections.abc import Iterator

from sixnines.config.checks.interface import Check, Subject
from sixnines.config.diagnostics import Finding, quoted, warning


def _run(subject: Subject) -> Iterator[Finding]:
    models = subject.document.models
    for name, model in models.items():
        tier = model.tier
        if tier is None:
            continue
        for follower in subject.chains[name]:
            next_tier = models[follower].tier
            if next_tier is None:
                continue
            if next_tier.step > tier.step + 1:
                message = f"falls from {tier} to {next_tier} at {quoted(follower)}"
                yield warning(("models", name, "fallbacks"), message, hint="put a model of the tier between them first")
                break
            tier = max(tier, next_tier, key=lambda each: each.step)


CHECK = Check("tiers", _run, advisory=True)
