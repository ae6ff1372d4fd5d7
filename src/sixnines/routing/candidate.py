"""Candidates, and the plan that puts them in order. Values only."""

import msgspec

from sixnines.config.snapshot import DeploymentSpec, ModelSpec
from sixnines.domain.attempt import Skipped
from sixnines.domain.candidate import Facts
from sixnines.domain.price import FREE, Price
from sixnines.routing.targets import Turn


class Candidate(msgspec.Struct, gc=False):
    """A deployment that has been put in order, the model that it answers for, and what decides about its turn.

    Attributes:
        page: where its whole answers are counted (`engine.page.Page`), as long as they are of the same kind as the
            last; None before the first. Nothing else of it ever changes.
    """

    deployment: DeploymentSpec
    model: ModelSpec
    facts: Facts
    page: object = None


class Plan(msgspec.Struct, frozen=True):
    """Candidates in order, each once.

    Attributes:
        candidates: the healthy ones as the strategy puts them, then those whose providers have enough to do, then as a
            last resort those that are out, the least bad first: rather ask one that is thought to be down than fail.
        skipped: what cannot serve the request at all, and what was moved back, with the reason.
        turn: the turn that it takes, where the name has traffic targets.
    """

    candidates: tuple[Candidate, ...]
    skipped: tuple[Skipped, ...]
    turn: Turn | None = None


def price_of(deployment: DeploymentSpec) -> Price | None:
    """What a deployment costs: nothing where it is local and no price is given, None where it is not known."""
    return FREE if deployment.price is None and deployment.provider.local else deployment.price
