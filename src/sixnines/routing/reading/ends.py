"""Long bodies, of which only the two ends are read: what is counted is a lower bound, what is estimated is sampled.

The head has the first messages, and parameters that stand before them; the tail has the last messages, what is asked
among them, and the parameters behind them. Neither is JSON, being cut, so they are searched by patterns: inside a JSON
string every quote has a backslash before it, so that `"role":` is a key wherever it stands.
Never raises, whatever the bytes. Never takes longer for a longer body.
"""

import re

import msgspec

from sixnines.domain.features import Output
from sixnines.domain.operation import Operation
from sixnines.routing.reading import tokens
from sixnines.routing.reading.excerpt import Excerpt, both_ends

# Room for a system prompt and the beginning of what is asked; for the last messages, and for tools behind them.
_HEAD = 16 * 1024
_TAIL = 32 * 1024
# Pieces of the body by which its tokens are estimated.
_SAMPLES = 32
_SAMPLE = 512

# Possessive, or the matcher would remember every escape of a long string to come back to it. Ends before a cut escape.
_INSIDE = rb'[^"\\]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\]*+)*+'
_REST = re.compile(_INSIDE)
_STRING = re.compile(b'"(' + _INSIDE + b')("?)')
_ROLE = re.compile(rb'"role"\s*+:\s*+"(\w++)"')
_CONTENT = re.compile(rb'"content"\s*+:\s*+')
_TEXT = re.compile(rb'"text"\s*+:\s*+')
_IMAGE = re.compile(rb'"image_url"\s*+:')
_TOOLS = re.compile(rb'"tools"\s*+:\s*+\[\s*+[^\]\s]')
_FORMAT = re.compile(rb'"response_format"\s*+:\s*+\{')
_PROMPT = {
    Operation.COMPLETION: re.compile(rb'"prompt"\s*+:\s*+'),
    Operation.EMBEDDING: re.compile(rb'"input"\s*+:\s*+'),
}
# How far behind its beginning a `response_format` has said what it is.
_FORMAT_SAYS = 300
_BASE64 = re.compile(rb"[A-Za-z0-9+/=]+")
# The halves of a character written as two escapes (RFC 8259, section 7), one of which a cut may leave.
_LOW_HALF = re.compile(rb"\\u[dD][c-fC-F]")
_HIGH_HALF = re.compile(rb"\\u[dD][89abAB]")
_ESCAPE = 6
_SHORT_ESCAPE = 2
# An escape that is not complete: a backslash that no other one escapes, and no more than three digits. Of a longer run
# of backslashes nobody can tell here which is which; then the first character read may be wrong.
_CUT_ESCAPE = re.compile(rb"(?<!\\)(?:\\\\)*+(\\(?:u[0-9a-fA-F]{0,3})?)\Z")
_LONGEST_RUN = 64
_RESULTS = (b"tool", b"function")
_SYSTEM = (b"system", b"developer")
_FORMS = (Output.TEXT, Output.JSON, Output.SCHEMA)

_text = msgspec.json.Decoder(str).decode


class _Piece(msgspec.Struct, gc=False):
    """One end of a body, and the roles that it names."""

    data: bytes
    roles: list[re.Match[bytes]]

    def count(self, *roles: bytes) -> int:
        """Messages of these roles."""
        return sum(1 for each in self.roles if each[1] in roles)

    def last(self, role: bytes) -> int | None:
        """Where among the roles the last one of this name is."""
        return next((at for at in reversed(range(len(self.roles))) if self.roles[at][1] == role), None)


class _Said(msgspec.Struct, gc=False):
    """What was found of a message; `is_cut`: it goes on where this piece ends."""

    text: str = ""
    is_cut: bool = False


_UNSEEN = _Said(is_cut=True)


def read(body: bytes, operation: Operation) -> Excerpt:
    """What the ends of a long body tell."""
    head, tail = body[:_HEAD], _tail(body)
    images = len(_IMAGE.findall(head)) + len(_IMAGE.findall(tail))
    found = Excerpt(
        text_tokens=_tokens(body, pictured=images > 0),
        tools=_tools(head) or _tools(tail),
        images=images,
        output=max(_output(head), _output(tail), key=_FORMS.index),
    )
    if operation is Operation.CHAT:
        _converse(found, _piece(head), _piece(tail))
    else:
        found.turns = int(operation is Operation.COMPLETION)
        key = _PROMPT[operation].search(head)
        said = _UNSEEN if key is None else _value(head, key.end(), len(head))
        found.asked = both_ends(said.text + _rest(tail) if said.is_cut else said.text)
    return found


def _converse(found: Excerpt, head: _Piece, tail: _Piece) -> None:
    """What a chat has besides: who said how often something, and what was said last."""
    found.turns = head.count(b"user") + tail.count(b"user")
    found.tool_messages = head.count(*_RESULTS) + tail.count(*_RESULTS)
    at = tail.last(b"user")
    last = len(tail.roles) - 1
    if at is None:
        begun = head.last(b"user")
        said = _UNSEEN if begun is None else _said(head, begun)
        # Where the tail names no role, it is the end of this message.
        found.asked = both_ends(said.text + _rest(tail.data) if said.is_cut and not tail.roles else said.text)
        beside = last
    else:
        said = _said(tail, at)
        # Its content stands before its role, and began before the tail.
        found.asked = both_ends(_rest(tail.data) if said is _UNSEEN and at == 0 else said.text)
        beside = last if at < last else at - 1
    if beside >= 0 and tail.roles[beside][1] not in _SYSTEM:
        found.beside = both_ends(_said(tail, beside).text)


def _said(piece: _Piece, at: int) -> _Said:
    """A message: its content stands behind its role, or before."""
    data, roles = piece.data, piece.roles
    end = roles[at + 1].start() if at + 1 < len(roles) else len(data)
    key = _CONTENT.search(data, roles[at].end(), end)
    if key is None or b"}" in data[roles[at].end() : key.start()]:  # that is the next message's
        begin = roles[at - 1].end() if at else 0
        end = roles[at].start()
        key = next(reversed(list(_CONTENT.finditer(data, begin, end))), None)
    return _UNSEEN if key is None else _value(data, key.end(), end)


def _value(data: bytes, begin: int, end: int) -> _Said:
    """A text, or all the texts of an array of parts."""
    places = [begin]
    if data.startswith(b"[", begin):
        places = [each.end() for each in _TEXT.finditer(data, begin, end)]
    strings = [each for each in (_STRING.match(data, place, end) for place in places) if each is not None]
    return _Said("\n".join(_plain(each[1]) for each in strings), bool(strings) and not strings[-1][2])


def _rest(tail: bytes) -> str:
    """The end of a string that began before."""
    found = _REST.match(tail)
    return "" if found is None else _plain(found[0])


def _plain(inside: bytes) -> str:
    """The text of what stands between quotes; as it is written where that means nothing."""
    clean = inside if inside.isascii() else inside.decode("utf-8", "ignore").encode()
    if _LOW_HALF.match(clean):
        clean = clean[_ESCAPE:]
    if _HIGH_HALF.match(clean, max(len(clean) - _ESCAPE, 0)):
        clean = clean[:-_ESCAPE]
    try:
        return _text(b'"%b"' % clean)
    except msgspec.DecodeError:
        return clean.decode()


def _piece(data: bytes) -> _Piece:
    return _Piece(data, list(_ROLE.finditer(data)))


def _tail(body: bytes) -> bytes:
    """The end of what is not in the head, and not from the middle of an escape on."""
    begin = max(len(body) - _TAIL, _HEAD)
    cut = _CUT_ESCAPE.search(body, max(begin - _LONGEST_RUN, 0), begin)
    if cut is not None:
        escape = cut.start(1)
        begin = escape + (_ESCAPE if body[escape + 1 : escape + 2] == b"u" else _SHORT_ESCAPE)
    return body[begin:]


def _tools(data: bytes) -> int:
    """How many tools are offered here: by their parameters, which nearly all of them have."""
    found = _TOOLS.search(data)
    return 0 if found is None else max(data.count(b'"parameters"', found.end()), 1)


def _output(data: bytes) -> Output:
    found = _FORMAT.search(data)
    if found is None:
        return Output.TEXT
    says = data[found.end() : found.end() + _FORMAT_SAYS]
    if b'"json_schema"' in says:
        return Output.SCHEMA
    if b'"json_object"' not in says:
        return Output.TEXT
    return Output.SCHEMA if b'"schema"' in says else Output.JSON


def _tokens(body: bytes, *, pictured: bool) -> int:
    """An estimate by pieces from everywhere; where there are pictures, what looks like their data does not count."""
    step = len(body) / _SAMPLES
    pieces = (body[int(at * step) : int(at * step) + _SAMPLE] for at in range(_SAMPLES))
    rates = (0.0 if pictured and _BASE64.fullmatch(each) else tokens.per_byte(each) for each in pieces)
    return round(sum(rates) / _SAMPLES * len(body))
