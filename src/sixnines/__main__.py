"""`python -m sixnines` and the `sixnines` command. Nothing but the way in."""

import sys

import sixnines
from sixnines import compiled
from sixnines.settings import process_settings


def main() -> int:
    """Run the command line; as machine code, where that has been built. Returns the exit status."""
    if process_settings().environment.get(compiled.SWITCH) != "0":
        compiled.use(sixnines.__path__)
    from sixnines.cli.app import main as run  # here, so that it comes from where it should

    return run()


if __name__ == "__main__":
    sys.exit(main())
