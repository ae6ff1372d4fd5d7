"""The text of somebody else's config as parts to be translated. Never raises for what a file can hold."""

from sixnines.adapters.ledger import Ledger, leaves
from sixnines.adapters.part import Part
from sixnines.config.diagnostics import Diagnostic, Severity
from sixnines.config.yaml_tree import parse_yaml

# Each value is a line of the report; the largest config that was seen had 4,000.
_MOST_VALUES = 200_000


def read_parts(text: str, file: str, most: int = _MOST_VALUES) -> Part | tuple[Diagnostic, ...]:
    """The root of the document in `text`, or why there is none.

    Args:
        text: YAML, with merge keys as in YAML 1.1.
        file: its name in the report.
        most: values, with aliases written out.
    """
    tree = parse_yaml(text, file, merge_keys=True)
    if tree.root is None or tree.problems:
        return tree.problems
    for count, _ in enumerate(leaves(tree.root)):
        if count == most:
            message = f"with its aliases written out the file has more than {most:,} values"
            return (Diagnostic(Severity.ERROR, file, 1, 1, "", message),)
    return Part(Ledger(tree.root, file), (), tree.root)
