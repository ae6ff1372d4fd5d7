"""What a person sees of a quickstart: a progress bar, then what to try. Never wraps a command."""

import contextlib
import json
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from sixnines.quickstart.layout import DEFAULT_PORT, MODEL, Layout

_QUESTION = "Say hello in one short sentence."


class Screen:
    """Writes to a terminal, or plain lines to whatever else standard output is.

    Args:
        console: where to.
        program: how this program was called, for the commands that are shown.
    """

    def __init__(self, console: Console, program: str) -> None:
        self._console = console
        self._program = program

    @contextlib.contextmanager
    def progress(self, steps: int) -> Iterator[Callable[[str], None]]:
        """A bar that takes `steps` calls, each with what is ready now, to be full. Gone afterwards; none in a file."""
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        bar = Progress(*columns, console=self._console, transient=True, disable=not self._console.is_terminal)
        with bar:
            task = bar.add_task("starting two engines and the gateway", total=steps)

            def done(what: str) -> None:
                bar.update(task, advance=1, description=f"{what} is ready")

            yield done

    def say(self, text: str) -> None:
        """One line or more, exactly as given."""
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def ready(self, layout: Layout) -> None:
        """What runs where, and what to do with it."""
        self.say(what_to_try(layout, self._program))


def what_to_try(layout: Layout, program: str) -> str:
    """The page of a quickstart that is ready."""
    message = {"role": "user", "content": _QUESTION}
    body = {"model": MODEL, "messages": [message]}
    stream = {"model": MODEL, "stream": True, "messages": [message]}
    which = "" if layout.port == DEFAULT_PORT else f" --port {layout.port}"
    engines = "\n".join(f"  engine {name}   http://127.0.0.1:{port}" for name, port in layout.engine_ports.items())
    return f"""\
sixnines is ready: {layout.url}/v1 with one model, {MODEL}.
{engines}
Engine {next(iter(layout.engine_ports))} answers; the next one does when it cannot. Logs and config: {layout.folder}

Ask (the header x-sixnines-provider says who answered):
  {_curl(layout, "-i", body)}

Ask for a stream:
  {_curl(layout, "-iN", stream)}

From Python (pip install openai):
  from openai import OpenAI
  client = OpenAI(base_url="{layout.url}/v1", api_key="none-needed")
  answer = client.chat.completions.create(model="{MODEL}", messages=[{json.dumps(message)}])
  print(answer.choices[0].message.content)

See how it is: {layout.url}/ui with a browser.

Stop one engine, and ask again:
  {program} quickstart --stop-engine a{which}

Ctrl-C stops everything.
"""


def _curl(layout: Layout, options: str, body: object) -> str:
    """A command for a shell."""
    url = f"{layout.url}/v1/chat/completions"
    return f"curl {options} {url} -H 'content-type: application/json' -d '{json.dumps(body)}'"
