"""What browsers send: queries and forms. Pure; never more fields than a page of ours has."""

import urllib.parse
from typing import Final

from sixnines.errors import MalformedRequest
from sixnines.server.interface import Request

_MOST_FIELDS: Final = 64
_LONGEST: Final = 2**20
"""Of a form, in bytes: more than anybody types, and read in a few milliseconds."""

_FORM: Final = b"application/x-www-form-urlencoded"


def query_in(request: Request) -> dict[str, str]:
    """The parameters of the address.

    Raises:
        MalformedRequest: they cannot be read.
    """
    return _pairs(request.query)


def is_form(request: Request) -> bool:
    """Whether a form was sent."""
    kind = request.header(b"content-type") or b""
    return kind.partition(b";")[0].strip().lower() == _FORM


def form_in(request: Request, *, longest: int = _LONGEST) -> dict[str, str]:
    """The fields of a form (WHATWG URL standard, section 5.1); none if something else was sent.

    Raises:
        MalformedRequest: they cannot be read, or are longer than so many bytes.
    """
    if not is_form(request):
        return {}
    if len(request.body) > longest:
        raise MalformedRequest("The form that was sent is too long.")
    try:
        return _pairs(request.body.decode("ascii"))
    except UnicodeDecodeError:
        raise MalformedRequest("The form that was sent cannot be read.") from None


def _pairs(text: str) -> dict[str, str]:
    try:
        return dict(urllib.parse.parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS))
    except ValueError:
        raise MalformedRequest("The address or the form that was sent cannot be read.") from None
