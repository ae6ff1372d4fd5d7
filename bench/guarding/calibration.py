"""A fixed piece of work to compare interpreters by: what a gateway does, in the proportions in which it does it.

Never changes: stored ratios are relative to it. Uses nothing of sixnines, so that no change of the gateway changes it.
"""

import time

import httptools
import msgspec

_HEAD = (
    b"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:4000\r\nContent-Type: application/json\r\n"
    b"Accept: */*\r\nContent-Length: 54\r\n\r\n"
)
_BODY = b'{"model":"m","messages":[{"role":"user","content":"Say hello."}]}'


class Asked(msgspec.Struct, frozen=True, gc=False):
    """What is read of a body."""

    model: str
    messages: msgspec.Raw


Decoder = msgspec.json.Decoder[Asked]


class Entry:
    """A record with a little of everything."""

    __slots__ = ("fields", "name", "notes", "since_s", "state")

    def __init__(self, name: str, since_s: float) -> None:
        self.name = name
        self.since_s = since_s
        self.fields: dict[bytes, bytes] = {}
        self.notes: list[tuple[str, float]] = []
        self.state = "new"

    def on_header(self, name: bytes, value: bytes) -> None:  # called by httptools
        self.fields[name.lower()] = value

    @property
    def is_fresh(self) -> bool:
        return self.state == "new" and not self.notes

    def note(self, what: str, *, now: float) -> None:
        self.notes.append((what, now - self.since_s))
        self.state = what


class Book:
    """Counts."""

    def __init__(self) -> None:
        self._numbers: dict[str, dict[tuple[str, ...], float]] = {"asked": {}, "told": {}}

    def count(self, name: str, labels: tuple[str, ...], amount: float = 1) -> None:
        numbers = self._numbers[name]
        numbers[labels] = numbers.get(labels, 0) + amount


def work(rounds: int) -> None:
    """Do it so many times."""
    decoder = msgspec.json.Decoder(Asked)
    book = Book()
    for _ in range(rounds):
        coroutine = _serve(decoder, book)
        try:
            coroutine.send(None)
        except StopIteration:
            continue


async def _serve(decoder: Decoder, book: Book) -> bytes:
    entry = Entry("engine", time.monotonic())
    parser = httptools.HttpRequestParser(entry)
    parser.feed_data(_HEAD)
    try:
        answer = await _answer(entry, decoder, book)
    except ValueError:
        book.count("told", (entry.name, "bad"))
        raise
    finally:
        book.count("asked", (entry.name, entry.state))
    return answer


async def _answer(entry: Entry, decoder: Decoder, book: Book) -> bytes:
    if not entry.is_fresh or entry.fields.get(b"content-type") != b"application/json":
        raise ValueError(entry.name)
    asked = decoder.decode(_BODY)
    names = [name for name in entry.fields if not name.startswith(b"x-")]
    for kind in ("plan", "attempt", "answer"):
        entry.note(kind, now=time.monotonic())
        book.count("told", (asked.model, kind), amount=len(names))
    head = b"".join([b"HTTP/1.1 200 OK\r\n", *(b"%b: %b\r\n" % each for each in entry.fields.items()), b"\r\n"])
    place = head.find(b"content-type")
    return head[:place] + bytes(asked.messages) + head[place:] + b"%d" % len(names)
