"""The cases of `tests/golden/plan`: a folder each."""

import re
from pathlib import Path

from sixnines.cli.difference_output import Format, rendered, told
from sixnines.cli.recorded import of_file
from sixnines.control.change_plan import Base, compare
from sixnines.registry import CATALOG
from support.checkout import ROOT

PAGE = ROOT / "docs" / "guide" / "plan.md"
_EXAMPLE = re.compile(r"(<!-- (?:plan|diff): \w+ [\w.]+ -->)\n(?:(`{3,}).*?\n\2\n)?", re.DOTALL)
FORMS = {"plan.txt": Format.TEXT, "plan.json": Format.JSON, "plan.md": Format.MARKDOWN}


def cases():
    """The folders."""
    return sorted(path.parent for path in (ROOT / "tests" / "golden" / "plan").glob("*/new.yaml"))


def said(case: Path, form: str, *, planned: bool = True) -> str:
    """What `plan` prints where `old.yaml` is revision 7; or `diff`, where `new.yaml` is revision 8."""
    old = of_file(case / "old.yaml").document if (case / "old.yaml").exists() else None
    name = "nothing: no revision is recorded yet" if old is None else "revision 7 (holds)" if planned else "revision 7"
    base = None if old is None else Base(revision=7, digest="0" * 64)
    comparison = compare(old, of_file(case / "new.yaml").document, CATALOG)
    new = "lab.yaml" if planned else "revision 8"
    return rendered(told((name, base), (new, None), comparison), FORMS[form], planned=planned, colour=False)


def page() -> str:
    """The guide with what is really said in the place of each example: the fence behind `<!-- COMMAND: CASE FILE -->`."""
    return _EXAMPLE.sub(lambda found: f"{found[1]}\n{_example(*found[1].split()[1:-1])}\n", PAGE.read_text())


def _example(command: str, case: str, form: str) -> str:
    printed = said(ROOT / "tests" / "golden" / "plan" / case, form, planned=command == "plan:")
    if form == "plan.md":
        return f"````markdown\n{printed}````"
    words = "plan lab.yaml" if command == "plan:" else "diff 7 8"
    return f"```\n$ sixnines {words}\n{printed}```"


def write():
    """Write what is said about each case, and the examples of the guide: read the difference before you commit it."""
    for case in cases():
        for form in FORMS:
            (case / form).write_text(said(case, form))
    PAGE.write_text(page())


if __name__ == "__main__":
    write()
