"""Reads the labelled prompts: `prompts/*.jsonl`, one JSON object a line. README.md says what the labels mean."""

import zlib
from dataclasses import dataclass
from pathlib import Path

import msgspec

from sixnines.domain.complexity import Complexity
from sixnines.domain.features import Features
from sixnines.endpoints.chat_completions import ENDPOINT
from sixnines.routing.features import features

FOLDER = Path(__file__).parent / "prompts"


class _Line(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    label: Complexity
    body: msgspec.Raw


@dataclass(frozen=True, slots=True)
class Prompt:
    """One labelled request.

    Attributes:
        id: the kind and a number.
        kind: the file that it is in.
        label: what a person says that it takes.
        features: what the gateway measures.
    """

    id: str
    kind: str
    label: Complexity
    features: Features

    @property
    def tuning(self) -> bool:
        """Weights and words may be chosen with it; the others are held out."""
        return zlib.crc32(self.id.encode()) % 2 == 0


def read(folder: Path = FOLDER) -> list[Prompt]:
    """All prompts, measured as the gateway measures them."""
    found = []
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_bytes().splitlines():
            prompt = msgspec.json.decode(line, type=_Line)
            measured = features(ENDPOINT.read(bytes(prompt.body)))
            found.append(Prompt(prompt.id, path.stem, prompt.label, measured))
    return found
