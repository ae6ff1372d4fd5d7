"""A server without a socket for the generator of load, and runs against it in virtual time."""

import asyncio
import json
import random

from sixnines.config.urls import parse_base_url
from sixnines.load.asking import Asking, Endpoint
from sixnines.load.generator import Generator, Rules
from sixnines.load.schedule import due_times
from sixnines.load.tally import Tally
from sixnines.transport.interface import Phase, TransportError
from support import virtual_time

ENDPOINT = Endpoint(parse_base_url("http://127.0.0.1:1"))


def whole(content="hello", finish="stop"):
    """A good answer that is not streamed, unless told otherwise."""
    message = {"role": "assistant", "content": content}
    return json.dumps({"choices": [{"index": 0, "message": message, "finish_reason": finish}]}).encode()


class Answer:
    """One response: pieces of a body, each after so many seconds."""

    def __init__(self, pieces, status=200, provider=b"a"):
        self.status = status
        self.headers = [(b"x-sixnines-provider", provider)]
        self.reused = False
        self._pieces = list(pieces)
        self._until = float("inf")

    def header(self, name):
        return dict(self.headers).get(name)

    def expire_at(self, when, phase):
        self._until = when

    async def read(self):
        if not self._pieces:
            return b""
        after_s, piece = self._pieces.pop(0)
        loop = asyncio.get_running_loop()
        if loop.time() + after_s > self._until:
            await asyncio.sleep(self._until - loop.time())
            raise TransportError(Phase.BODY, "no more of the body came in time", timed_out=True)
        await asyncio.sleep(after_s)
        return piece

    async def read_all(self, limit):
        pieces = []
        while piece := await self.read():
            pieces.append(piece)
        return b"".join(pieces)

    def abort(self):
        pass


class Server:
    """Implements `transport.interface.Transport`.

    Args:
        play: from the number of a request (from 0) and the time to an `Answer` or an error.
        places: requests served at once; the others wait in order.
    """

    def __init__(self, play, places=10**6):
        self._play = play
        self._places = asyncio.Semaphore(places)
        self.sent = []

    async def send(self, origin, head, body, patience):
        loop = asyncio.get_running_loop()
        number = len(self.sent)
        self.sent.append(loop.time())
        async with self._places:
            answer = self._play(number)
            if isinstance(answer, Exception):
                raise answer
            if not isinstance(answer, Answer):  # seconds until a good one
                if loop.time() + answer > patience.head_at:
                    await asyncio.sleep(patience.head_at - loop.time())
                    raise TransportError(Phase.HEAD, "no response head came in time", timed_out=True)
                await asyncio.sleep(answer)
                answer = Answer([(0.0, whole())])
        return answer

    async def aclose(self):
        pass


def measure(plan, play, *, places=10**6, stop_at=None, **rules):
    """The tally, the server and how long it took, of a run of `plan` in virtual time."""

    async def run():
        tally = Tally(plan.duration_s)
        values = {"stream": False, "most_open": 10**6, "timeout_s": 60.0, "connect_s": 5.0}
        values |= {"last_s": plan.duration_s + rules.get("timeout_s", 60.0), **rules}
        server = Server(play, places)
        asked = Asking("m", values["stream"]).messages(ENDPOINT)
        generator = Generator(server, ENDPOINT.origin, messages=asked, rules=Rules(**values), tally=tally)
        if stop_at is not None:
            asyncio.get_running_loop().call_later(stop_at, generator.stop)
        await generator.run(due_times(plan, random.Random(1)))
        return tally, server, generator.passed_s

    return virtual_time.run(run())
