"""Two revisions side by side, as `sixnines diff` compares them. Never looks behind a reference: no secret is read."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sixnines.config.diagnostics import CREDENTIAL
from sixnines.config.document import Document
from sixnines.config.load import read_sources
from sixnines.config.sources import SourceFile
from sixnines.control.asked import GatewayState, RevisionShown
from sixnines.control.change_plan import Comparison, compare
from sixnines.control.completion import in_thread
from sixnines.control.plan_text import Line, lines_of, summary
from sixnines.control.unnoticed import unnoticed
from sixnines.registry import CATALOG
from sixnines.web.asking import Asking

_HIDDEN: Final = "***"


@dataclass(frozen=True, slots=True)
class Compared:
    """What leads from one revision to another.

    Attributes:
        comparison: changes and risks; None where one of the two cannot be read any more.
        things: what is different, each thing with the lines under it.
        told: how much that is, in a sentence.
        problem: why they cannot be compared, or "".
    """

    comparison: Comparison | None
    things: Sequence[Sequence[Line]]
    told: str
    problem: str = ""


async def compared(ask: Asking, old: RevisionShown, new: RevisionShown) -> Compared:
    """Compare two revisions.

    Args:
        ask: the gateway, for the folder that relative paths are relative to.
        old: from this one.
        new: to this one.
    """
    state = await ask.get("/admin/v1/gateway", GatewayState)
    return await in_thread(_compared, old, new, Path(state.config).parent)


def _compared(old: RevisionShown, new: RevisionShown, directory: Path) -> Compared:
    with unnoticed():
        documents: list[Document] = []
        for each in (old, new):
            name = f"revision {each.revision.number}"
            loaded = read_sources(each.files, name, None, CATALOG, directory=directory)
            if loaded.snapshot is None or loaded.document is None:
                problem = f"{name} is not taken by this version of sixnines any more:\n{loaded.report().rstrip()}"
                return Compared(None, (), "", problem)
            documents.append(loaded.document)
        found = compare(documents[0], documents[1], CATALOG)
    if not found.changes:
        return Compared(found, (), "Both mean the same.")
    told = summary(found.changes, found.risks, planned=False)
    return Compared(found, [[*lines_of(each)] for each in found.changes], told)


def text_of(file: SourceFile) -> str:
    """What a file says, without anything that looks like a credential: references are all that belongs there."""
    return CREDENTIAL.sub(_HIDDEN, file.content.decode(errors="replace"))
