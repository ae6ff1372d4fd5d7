"""What of a picture an operator must know: what is down, and what he should look at. Pure.

Never alarms for what is optional, nor for what an operator has done himself unless nobody is left by it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sixnines.client.money import of_budget
from sixnines.client.picture import Picture
from sixnines.client.seen import GONE, OUT, BrokenBy, Provider
from sixnines.client.words import plain, span

EXPIRES_SOON_S = 14 * 86_400
"""So long before a certificate or a key expires an operator is told, as `SixninesCertificateExpires` does."""


@dataclass(frozen=True, slots=True)
class Seen:
    """How one provider is shown.

    Attributes:
        state: in a word: `down` also where its probes are well and none of its deployments can be asked.
        since_unix_s: since when, where that is known.
        why: in a few words, with the time that is left, and its breakers that are not closed.
    """

    state: str
    since_unix_s: float | None
    why: str


def seen(provider: Provider) -> Seen:
    """What an operator should see of it."""
    by_deployments = provider.is_out and provider.state not in GONE
    said = [] if by_deployments else [provider.reason + _left(provider.for_s)]
    if provider.broken_on_purpose is not None:
        said.insert(0, _on_purpose(provider.broken_on_purpose))
    for each in provider.deployments:
        if each.breaker != "closed":
            by = " by hand" if each.opened_by_hand else ""
            said.append(f"breaker of {each.id} {each.breaker.replace('_', '-')}{by}{_left(each.for_s)}")
        elif by_deployments:
            said.append(f"{each.id}: {each.reason}{_left(each.for_s)}")
    why = plain("; ".join(said))
    return Seen("down", None, why) if by_deployments else Seen(provider.state, provider.since_unix_s, why)


def faults(picture: Picture) -> list[str]:
    """What is down and must not be: the reasons why `sixnines status` exits with 1."""
    found = [
        f"provider {each.name} is {each.state}: {each.reason}" if each.state in GONE else _of_deployments(each)
        for each in picture.providers.providers
        if _is_fault(each) and not each.optional
    ]
    if picture.served is not None:
        found += [
            f"nobody can serve the {each.kind} {each.name} now" for each in picture.served.models
            if each.state == "nobody"
        ]  # fmt: skip
    return found


def warnings(picture: Picture) -> list[str]:
    """What he should look at."""
    return [
        *_of_config(picture),
        *_by_hand(picture),
        *_of_ledger(picture),
        *_of_expiries(picture),
        *of_budget(picture.spend),
    ]


def _is_fault(provider: Provider) -> bool:
    """It is down by itself: what an operator has opened by hand, or broken, he knows of."""
    if provider.broken_on_purpose is not None:
        return False
    others = [each for each in provider.deployments if not each.opened_by_hand]
    return provider.state in GONE or (bool(others) and all(each.state in OUT for each in others))


def _of_deployments(provider: Provider) -> str:
    reasons = sorted({each.reason for each in provider.deployments})
    return f"provider {provider.name}: none of its deployments can be asked ({', '.join(reasons)})"


def _of_config(picture: Picture) -> Iterator[str]:
    missing = set(picture.providers.missing_workers)
    state = picture.gateway
    if state is not None:
        missing |= set(state.missing_workers)
        if state.problem:
            yield f"revisions cannot be recorded: {state.problem}"
        if state.changing is not None:
            yield f"the config is being changed: {state.changing}"
        elif state.head is not None and state.head != state.revision:
            yield (
                f"revision {state.revision} is served, and revision {state.head} is the one that holds: "
                "the next start serves that"
            )
        if state.restart:
            yield f"takes effect at the next start only: {', '.join(state.restart)}"
    if missing:
        yield f"workers that did not answer in time: {', '.join(map(str, sorted(missing)))}"


def _by_hand(picture: Picture) -> Iterator[str]:
    for provider in picture.providers.providers:
        if provider.broken_on_purpose is not None:
            yield f"{provider.name} is {_on_purpose(provider.broken_on_purpose)}"
        if provider.is_held:
            yield f"{provider.name} is held back by hand{_left(provider.for_s)}"
        for deployment in provider.deployments:
            if deployment.opened_by_hand:
                yield f"the breaker of {deployment.id} was opened by hand{_left(deployment.for_s)}"


def _on_purpose(broken: BrokenBy) -> str:
    return f"broken on purpose: {broken.fault}{_left(broken.for_s)}"


def _of_ledger(picture: Picture) -> Iterator[str]:
    ledger = None if picture.availability is None else picture.availability.ledger
    if ledger is not None and ledger.fault:
        yield f"availability is not recorded: {ledger.fault}"
    if ledger is not None and ledger.lost:
        yield f"{ledger.lost:,} outcomes were lost to the record of availability"


def _of_expiries(picture: Picture) -> Iterator[str]:
    for provider in picture.providers.providers:
        for what, unix_s in (
            ("certificate", provider.certificate_expires_unix_s),
            ("key", provider.key_expires_unix_s),
        ):
            left_s = None if unix_s is None else unix_s - picture.taken_unix_s
            if left_s is not None and left_s <= 0:
                yield f"the {what} of {provider.name} has expired"
            elif left_s is not None and left_s < EXPIRES_SOON_S:
                yield f"the {what} of {provider.name} expires in {span(left_s)}"


def _left(seconds: float | None) -> str:
    return "" if seconds is None else f", {seconds:.0f} s left"
