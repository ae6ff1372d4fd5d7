"""Who may see the web page: whoever the admin API admits, with the key or with a cookie that was given for it.

Never weaker than the admin API: the same check of Host and Origin, the same key, and open only where that is open.
"""

import hmac
from dataclasses import dataclass
from typing import Final

from sixnines.errors import Forbidden
from sixnines.server import same_site
from sixnines.server.app import Visit
from sixnines.server.interface import OWNER
from sixnines.web.session import Sessions, cookie_in

OPEN: Final = "open"
"""The session of everybody, where no key is needed."""

TOKEN_HEADER: Final = b"x-sixnines-form"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who was admitted.

    Attributes:
        token: for the forms of the page that he gets.
        needs_token: what he sends must come from such a form: his browser would send it for another page, too.
        signed_in: he has a cookie, and can end it.
    """

    token: str
    needs_token: bool
    signed_in: bool


class Admission:
    """Admits visitors.

    Args:
        secret: signs forms where there is no admin key; all workers have the same.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def sessions(self, visit: Visit) -> Sessions:
        """Those of the config that this visit goes by."""
        return Sessions(visit.ticket.generation.snapshot.server.admin_key_digest or self._secret)

    def check_site(self, visit: Visit) -> None:
        """Keep other sites' pages away.

        Raises:
            Forbidden: see `same_site.check`.
        """
        if visit.request.peer != OWNER:
            same_site.check(visit.request, visit.ticket.generation.snapshot.server)

    def admit(self, visit: Visit, now_unix_s: float) -> Visitor | None:
        """Who it is; None if he has to sign in first.

        Raises:
            Unauthenticated, Forbidden: a key was sent, and it is another one.
        """
        request, sessions = visit.request, self.sessions(visit)
        if request.peer == OWNER or request.header(b"authorization") is not None:
            visit.admit_admin()
            open_to_all = visit.ticket.generation.snapshot.server.admin_key_digest is None
            return Visitor(
                sessions.form_token(OPEN), needs_token=open_to_all and request.peer != OWNER, signed_in=False
            )
        if visit.ticket.generation.snapshot.server.admin_key_digest is None:
            return Visitor(sessions.form_token(OPEN), needs_token=True, signed_in=False)
        cookie = cookie_in(request.header(b"cookie"))
        nonce = None if cookie is None else sessions.nonce_of(cookie, now_unix_s)
        if nonce is None:
            return None
        return Visitor(sessions.form_token(nonce), needs_token=True, signed_in=True)


def check_token(visitor: Visitor, token: str) -> None:
    """See that something was sent by a page of ours.

    Raises:
        Forbidden: it was not, or by one of another session.
    """
    if visitor.needs_token and not hmac.compare_digest(token.encode(), visitor.token.encode()):
        raise Forbidden(
            "This form is not of your session any more. Load the page again and repeat it.", code="stale_form"
        )
