"""`sixnines top`: a running gateway watched in a terminal, and the keys that act on it."""

import sys

from sixnines.cli.finding import Sought
from sixnines.cli.reach import AdminKeyOption, ConfigOption, GatewayOption
from sixnines.client.lookout import Lookout
from sixnines.clock import SystemClock
from sixnines.errors import ConfigError, Forbidden, Unauthenticated
from sixnines.settings import process_settings, user_name
from sixnines.tui.app import TopApp

FINE, SOMETHING_WRONG, WRONG_USAGE = 0, 1, 2


def command(*, config: ConfigOption = None, gateway: GatewayOption = None, admin_key: AdminKeyOption = None) -> int:
    """Watch the gateway: providers, fallbacks, availability, the last requests and their trails. `?` lists the keys.

    Exit status: 0 it was left, 1 no gateway is running, 2 wrong usage, a wrong key among it.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        print("sixnines: `top` needs a terminal; `sixnines status` prints the same once", file=sys.stderr)
        return WRONG_USAGE
    sought = Sought(config, gateway, admin_key, process_settings())
    lookout = Lookout(sought.connect, SystemClock().unix_s)
    try:
        lookout.look()  # what is wrong from the start is said before the screen is taken
    except (Unauthenticated, Forbidden) as problem:
        print(f"sixnines: {problem}", file=sys.stderr)
        return WRONG_USAGE
    except ConfigError as problem:
        print(problem.report.rstrip(), file=sys.stderr)
        return WRONG_USAGE
    TopApp(lookout, sought.connect, author=user_name()).run()
    return FINE
