"""`python -m sixnines` and the `sixnines` command. Nothing but the way in."""

import sys

from sixnines.cli.app import main

if __name__ == "__main__":
    sys.exit(main())
