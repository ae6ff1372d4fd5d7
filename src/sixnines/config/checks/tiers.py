"""No chain of fallbacks gets worse by more than one step at a time, or further down than its model allows."""

from collections.abc import Iterator

from sixnines.config.checks.interface import Check, Subject
from sixnines.config.diagnostics import Finding, quoted, warning


def _run(subject: Subject) -> Iterator[Finding]:
    models = subject.document.models
    for name, model in models.items():
        tier, drop = model.tier, model.max_tier_drop
        if tier is None:
            continue
        start = tier
        for follower in subject.chains[name]:
            next_tier = models[follower].tier
            if next_tier is None:
                continue
            if drop is not None and next_tier.step > start.step + drop:
                message = f"{quoted(follower)} is {next_tier}, further down from {start} than max_tier_drop allows"
                hint = "it is asked only where the caller says that less will do; remove it, or allow more steps"
                yield warning(("models", name, "fallbacks"), message, hint=hint)
                break
            if next_tier.step > tier.step + 1:
                message = f"falls from {tier} to {next_tier} at {quoted(follower)}"
                yield warning(("models", name, "fallbacks"), message, hint="put a model of the tier between them first")
                break
            tier = max(tier, next_tier, key=lambda each: each.step)


CHECK = Check("tiers", _run, advisory=True)
