"""The cases of `tests/golden/plan`: a folder each."""

from pathlib import Path

from sixnines.cli.difference_output import Format, rendered, told
from sixnines.cli.recorded import of_file
from sixnines.control.change_plan import Base, compare
from sixnines.registry import CATALOG
from support.checkout import ROOT

FORMS = {"plan.txt": Format.TEXT, "plan.json": Format.JSON, "plan.md": Format.MARKDOWN}


def cases():
    """The folders."""
    return sorted(path.parent for path in (ROOT / "tests" / "golden" / "plan").glob("*/new.yaml"))


def said(case: Path, form: str) -> str:
    """What `plan` prints where `old.yaml` is revision 7."""
    old = of_file(case / "old.yaml").document if (case / "old.yaml").exists() else None
    name = "nothing: no revision is recorded yet" if old is None else "revision 7 (holds)"
    base = None if old is None else Base(revision=7, digest="0" * 64)
    comparison = compare(old, of_file(case / "new.yaml").document, CATALOG)
    return rendered(told((name, base), ("lab.yaml", None), comparison), FORMS[form], planned=True, colour=False)


def write():
    """Write what is said about each case: read the difference before you commit it."""
    for case in cases():
        for form in FORMS:
            (case / form).write_text(said(case, form))


if __name__ == "__main__":
    write()
