"""What a page of `/ui` is, what it is asked and what it answers. Values and protocols only.

A new page is one file in `web/pages/` (with a template of the same name) and one line in `web/registry.py`.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from sixnines.config.snapshot import Snapshot
from sixnines.web.asking import Asking
from sixnines.web.looking import Watch


@dataclass(frozen=True, slots=True)
class Asked:
    """One request for a page, of somebody who may see it.

    Attributes:
        below: what follows the path of a page that is a folder, percent-decoded; else "".
        query: the parameters of the address; the last of each name.
        form: the fields of a form that was sent, without its token; the last of each name.
        body: what was sent, if it was no form.
        is_fragment: a part of the page is wanted by the page itself (htmx), not all of it.
        ask: asks the admin paths of this gateway.
        watch: what they say of how it is, at most a second old: for whatever is shown again and again.
        snapshot: the config that the request goes by.
        now_unix_s: the wall clock.
    """

    below: str
    query: Mapping[str, str]
    form: Mapping[str, str]
    body: bytes
    is_fragment: bool
    ask: Asking
    watch: Watch
    snapshot: Snapshot
    now_unix_s: float


@dataclass(frozen=True, slots=True)
class Shown:
    """A template with its values.

    Attributes:
        template: in `web/templates/`, with `base.html` around it.
        values: what it shows. Beside them each template knows what `rendering.py` lists.
        fragment: the template for a request of the page itself, if that is another one.
        status: of HTTP.
        title: of this page, where it is a finer one than the page's own.
    """

    template: str
    values: Mapping[str, object] = field(default_factory=dict)
    fragment: str | None = None
    status: int = 200
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Data:
    """Values for the page's script, as JSON."""

    body: object
    status: int = 200


@dataclass(frozen=True, slots=True)
class Redirect:
    """Another page is shown instead: a path below `/ui`, percent-encoded."""

    to: str


@dataclass(frozen=True, slots=True)
class Streamed:
    """An answer in pieces, as they come; `chunks` is closed where the browser goes away."""

    content_type: str
    chunks: AsyncIterator[bytes]
    status: int = 200


Answer = Shown | Data | Redirect | Streamed


class Page(Protocol):
    """One page.

    Attributes:
        path: exact, below `/ui`; or with a `/` at its end, everything below it.
        title: what it is called.
        place: what the navigation calls it; "" for a page that is not there.
    """

    path: str
    title: str
    place: str

    async def show(self, asked: Asked) -> Answer:
        """Answer a GET.

        Raises:
            Refused: an admin path refused what it was asked; the site shows why.
            SixNinesError: as in `server/errors.py`; an `UnknownPath` is a page that says so.
        """
        ...


@runtime_checkable
class Acting(Page, Protocol):
    """A page that takes a POST as well: a form with its token, or JSON with the token in `x-sixnines-form`."""

    async def act(self, asked: Asked) -> Answer:
        """Do what was sent. Raises what `show` does."""
        ...
