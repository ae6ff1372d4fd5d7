"""What is to be delivered, who is asked for it, and what came back. Values only."""

import msgspec

from sixnines.config.snapshot import StreamFailure
from sixnines.dialects.call import Call
from sixnines.dialects.codec import Relay, Telling, Whole
from sixnines.dialects.interface import AnswerHead
from sixnines.dialects.said import Said
from sixnines.domain.attempt import AttemptRole
from sixnines.domain.priority import Priority
from sixnines.domain.trace_context import Traced
from sixnines.domain.trail import Trail
from sixnines.health.deployment import DeploymentHealth
from sixnines.routing.candidate import Candidate, Plan
from sixnines.routing.lessons import Lessons
from sixnines.transport.interface import Exchange


class Asked(msgspec.Struct, frozen=True):
    """What every attempt of one request shares.

    Attributes:
        call: the caller's request.
        head: what the answer repeats.
        until: loop time of the request's deadline.
        extra_headers: the end of every upstream head: `x-sixnines-via` and the empty line.
        stream_failure: the model's mid-stream contract.
        min_tokens_per_s: the pace that an answer must keep of which the caller has seen nothing yet, or None.
        said: what the caller knows of the answer, where another provider may go on with it; else None.
        trace: the request's place in a trace; None where nothing is traced.
    """

    call: Call
    head: AnswerHead
    until: float
    extra_headers: bytes
    stream_failure: StreamFailure
    min_tokens_per_s: float | None = None
    said: Said | None = None
    trace: Traced | None = None


class Order(msgspec.Struct, frozen=True):
    """What is to be delivered.

    Attributes:
        plan: whom to ask.
        asked: what to ask.
        trail: where attempts are written down.
        arrived_s: monotonic seconds at which the request came.
        priority: whom it goes before, where requests wait.
        attempts: how many calls; fewer than the model allows when some have been made.
        continues: it is the rest of an answer of which the caller has the beginning.
        lessons: what its attempts teach; None where nobody learns.
        pinned: it may be answered by one provider only, because somebody wants to know whether that works.
    """

    plan: Plan
    asked: Asked
    trail: Trail
    arrived_s: float
    priority: Priority
    attempts: int
    continues: bool = False
    lessons: Lessons | None = None
    pinned: bool = False

    def going_on(self, plan: Plan, said: Said, attempts: int) -> "Order":
        """The order for the rest of the answer, of which `said` has been told, by `plan` in so many `attempts`."""
        before = self.asked
        asked = Asked(
            before.call,
            before.head,
            before.until,
            before.extra_headers,
            before.stream_failure,
            before.min_tokens_per_s,
            said,
            before.trace,
        )
        return Order(plan, asked, self.trail, self.arrived_s, self.priority, attempts, continues=True)


class Entry(msgspec.Struct, frozen=True, gc=False):
    """An attempt under way.

    Attributes:
        candidate: who is asked.
        health: its entry on the board.
        began_s: monotonic seconds.
        role: why.
        lessons: what it teaches; None where nobody learns.
        span: its id in the request's trace; b"" where there is none.
        pinned: see `Order`: that it fails says nothing of how requests are to be ordered.
    """

    candidate: Candidate
    health: DeploymentHealth
    began_s: float
    role: AttemptRole
    lessons: Lessons | None = None
    span: bytes = b""
    pinned: bool = False


class Live(msgspec.Struct, frozen=True):
    """A stream whose first content has come.

    Attributes:
        exchange: where the rest comes from.
        relay: what has judged it so far.
        first: bytes for the caller so far.
        telling: the relay, where it keeps a record of what the caller is told; else None.
    """

    exchange: Exchange
    relay: Relay
    first: bytes
    telling: Telling | None = None


class Delivery(msgspec.Struct, frozen=True):
    """An answer to pass on, and who gave it."""

    answer: Live | Whole
    entry: Entry
