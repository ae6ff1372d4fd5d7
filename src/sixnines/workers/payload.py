"""A config as it goes from one process of a gateway to another: compiled once, so that all go by the very same.

Never leaves the machine's memory and never comes from anybody but the parent or one of its workers: what is unpickled
here was pickled by one of them, in a file without a name that only they have.
"""

import copyreg
import io
import os
import pickle
from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType

import msgspec

from sixnines.config.document import Document
from sixnines.server.running import Held

_Map = MappingProxyType[object, object]


def _view(content: dict[object, object]) -> _Map:
    return MappingProxyType(content)


def _as_dict(view: _Map) -> tuple[Callable[[dict[object, object]], _Map], tuple[dict[object, object]]]:
    return _view, (dict(view),)


_encode = msgspec.msgpack.Encoder().encode
_document = msgspec.msgpack.Decoder(Document).decode


def write_payload(held: Held, columns: dict[str, int]) -> int:
    """A file in memory with a config and where the cells of each provider are; whoever gets it must close it."""
    # Not pickled: that would take five times as long, in which nobody else runs.
    document = None if held.loaded.document is None else _encode(held.loaded.document)
    bare = replace(held, loaded=replace(held.loaded, document=None))
    packed = io.BytesIO()
    pickler = pickle.Pickler(packed, pickle.HIGHEST_PROTOCOL)
    pickler.dispatch_table = {**copyreg.dispatch_table, MappingProxyType: _as_dict}  # which pickle does not know
    pickler.dump((bare, document, columns))
    file = os.memfd_create("sixnines-config", os.MFD_CLOEXEC)
    with open(file, "wb", closefd=False) as stream:  # it has no path
        stream.write(packed.getbuffer())
    return file


def read_payload(file: int) -> tuple[Held, dict[str, int]]:
    """What is in it."""
    size = os.fstat(file).st_size
    bare, document, columns = pickle.loads(os.pread(file, size, 0))  # noqa: S301 - see the top
    if document is None:
        return bare, columns
    return replace(bare, loaded=replace(bare.loaded, document=_document(document))), columns
