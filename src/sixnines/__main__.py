"""`python -m sixnines` and the `sixnines` command. Nothing but the way in."""

import sys
from collections.abc import Sequence

import sixnines
from sixnines import compiled
from sixnines.settings import process_settings


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; as machine code, where that has been built. Returns the exit status.

    Args:
        argv: the words after the program's name; None means those of this process.
    """
    if process_settings().environment.get(compiled.SWITCH) != "0":
        compiled.use(sixnines.__path__)
    from sixnines.cli.app import main as run  # here, so that it comes from where it should

    return run(argv)


if __name__ == "__main__":
    sys.exit(main())
