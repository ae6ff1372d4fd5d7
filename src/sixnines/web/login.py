"""Signing in and out: the admin key for a cookie. Never says, logs or keeps the key, and never leads anywhere else."""

import asyncio
import hashlib
import hmac
import re
import secrets
import urllib.parse
from typing import Final

from sixnines.clock import Clock
from sixnines.server.app import Visit
from sixnines.web.admission import Admission
from sixnines.web.brake import Brake
from sixnines.web.door import ROOT
from sixnines.web.interface import Redirect, Shown
from sixnines.web.reading import form_in
from sixnines.web.session import set_cookie

LOGIN: Final = "/ui/login"
LOGOUT: Final = "/ui/logout"
_LOCAL: Final = re.compile(r"/ui(?:/[A-Za-z0-9._~%:@+=,/-]*)?(?:\?[A-Za-z0-9._~%:@+=,&/-]*)?")
_LONGEST: Final = 2000
_LONGEST_FORM: Final = 16 * 1024  # of somebody who is not signed in


class Login:
    """The form and what it sends.

    Args:
        admission: gives out sessions.
        clock: when they end, and how fast somebody guesses.
    """

    def __init__(self, admission: Admission, clock: Clock) -> None:
        self._admission = admission
        self._clock = clock
        self._brake = Brake()

    def show(self, wanted: str) -> Shown:
        """The form, for somebody who wants to see a page."""
        return _form(local(wanted))

    async def enter(self, visit: Visit) -> tuple[Shown | Redirect, str | None]:
        """Look at the key that was sent; the answer, and a cookie if it was right."""
        sent = form_in(visit.request, longest=_LONGEST_FORM)
        wanted = local(sent.get("next", ""))
        digest = visit.ticket.generation.snapshot.server.admin_key_digest
        if digest is None:
            return Redirect(wanted), None
        if self._brake.is_full:
            return _form(wanted, "Too many wrong keys were sent just now. Wait a few seconds.", status=429), None
        key = sent.get("key", "").strip()
        if not hmac.compare_digest(hashlib.sha256(key.encode()).digest(), digest):
            await self._slow_down()
            problem = "This is not the admin key. It is what `server.admin_key` of the config refers to."
            return _form(wanted, problem, status=401), None
        cookie = self._admission.sessions(visit).issue(self._clock.unix_s(), secrets.token_urlsafe(16))
        return Redirect(wanted), set_cookie(cookie, secure=_is_secure(visit))

    def leave(self, visit: Visit) -> tuple[Redirect, str]:
        """The end of a session, in this browser."""
        return Redirect(LOGIN), set_cookie("", secure=_is_secure(visit), life_s=0)

    async def _slow_down(self) -> None:
        self._brake.waiting += 1
        try:
            await asyncio.sleep(self._brake.wrong(self._clock.monotonic_s()))
        finally:
            self._brake.waiting -= 1


def local(wanted: str) -> str:
    """An address below `/ui` that somebody wants to see; the first page for any other."""
    path = wanted.partition("?")[0]
    good = len(wanted) <= _LONGEST and _LOCAL.fullmatch(wanted) and "//" not in path and "/." not in path
    return wanted if good and path not in (LOGIN, LOGOUT) else ROOT


def to_login(visit: Visit) -> Redirect:
    """To the form, and from there to where somebody wanted to go."""
    request = visit.request
    wanted = request.path + (f"?{request.query}" if request.query else "")
    return Redirect(LOGIN if wanted == ROOT else f"{LOGIN}?next={urllib.parse.quote(wanted, safe='/')}")


def _form(wanted: str, problem: str | None = None, status: int = 200) -> Shown:
    return Shown("login.html", {"next": wanted, "problem": problem}, status=status)


def _is_secure(visit: Visit) -> bool:
    """The browser speaks TLS, to a proxy in front: it says so in `Origin`, or the proxy does."""
    request = visit.request
    origin, proxied = request.header(b"origin") or b"", request.header(b"x-forwarded-proto") or b""
    return origin.startswith(b"https:") or proxied.strip().lower() == b"https"
