"""`sixnines status`: how a running gateway is, on one screen. Never changes anything."""

import shutil
import sys
import time
from typing import Annotated

import msgspec
import typer

from sixnines.cli.change_output import FINE, SOMETHING_WRONG, Format
from sixnines.cli.colour import wants_colour
from sixnines.cli.finding import Sought
from sixnines.cli.reach import AdminKeyOption, ConfigOption, GatewayOption
from sixnines.cli.status_text import NARROWEST, Look, status_lines, status_values
from sixnines.client.gateway import GatewayClient
from sixnines.client.looking import look
from sixnines.client.verdict import faults
from sixnines.clock import SystemClock
from sixnines.errors import ConfigError, Forbidden, GatewayUnreachable, SixNinesError, Unauthenticated
from sixnines.settings import process_settings

WRONG_USAGE = 2
_EVERY_S = 5.0
"""It asks for the last thousand requests: seldom enough to be no load."""
_PIPED_WIDTH = 120
_PATIENCE_S = 10.0
_HOME_AND_CLEAR = "\x1b[H\x1b[2J"
_encode = msgspec.json.Encoder().encode


def command(
    *,
    config: ConfigOption = None,
    gateway: GatewayOption = None,
    admin_key: AdminKeyOption = None,
    form: Annotated[Format, typer.Option("--format", help="For people, or for programs.")] = Format.TEXT,
    watch: Annotated[bool, typer.Option("--watch", help="Again every five seconds, until Ctrl-C.")] = False,
) -> int:
    """Show how the gateway is: providers, models that nobody can serve, availability, fallbacks, warnings.

    Exit status: 0 fine, 1 something required is down (a provider that is not optional, a model that nobody is left
    for, or the gateway itself), 2 wrong usage, a wrong key among it.
    """
    screen = _Screen(Sought(config, gateway, admin_key, process_settings()), form, watching=watch)
    try:
        screen.show()
        while watch:
            time.sleep(_EVERY_S)
            screen.show()
    except KeyboardInterrupt:  # how watching ends
        if screen.status is None:
            raise
    return screen.status or FINE


class _Screen:
    """Prints what it sees, each time that it is asked to.

    Attributes:
        status: what the last look came to, as an exit status; None before the first.
    """

    def __init__(self, sought: Sought, form: Format, *, watching: bool) -> None:
        self._sought = sought
        self._form = form
        self._watching = watching
        self.status: int | None = None

    def show(self) -> None:
        """Look once and print."""
        try:
            with self._sought.connect() as client:
                self._seen(client)
        except (Unauthenticated, Forbidden) as problem:
            self._failed(str(problem), WRONG_USAGE)
        except ConfigError as problem:
            self._failed(problem.report.rstrip(), WRONG_USAGE)
        except GatewayUnreachable as problem:
            self._failed(f"sixnines: {problem}", SOMETHING_WRONG)
        except SixNinesError as problem:
            self._failed(f"sixnines: {problem}", SOMETHING_WRONG)

    def _seen(self, client: GatewayClient) -> None:
        client.patience(_PATIENCE_S)
        picture = look(client, SystemClock().unix_s())
        self.status = SOMETHING_WRONG if faults(picture) else FINE
        if self._form is Format.JSON:
            self._write_json(status_values(picture))
        else:
            self._write("".join(f"{line}\n" for line in status_lines(picture, _look())))

    def _failed(self, message: str, status: int) -> None:
        self.status = status
        if self._form is Format.JSON:
            self._write_json({"ok": False, "faults": [message.removeprefix("sixnines: ")]})
        elif self._watching:
            self._write(f"{message}\n")
        else:
            print(message, file=sys.stderr)

    def _write_json(self, values: object) -> None:
        content = _encode(values)
        text = content if self._watching else msgspec.json.format(content, indent=2)
        sys.stdout.write(text.decode() + "\n")
        sys.stdout.flush()

    def _write(self, text: str) -> None:
        clear = _HOME_AND_CLEAR if self._watching and sys.stdout.isatty() else ""
        sys.stdout.write(clear + text)
        sys.stdout.flush()


def _look() -> Look:
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else _PIPED_WIDTH
    return Look(max(NARROWEST, width), wants_colour())
