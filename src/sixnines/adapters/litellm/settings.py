"""`router_settings`, `litellm_settings` and `general_settings`: time-outs, retries, cool-downs and the key of callers.

Never copies a key. Where two sections say the same, `router_settings` counts, as in LiteLLM.
"""

from decimal import Decimal

from sixnines.adapters.draft import Draft
from sixnines.adapters.litellm.groups import SHUFFLE, STRATEGIES
from sixnines.adapters.litellm.reasons import GENERAL, LITELLM, ROUTER
from sixnines.adapters.litellm.references import References
from sixnines.adapters.part import Part
from sixnines.adapters.yaml_text import Plain
from sixnines.config.quantities import render_duration

_LONGEST_S = 86_400  # of any time in a config
_USUAL_TOTAL_S = 300
_MOST_ATTEMPTS = 100
_MOST_FAILURES = 1_000_000
_KEY_VARIABLE = "LITELLM_MASTER_KEY"


def read_strategy(router: Part | None) -> str:
    """LiteLLM's name of the strategy."""
    part = router.get("routing_strategy") if router else None
    text = part.text() if part else None
    if part is None or text is None:
        return SHUFFLE
    ours, reason = STRATEGIES.get(text, ("weighted", "sixnines has no such strategy; chosen at random by weight"))
    if reason:
        part.approximated(reason, "models, strategy")
    else:
        part.translated("models, strategy", f"{ours}, for models with several deployments")
    return text


def read_settings(draft: Draft, router: Part | None, litellm: Part | None) -> None:
    """What holds for all models, into `draft.defaults`."""
    retries = _retries(draft, _picked(router, "num_retries", litellm, "num_retries"))
    _times(draft, router, litellm, attempts=retries + 1)
    _breaker(draft, router, litellm)
    after = _picked(router, "retry_after", litellm, "retry_after")
    number = _number(after, _LONGEST_S)
    if after is not None and number is not None:
        after.approximated(
            "the wait before a repetition is a random time up to this", ("defaults", "retries", "backoff")
        )
        draft.defaults["retries"] = {"backoff": _time(number)}
    for section, reasons in ((router, ROUTER), (litellm, LITELLM)):
        for key, part in section.entries() if section else ():
            if key in reasons:
                part.dropped(reasons[key])


def read_general(draft: Draft, general: Part | None, references: References) -> None:
    """Who may call, into `draft.server`."""
    if general is None:
        return
    key = general.get("master_key")
    if key is not None and key.text() is not None:
        reference, reason = references.read(key, _KEY_VARIABLE)
        reference = reference or references.name(_KEY_VARIABLE)
        both = "callers and admin paths share it: give them different keys"
        key.approximated(f"{reason}; {both}" if reason else both, ("server", "api_keys"))
        draft.server["api_keys"] = [reference]
        draft.server["admin_key"] = reference
        draft.remark(("server", "admin_key"), "The master key was for callers and for the administrator: use two.")
    size = general.get("max_request_size_mb")
    number = size.whole() if size else None
    if size is not None and number is not None and 1 <= number <= 1024:  # noqa: PLR2004 - the largest body is 1 GiB
        draft.server["max_body"] = f"{number}MiB"
        size.translated(("server", "max_body"))
    for name, part in general.entries():
        if name in GENERAL:
            part.dropped(GENERAL[name])


def _picked(first: Part | None, key: str, second: Part | None, other: str) -> Part | None:
    """What counts of two places that say the same; the other one is told."""
    one, two = (first.get(key) if first else None), (second.get(other) if second else None)
    if one is not None and two is not None:
        two.dropped(f"router_settings.{key} counts")
    return one if one is not None else two


def _number(part: Part | None, most: float, least: float = 0.001) -> Decimal | None:
    """A number in these bounds; what is none is told."""
    if part is None:
        return None
    number = part.number()
    if number is None or not least <= number <= most:
        part.dropped("not a number that can be used")
        return None
    return number


def _time(seconds: Decimal) -> str:
    return render_duration(float(seconds))


def _retries(draft: Draft, part: Part | None) -> int:
    """How many repetitions; 2 where nobody says, as in LiteLLM."""
    number = _number(part, _MOST_ATTEMPTS - 1, 0)
    if part is None or number is None:
        return 2
    draft.defaults["attempts"] = int(number) + 1
    reason = "LiteLLM repeats so often in each group; here a request has one number of attempts over all of them"
    part.approximated(reason, ("defaults", "attempts"))
    return int(number)


def _times(draft: Draft, router: Part | None, litellm: Part | None, *, attempts: int) -> None:
    whole = _picked(router, "timeout", litellm, "request_timeout")
    stream = _picked(router, "stream_timeout", litellm, "stream_timeout")
    values = [number for number in (_number(whole, _LONGEST_S), _number(stream, _LONGEST_S)) if number is not None]
    if not values:
        return
    longest = max(values)
    timeouts: dict[str, Plain] = {"first_token": _time(longest), "idle": _time(longest)}
    total = min(longest * attempts, Decimal(_LONGEST_S))
    if total > _USUAL_TOTAL_S:
        timeouts["total"] = _time(total)
    draft.defaults["timeouts"] = timeouts
    draft.remark(
        ("defaults", "timeouts"), "LiteLLM's timeout was for each call; total is for a request over all attempts."
    )
    reason = "LiteLLM's is for each call: here the time to the first content, and between two of them"
    for part in (whole, stream):
        if part is not None and part.number() in values:
            part.approximated(reason, ("defaults", "timeouts"))


def _breaker(draft: Draft, router: Part | None, litellm: Part | None) -> None:
    fails = _picked(router, "allowed_fails", litellm, "allowed_fails")
    rest = _picked(router, "cooldown_time", litellm, "cooldown_time")
    breaker: dict[str, Plain] = {}
    number = _number(fails, _MOST_FAILURES - 1, 0)
    if fails is not None and number is not None:
        breaker |= {"failures": int(number) + 1, "window": "1m"}
        fails.translated(("defaults", "breaker", "failures"), "one more than are allowed, within a minute")
    seconds = _number(rest, _LONGEST_S)
    if rest is not None and seconds is not None:
        breaker["open"] = _time(seconds)
        rest.approximated(
            "doubles each time without an answer in between, up to max_open", ("defaults", "breaker", "open")
        )
    if breaker:
        draft.defaults["breaker"] = breaker
