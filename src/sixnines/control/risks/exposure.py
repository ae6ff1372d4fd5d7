"""Risks about who reaches the gateway, with which key, and what he is told.

Never shows a key: of keys only the references are known here.
"""

from collections.abc import Iterator

from sixnines.config.diagnostics import quoted
from sixnines.config.snapshot import Expose
from sixnines.config.urls import is_loopback, parse_listen
from sixnines.control.risks.interface import Both, Risk, Rule, high, medium


def _opened(both: Both) -> Iterator[Risk]:
    before, after = both.old.document.server.api_keys, both.new.document.server.api_keys
    if before and not after:
        message = "callers need no key any more: whoever reaches the address is served"
        yield high("keys_opened", ("server", "api_keys"), message)


def _demanded(both: Both) -> Iterator[Risk]:
    before, after = both.old.document.server.api_keys, both.new.document.server.api_keys
    if after and not before:
        message = "callers need a key now: who sends none gets 401"
        yield high("keys_demanded", ("server", "api_keys"), message, hint="give the key to all callers first")


def _withdrawn(both: Both) -> Iterator[Risk]:
    after = both.new.document.server.api_keys
    for reference in both.old.document.server.api_keys if after else ():
        if reference not in after:
            message = f"callers with the key of {quoted(reference)} get 401"
            yield high("key_withdrawn", ("server", "api_keys"), message)


def _admin(both: Both) -> Iterator[Risk]:
    if both.old.document.server.admin_key is not None and both.new.document.server.admin_key is None:
        message = "the admin paths need no key any more"
        yield high("admin_opened", ("server", "admin_key"), message)


def _reachable(both: Both) -> Iterator[Risk]:
    before, after = both.old.document.server.listen, both.new.document.server.listen
    old, new = parse_listen(before), parse_listen(after)
    if is_loopback(old.host) and not is_loopback(new.host):
        message = f"others can reach the gateway: {after} is not loopback, {before} was"
        yield high("reachable", ("server", "listen"), message)
    elif old != new:
        message = f"callers find the gateway at {after} after the next start, and no longer at {before}"
        yield medium("reachable", ("server", "listen"), message)


def _told(both: Both) -> Iterator[Risk]:
    if both.old.document.server.expose is Expose.MINIMAL and both.new.document.server.expose is Expose.TRAIL:
        yield medium("expose", ("server", "expose"), "callers are told which provider answered, and of each attempt")


def _pages(both: Both) -> Iterator[Risk]:
    before, after = both.old.document.server.cors, both.new.document.server.cors
    path = ("server", "cors")
    if "*" in after and "*" not in before:
        yield high("cors", path, "every web page may call from a browser now")
    gone = [each for each in before if each not in after and "*" not in after]
    for origin in gone:
        what = "pages of other origins" if origin == "*" else f"pages of {quoted(origin)}"
        yield medium("cors", path, f"{what} may no longer call from a browser")


def _unrecorded(both: Both) -> Iterator[Risk]:
    before, after = both.old.document.server.decision_log, both.new.document.server.decision_log
    if before is not None and after is None:
        yield medium("unrecorded", ("server", "decision_log"), "decisions are no longer recorded")


def _breakable(both: Both) -> Iterator[Risk]:
    before, after = both.old.document.server, both.new.document.server
    if after.fault_injection and not before.fault_injection:
        message = "administrators may break providers on purpose: callers get whatever comes of it"
        level = medium if is_loopback(parse_listen(after.listen).host) else high
        hint = "leave it out where callers rely on the gateway"
        yield level("breakable", ("server", "fault_injection"), message, hint=hint)


RULES = (
    Rule("keys_opened", _opened),
    Rule("keys_demanded", _demanded),
    Rule("key_withdrawn", _withdrawn),
    Rule("admin_opened", _admin),
    Rule("reachable", _reachable),
    Rule("expose", _told),
    Rule("cors", _pages),
    Rule("unrecorded", _unrecorded),
    Rule("breakable", _breakable),
)
