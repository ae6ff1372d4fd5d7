"""The `sixnines` command line: finds the command, runs it, and turns what went wrong into one clear message.

Never loads a command that was not asked for, and never shows a traceback unless `SIXNINES_DEBUG=1` asks for it.

Exit status: 0 fine, 1 found something wrong, 2 wrong usage, 130 interrupted from the keyboard.
"""

import functools
import gc
import importlib
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated

import typer

import sixnines
from sixnines import __version__, compiled
from sixnines.errors import ConfigError, SixNinesError
from sixnines.settings import process_settings


@dataclass(frozen=True, slots=True)
class CommandEntry:
    """One command.

    Attributes:
        name: what is typed.
        help: one line for `sixnines --help`; the command's own help is its docstring.
        module: where its function `command` is; Typer reads the options from that function's signature.
            The function returns an exit status, or None for 0.
    """

    name: str
    help: str
    module: str


# A new command is one line here and one module.
COMMANDS = (
    CommandEntry("quickstart", "Two real engines and the gateway in front of them.", "sixnines.cli.quickstart"),
    CommandEntry("serve", "Run the gateway.", "sixnines.cli.serve"),
    CommandEntry("check", "Check a config file, or print its JSON Schema.", "sixnines.cli.check"),
    CommandEntry("plan", "Say what a config would change, and what that can do.", "sixnines.cli.plan"),
    CommandEntry("diff", "Say what is different between two revisions.", "sixnines.cli.diff"),
    CommandEntry("apply", "Have a config hold, as a transaction that takes itself back.", "sixnines.cli.apply"),
    CommandEntry("rollback", "Have the config of an earlier revision hold again.", "sixnines.cli.rollback"),
    CommandEntry("history", "List the revisions and what became of each.", "sixnines.cli.history"),
    CommandEntry("show", "Show a revision, or write its files into a folder.", "sixnines.cli.show"),
    CommandEntry("explain", "Say who would be asked for a request, and why.", "sixnines.cli.explain"),
    CommandEntry("verify", "Ask the running gateway whether it does all that its config says.", "sixnines.cli.verify"),
    CommandEntry("status", "Show how the running gateway is, on one screen.", "sixnines.cli.status"),
    CommandEntry("top", "Watch the running gateway in the terminal.", "sixnines.cli.top"),
    CommandEntry("replay", "Run recorded decisions against another config.", "sixnines.cli.replay"),
    CommandEntry(
        "import", "Translate the config of LiteLLM, or of the lab, into one for sixnines.", "sixnines.cli.import_config"
    ),
    CommandEntry("export", "Translate a config into one for LiteLLM.", "sixnines.cli.export_config"),
    CommandEntry("bench", "Put load on an endpoint and report what callers get.", "sixnines.cli.bench"),
    CommandEntry("service", "Run the gateway and its engines as services.", "sixnines.cli.service"),
    CommandEntry("mock", "Run a stand-in engine that fails on demand.", "sixnines.cli.mock"),
)

# Objects made and not yet freed from which on the collector looks for cycles among them. What imports make stays: with
# Python's 700 the collector runs a hundred times before a command begins, for a tenth of that time, and frees nothing.
_YOUNG_OBJECTS = 10_000


def main(argv: Sequence[str] | None = None, *, commands: Sequence[CommandEntry] = COMMANDS) -> int:
    """Run one command.

    Args:
        argv: the words after the program's name; None means those of this process.
        commands: what there is to run.

    Returns:
        The exit status.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    gc.set_threshold(_YOUNG_OBJECTS)
    try:
        _build(words, commands)(args=words, prog_name="sixnines")
    except SystemExit as finished:  # Typer ends every run so
        return finished.code if isinstance(finished.code, int) else 0
    except Exception as error:  # noqa: BLE001 - the last place where a message can be made of it
        _explain(error)
        return 1
    return 0


def _build(words: Sequence[str], commands: Sequence[CommandEntry]) -> typer.Typer:
    """The Typer application in which only the command that `words` name is real."""
    app = typer.Typer(
        name="sixnines",
        add_completion=False,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    wanted = next((word for word in words if not word.startswith("-")), None)
    for entry in commands:
        if entry.name == wanted:
            app.command(entry.name)(_with_status(_load(entry)))
        else:
            app.command(entry.name, help=entry.help)(_not_loaded)
    return app


def _print_version(wanted: bool) -> None:
    """What `--version` does, before anything else is looked at."""
    if wanted:
        form = "compiled" if compiled.is_used(sixnines.__path__) else "interpreted"
        print(f"sixnines {__version__} ({form})")
        raise typer.Exit


def _root(
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """One LLM endpoint that keeps answering and can prove it."""


def _not_loaded() -> None:
    """Stands in the list of commands for one that was not asked for; cannot be reached."""


def _load(entry: CommandEntry) -> Callable[..., int | None]:
    """The command's function."""
    command: Callable[..., int | None] = importlib.import_module(entry.module).command
    return command


def _with_status(command: Callable[..., int | None]) -> Callable[..., None]:
    """`command` with the status that it returns made the exit status."""

    @functools.wraps(command)
    def run(*args: object, **options: object) -> None:
        raise typer.Exit(command(*args, **options) or 0)

    return run


def _explain(error: Exception) -> None:
    """Say on standard error what went wrong, for the person who typed the command."""
    if process_settings().environment.get("SIXNINES_DEBUG") == "1":
        traceback.print_exception(error)
    elif isinstance(error, ConfigError):
        _complain(error.report)
    elif isinstance(error, SixNinesError | OSError):
        _complain(f"sixnines: {error}")
    else:
        _complain(
            f"sixnines: internal error: {type(error).__name__}: {error}\n"
            "This is a bug in sixnines. Please report it with the command that you ran and these lines; "
            "SIXNINES_DEBUG=1 shows where it happened."
        )


def _complain(text: str) -> None:
    print(text, file=sys.stderr)
