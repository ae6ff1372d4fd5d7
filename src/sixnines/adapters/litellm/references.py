"""Where LiteLLM's config holds a secret or names one, and the reference that stands for it.

Never passes a secret on.
"""

import re
from dataclasses import dataclass, field

from sixnines.adapters.litellm.kinds import PLACEHOLDERS
from sixnines.adapters.part import Part
from sixnines.config.diagnostics import DocumentPath

_MARK = "os.environ/"
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(slots=True)
class References:
    """The references of one import.

    Attributes:
        reserved: variables that the file names itself, which stand for nothing else.
        variables: the environment variables that the new config reads, in the order in which they were met.
        written: those of them that stand for a key that was written out, which the operator has to set.
    """

    reserved: frozenset[str] = frozenset()
    variables: list[str] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    _literals: dict[str, str] = field(default_factory=dict, repr=False)

    def read(self, part: Part, wanted: str) -> tuple[str | None, str]:
        """The reference for what stands at `part`, and what to say of it; None for no key at all.

        Args:
            part: the value.
            wanted: the environment variable to put a key in that is written out.
        """
        text = part.text() or ""
        if text.strip().lower() in PLACEHOLDERS:
            return None, ""
        variable = variable_of(text)
        if variable is not None:
            return self.name(variable), ""
        if text.startswith(_MARK):
            reason = f"not the name of an environment variable; put the key into {self._free(text, wanted)}"
            return self.name(self._literals[text]), reason
        name = self._free(text, wanted)
        if name not in self.written:
            self.written.append(name)
        return self.name(name), f"a key is written out here: it was not copied; put it into {name}"

    def tell(self, part: Part, wanted: str, to: DocumentPath | str) -> str | None:
        """The same, and the ledger is told."""
        reference, reason = self.read(part, wanted)
        if reference is None:
            part.translated(to, "stands for no key: none is sent")
        elif reason:
            part.approximated(reason, to)
        else:
            part.translated(to)
        return reference

    def name(self, variable: str) -> str:
        """The reference to an environment variable."""
        if variable not in self.variables:
            self.variables.append(variable)
        return f"env:{variable}"

    def _free(self, literal: str, wanted: str) -> str:
        """The variable for a literal: the same for the same one, another for another one."""
        if literal not in self._literals:
            taken = {*self.reserved, *self.variables, *self._literals.values()}
            numbered = (wanted if number == 1 else f"{wanted}_{number}" for number in range(1, len(taken) + 2))
            self._literals[literal] = next(each for each in numbered if each not in taken)
        return self._literals[literal]


def variable_of(text: str) -> str | None:
    """`NAME` of `os.environ/NAME`."""
    name = text.removeprefix(_MARK)
    return name if name != text and _VARIABLE.fullmatch(name) else None


def is_reference(text: str) -> bool:
    """Does it name an environment variable?"""
    return text.startswith(_MARK)
