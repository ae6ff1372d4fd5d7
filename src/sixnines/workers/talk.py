"""How workers of one gateway ask each other: a Unix socket each, one question a connection.

Frames are a length and as many bytes. Only this user can reach the sockets (see `folder.py`). Never waits for anybody
longer than `ANSWER_S`, and never raises for what another worker does.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from sixnines.health.news import News
from sixnines.server.colleagues import Replies, Reporter
from sixnines.workers.folder import socket_path
from sixnines.workers.memory import Keep

ANSWER_S = 1.0
"""A worker that has not answered by then is missing: a scrape must not hang on it."""

NEWS_EVERY_S = 0.05
"""The first news go out at once, those that follow together: hundreds of providers may be probed at the same time."""

_LENGTH_BYTES = 4
_NEWS = "news"

_log = logging.getLogger("sixnines")


class _Question(msgspec.Struct, frozen=True, array_like=True):
    subject: str
    about: bytes


_encode = msgspec.msgpack.Encoder().encode
_question = msgspec.msgpack.Decoder(_Question).decode


class Talk:
    """One worker's end of it.

    Args:
        folder: where the sockets are.
        number: of this worker.
        keeps: where each worker leaves its figures, by number.
        orders: where each leaves what operators have ordered.

    Attributes:
        number: of this worker.
    """

    def __init__(self, folder: Path, number: int, keeps: Mapping[int, Keep], orders: Mapping[int, Keep]) -> None:
        self.number = number
        self._folder = folder
        self._keeps = keeps
        self._orders = orders
        self._reporters: dict[str, Reporter] = {}
        self._server: asyncio.Server | None = None
        self._news: list[News] = []
        self._next_news_at = 0.0
        self._tasks: set[asyncio.Task[object]] = set()

    async def start(self, reporters: Iterable[Reporter]) -> None:
        """Answer what others ask, through `reporters`."""
        self._reporters = {each.subject: each for each in reporters}
        path = socket_path(self._folder, self.number)
        path.unlink(missing_ok=True)  # of a predecessor that was killed
        self._server = await asyncio.start_unix_server(self._serve, path)

    def stop(self) -> None:
        """Answer no more."""
        if self._server is not None:
            self._server.close()
            socket_path(self._folder, self.number).unlink(missing_ok=True)
        for task in tuple(self._tasks):
            task.cancel()

    async def ask(self, subject: str, about: bytes = b"") -> Replies:
        """What the others report."""
        question = _framed(_encode(_Question(subject, about)))
        others = [worker for worker in self._keeps if worker != self.number]
        tasks = {worker: asyncio.create_task(self._ask(worker, question)) for worker in others}
        try:
            await asyncio.wait(tasks.values(), timeout=ANSWER_S)
        finally:
            for task in tasks.values():
                task.cancel()
        said = {
            worker: answer
            for worker, task in tasks.items()
            if task.done() and not task.cancelled() and (answer := task.result()) is not None
        }
        return Replies(said, tuple(worker for worker in others if worker not in said))

    def keep(self, figures: bytes) -> None:
        """Leave the figures of this worker."""
        if not self._keeps[self.number].write(figures):
            _log.error("the figures of this worker take %d bytes: too many to outlive it", len(figures))

    def kept_of(self, worker: int) -> bytes:
        """The figures that a worker has left."""
        return self._keeps[worker].read()

    def keep_orders(self, orders: bytes) -> None:
        """Leave what operators have ordered."""
        if not self._orders[self.number].write(orders):
            _log.error("what was ordered by hand takes %d bytes: too many to outlive this worker", len(orders))

    def kept_orders(self) -> Sequence[bytes]:
        """What each worker has left of that."""
        return [orders for keep in self._orders.values() if (orders := keep.read())]

    def tell(self, news: News) -> None:
        """Tell the others, soon. Who does not hear it finds out for himself."""
        if not self._news:
            loop = asyncio.get_running_loop()
            at = max(loop.time(), self._next_news_at)
            self._next_news_at = at + NEWS_EVERY_S
            loop.call_at(at, self._tell_all)
        self._news.append(news)

    def _tell_all(self) -> None:
        news, self._news = self._news, []
        self._spawn(self.ask(_NEWS, _encode(news)))

    def _spawn(self, work: Coroutine[object, object, object]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _ask(self, worker: int, question: bytes) -> bytes | None:
        writer: asyncio.StreamWriter | None = None
        try:
            reader, writer = await asyncio.open_unix_connection(socket_path(self._folder, worker))
            writer.write(question)
            return await _read(reader)
        except (OSError, EOFError):  # it is not there, or has gone
            return None
        finally:
            if writer is not None:
                writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(OSError, EOFError):
                async with asyncio.timeout(ANSWER_S):
                    question = _question(await _read(reader))
                    writer.write(_framed(self._reporters[question.subject].report(question.about)))
                    await writer.drain()
        finally:
            writer.close()


class Hearing:
    """What a worker does with the news of others.

    Args:
        hear: is given each.
    """

    subject = _NEWS

    def __init__(self, hear: Callable[[News], None]) -> None:
        self._hear = hear

    def report(self, about: bytes) -> bytes:
        """Hear them."""
        for news in _news(about):
            self._hear(news)
        return b""


_news = msgspec.msgpack.Decoder(list[News]).decode


def _framed(content: bytes) -> bytes:
    return len(content).to_bytes(_LENGTH_BYTES) + content


async def _read(reader: asyncio.StreamReader) -> bytes:
    return await reader.readexactly(int.from_bytes(await reader.readexactly(_LENGTH_BYTES)))
