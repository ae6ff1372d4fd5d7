"""Streams of 200 chunks at full speed: how many chunks a second come through.

Twice. Chunk by chunk, as engines write them: then writing and reading single chunks is most of the work, and engine and
load, who share a core, can be the limit before a system is. And in blocks, a stream in one write: then they have next
to nothing to do, and the system has what is left, all of it.
"""

from loads.whole import Wrk
from payloads import streamed
from stages import Stage, Wish, all_with
from standins.start import Engine
from systems.registry import NGINX

from cases import columns
from cases.interface import Case

_CHUNKS = 200
_CONNECTIONS = 16
_NOTES = (
    "Every chunk of every stream is compared with what the engine sent, or counted in its order where a system writes "
    "chunks anew. Streams that were under way at the end of a round do not count."
)


def _case(name: str, how: str, *, blocks: bool) -> Case:
    return Case(
        name=name,
        title=f"Streams of {_CHUNKS} chunks at full speed, {_CONNECTIONS} at once, {how}",
        stage=Stage(name, (Engine("engine", "stream", blocks=blocks),), all_with(Wish(streams=_CONNECTIONS))),
        load=Wrk(streamed(_CHUNKS), _CONNECTIONS),
        columns=(*columns.rate("chunks", NGINX), columns.CPU_CHUNK, columns.CORE),
        baseline=NGINX,
        default=not blocks,
        notes=_NOTES,
    )


CASES = (
    _case("stream-chunks", "each chunk written by itself", blocks=False),
    _case("stream-blocks", "each stream written at once", blocks=True),
)
