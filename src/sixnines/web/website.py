"""The web page: from a path to the page that shows it, who may see it, and every error as a page.

Never lets a page be shown in a frame, load anything from elsewhere, or run a script that is not a file of ours.
"""

import urllib.parse
from collections.abc import AsyncGenerator, Sequence
from typing import Final

import msgspec

from sixnines import __version__
from sixnines.clock import Clock
from sixnines.errors import SixNinesError, UnknownPath, WrongMethod
from sixnines.server.app import Visit
from sixnines.server.errors import describe
from sixnines.server.gone import CallerGone
from sixnines.server.interface import Application
from sixnines.web.admission import TOKEN_HEADER, Admission, Visitor, check_token
from sixnines.web.asking import Asking, Refused
from sixnines.web.assets import FOLDER, Assets
from sixnines.web.door import ROOT
from sixnines.web.interface import Acting, Answer, Asked, Data, Page, Redirect, Shown, Streamed
from sixnines.web.login import LOGIN, LOGOUT, Login, to_login
from sixnines.web.looking import Watch
from sixnines.web.reading import form_in, is_form, query_in
from sixnines.web.rendering import Renderer

Headers = list[tuple[bytes, bytes]]

_POLICY: Final = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    b"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Final[Headers] = [
    (b"content-security-policy", _POLICY),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
_NO_STORE: Final = (b"cache-control", b"no-store")
_HTML: Final = (b"content-type", b"text/html; charset=utf-8")
_SERVER_ERROR: Final = 500
_UNAUTHENTICATED: Final = 401

_encode: Final = msgspec.json.Encoder().encode


class WebSite:
    """See the top.

    Args:
        pages: what there is.
        asking: asks the gateway.
        admission: knows who may see it.
        drawing: templates and files.
        clock: the time.
    """

    def __init__(
        self,
        pages: Sequence[Page],
        asking: Asking,
        admission: Admission,
        *,
        drawing: tuple[Renderer, Assets],
        clock: Clock,
    ) -> None:
        self._pages = {page.path: page for page in pages if not page.path.endswith("/")}
        self._folders = [page for page in pages if page.path.endswith("/")]
        self._asking = asking
        self._admission = admission
        self._renderer, self._assets = drawing
        self._clock = clock
        self._login = Login(admission, clock)
        self._watch = Watch(asking, monotonic_s=clock.monotonic_s, unix_s=clock.unix_s)

    async def serve(self, visit: Visit) -> None:
        """Answer one request, also where it fails."""
        try:
            await self._serve(visit)
        except (Refused, SixNinesError) as problem:
            if visit.responder.started:
                raise
            await self._failed(visit, problem)
        except CallerGone:
            raise
        except Exception:  # a bug of ours: the person sees a page, and the application logs and counts it
            if not visit.responder.started:
                await self._answer(visit, _problem(_SERVER_ERROR, "The gateway's log says what went wrong."), None)
            raise

    async def _serve(self, visit: Visit) -> None:
        request, path = visit.request, visit.request.path
        if path in ("/", f"{ROOT}/"):
            await self._answer(visit, Redirect(ROOT), None)
            return
        self._admission.check_site(visit)
        reads = request.method in ("GET", "HEAD")
        if path.startswith(FOLDER) and reads:
            self._assets.send(visit, [*HEADERS, *visit.ticket.headers()])
            return
        if path == LOGIN:
            await self._sign_in(visit, reads=reads)
            return
        visitor = self._admission.admit(visit, self._clock.unix_s())
        if visitor is None:
            answer = (
                to_login(visit) if reads and not _by_script(visit) else _problem(_UNAUTHENTICATED, "Sign in again.")
            )
            await self._answer(visit, answer, None)
            return
        if path == LOGOUT and request.method == "POST":
            check_token(visitor, form_in(request).get("token", ""))
            redirect, cookie = self._login.leave(visit)
            await self._answer(visit, redirect, None, cookie)
            return
        page = self._find(path)
        await self._answer(visit, await self._ask(page, visit, visitor, reads=reads), visitor, page=page)

    async def _sign_in(self, visit: Visit, *, reads: bool) -> None:
        if reads:
            await self._answer(visit, self._login.show(query_in(visit.request).get("next", "")), None)
            return
        if visit.request.method != "POST":
            raise WrongMethod("Send the form with POST.", allow=("GET", "POST"))
        answer, cookie = await self._login.enter(visit)
        await self._answer(visit, answer, None, cookie)

    async def _ask(self, page: Page, visit: Visit, visitor: Visitor, *, reads: bool) -> Answer:
        request = visit.request
        form = form_in(request)
        token = form.pop("token", None) or (request.header(TOKEN_HEADER) or b"").decode("latin-1")
        asked = Asked(
            below=urllib.parse.unquote(request.path[len(page.path) :]),
            query=query_in(request),
            form=form,
            body=b"" if is_form(request) else request.body,
            is_fragment=request.header(b"hx-request") is not None,
            ask=self._asking,
            watch=self._watch,
            snapshot=visit.ticket.generation.snapshot,
            now_unix_s=self._clock.unix_s(),
        )
        if reads:
            return await page.show(asked)
        if request.method != "POST" or not isinstance(page, Acting):
            raise WrongMethod(f"{request.method} is not possible here.", allow=("GET",))
        check_token(visitor, token)
        try:
            return await page.act(asked)
        finally:
            self._watch.forget()

    def _find(self, path: str) -> Page:
        found = self._pages.get(path) or next(
            (each for each in self._folders if path.startswith(each.path) and path != each.path), None
        )
        if found is None:
            raise UnknownPath("There is no such page.")
        return found

    async def _failed(self, visit: Visit, problem: Refused | SixNinesError) -> None:
        """Say on a page what went wrong."""
        try:
            visitor = self._admission.admit(visit, self._clock.unix_s())
        except SixNinesError:
            visitor = None
        if isinstance(problem, Refused):
            await self._answer(visit, _problem(problem.status, problem.message), visitor)
            return
        answer = describe(problem, visit.ticket.trail, visit.ticket.generation.snapshot.server.expose)
        shown = _problem(answer.row.status, str(answer.error["message"]))
        await self._answer(visit, shown, visitor, headers=answer.headers)

    async def _answer(
        self,
        visit: Visit,
        answer: Answer,
        visitor: Visitor | None,
        cookie: str | None = None,
        *,
        page: Page | None = None,
        headers: Headers | None = None,
    ) -> None:
        fields = [*HEADERS, _NO_STORE, *visit.ticket.headers(), *(headers or ())]
        if cookie is not None:
            fields.append((b"set-cookie", cookie.encode()))
        match answer:
            case Redirect():
                visit.responder.send(303, [(b"location", answer.to.encode("ascii")), *fields], b"")
            case Data():
                kind = (b"content-type", b"application/json")
                visit.responder.send(answer.status, [kind, *fields], _encode(answer.body))
            case Streamed():
                await _stream(visit, answer, fields)
            case Shown():
                visit.responder.send(answer.status, [_HTML, *fields], await self._draw(visit, answer, visitor, page))

    async def _draw(self, visit: Visit, answer: Shown, visitor: Visitor | None, page: Page | None) -> bytes:
        is_fragment = answer.fragment is not None and visit.request.header(b"hx-request") is not None
        template = answer.fragment if is_fragment and answer.fragment is not None else answer.template
        about: dict[str, object] = {
            "title": answer.title or ("" if page is None else page.title),
            "here": "" if page is None else page.path,
            "token": "" if visitor is None else visitor.token,
            "signed_in": visitor is not None and visitor.signed_in,
            "admitted": visitor is not None,
            "now_unix_s": self._clock.unix_s(),
        }
        return await self._renderer.render(template, about | dict(answer.values))


async def _stream(visit: Visit, answer: Streamed, headers: Headers) -> None:
    visit.responder.start(answer.status, [(b"content-type", answer.content_type.encode()), *headers])
    try:
        async for chunk in answer.chunks:
            await visit.responder.write(chunk)
    finally:  # at once where the browser has gone: what makes the pieces may be a change of the config
        if isinstance(answer.chunks, AsyncGenerator):
            await answer.chunks.aclose()
    visit.responder.end()


def _by_script(visit: Visit) -> bool:
    """Asked for by a page, not for one."""
    request = visit.request
    return request.header(b"hx-request") is not None or b"text/html" not in (request.header(b"accept") or b"")


def _problem(status: int, message: str) -> Shown:
    return Shown("problem.html", {"status": status, "message": message}, fragment="problem_part.html", status=status)


def put_together(pages: Sequence[Page], application: Application, secret: bytes, clock: Clock) -> WebSite:
    """The whole of it, from the files of the package. Takes a twentieth of a second: not for the event loop."""
    assets = Assets()
    constants = {
        "nav": [(page.path, page.place) for page in pages if page.place],
        "paths": {page.path for page in pages},
        "version": __version__,
    }
    renderer = Renderer(assets, constants, clock.monotonic_s)
    renderer.compile()
    return WebSite(pages, Asking(application), Admission(secret), drawing=(renderer, assets), clock=clock)
