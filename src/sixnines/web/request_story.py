"""One request in words: what its name meant, why who answered was asked, and what its caller was told. Pure.

Goes by the trail alone for what happened, and says so where something is as config has it now.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sixnines.client.seen import Attempt, Request
from sixnines.client.words import milliseconds, plain

_BY = {
    "exact": "the name of a model",
    "route": "the name of a route",
    "alias": "an alias",
    "pattern": "a name that a pattern matches",
    "default": "no name of config, so `default_model` holds",
}
_ROLES = {
    "first": "was asked first",
    "fallback": "was asked next",
    "retry": "was asked once more",
    "hedge": "was asked beside it, because it was silent for long",
    "continuation": "was asked to go on with the answer",
}


@dataclass(frozen=True, slots=True)
class Meant:
    """What a name means by the config of now.

    Attributes:
        how: `exact`, `route`, `alias`, `pattern`, `default`.
        kind, name: the model or route.
        strategy: of it.
        pattern: the regular expression, where it was one.
    """

    how: str
    kind: str
    name: str
    strategy: str
    pattern: str | None = None


def outcome(request: Request) -> str:
    """How it ended, in a few words."""
    kind = "" if request.kind is None else f": {request.kind}"
    return f"{request.outcome.replace('_', ' ')}{kind}"


def ended(request: Request) -> str:
    """How it ended, in a sentence."""
    status = "" if request.status is None else f" (status {request.status})"
    if request.outcome == "ok":
        who = "" if request.provider is None else f" by {request.model or 'a model'} at {request.provider}"
        return plain(f"Answered{who} after {milliseconds(request.total_ms)}{status}.")
    told = "" if request.error is None else f" Its caller was told {request.error}."
    said = {
        "failed": "An error instead of an answer",
        "broken": "The answer had begun, and ended with an error",
        "client_gone": "The caller left before the end",
        "refused": "Refused before anybody was asked",
        "bug": "The gateway's own fault: its log says more",
    }.get(request.outcome, outcome(request))
    kind = "" if request.kind is None else f", {request.kind}"
    return plain(f"{said}{kind}{status}, after {milliseconds(request.total_ms)}.{told}")


def reasons(request: Request, meant: Meant | None) -> Iterator[str]:
    """Why who answered was asked: what the name means, then the trail."""
    yield _name(request, meant)
    for attempt in request.attempts:
        yield plain(f"{attempt.deployment} {_ROLES.get(attempt.role, attempt.role)}, and {_came(attempt)}.")
    for skipped in request.skipped:
        yield plain(f"{skipped.deployment} was not asked: {skipped.reason}.")
    if not (request.attempts or request.skipped):
        yield "Nobody was asked: it was refused before it was planned."


def told(request: Request, expose: str) -> list[tuple[str, str]]:
    """The headers by which its caller was told who answered.

    Args:
        request: the request.
        expose: `server.expose`: with `minimal` no provider is named.
    """
    headers = [("x-sixnines-request-id", request.id)]
    if request.model is not None:
        headers.append(("x-sixnines-model", request.model))
    # The head of a stream is sent before anybody goes on with a broken one.
    before = [each for each in request.attempts if not (request.streamed and each.role == "continuation")]
    if not before:
        return headers
    headers.append(("x-sixnines-attempts", str(len(before))))
    answered = next((each for each in before if each.kind == "ok" or each.broke), before[-1])
    if expose == "trail":
        headers.append(("x-sixnines-provider", answered.provider))
    if len(before) > 1 and before[0].kind not in ("ok", "cancelled") and not before[0].broke:
        headers.append(("x-sixnines-fallback", before[0].kind))
    return headers


def _name(request: Request, meant: Meant | None) -> str:
    asked = request.asked_model
    if asked is None:
        return "No model's name could be read."
    if meant is None:
        return plain(f"{asked} means nothing by the config of now.")
    by = _BY.get(meant.how, meant.how) + (f" ({meant.pattern})" if meant.pattern else "")
    what = "its models" if meant.kind == "route" else "its deployments"
    means = "" if meant.name == asked else f": it means the {meant.kind} {meant.name}"
    return plain(f"{asked} is {by}{means}. The strategy {meant.strategy} puts {what} in order, then come fallbacks.")


def _came(attempt: Attempt) -> str:
    """What came of an attempt."""
    if attempt.kind == "ok":
        return "answered"
    if attempt.kind == "cancelled":
        return "was stopped, because another one was quicker or the caller left"
    status = "" if attempt.status is None else f" with status {attempt.status}"
    began = "broke off after its answer had begun" if attempt.broke else "failed"
    return f"{began}: {attempt.kind}{status}"
