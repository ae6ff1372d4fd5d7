"""What lies over the tables of `sixnines top`: a trail, a question, help. Never acts: a question's answer goes back."""

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

HELP = """\
sixnines top shows one gateway and asks it once a second.

  Tab, Shift+Tab     go to the next table, or back
  Up, Down           choose a row
  Enter              open the trail of the chosen request
  /                  filter requests: words that must all occur (a model, a provider, rate, failed, ...)
  Escape             end the filter, or close what lies on top
  w                  the next window of availability and spend: 1h, 24h, 7d, 30d
  p                  pause, and go on
  b                  open the breakers of the chosen provider for 5 minutes, or close those that are open
  d                  drain the chosen provider for 10 minutes, or end that: others are asked before it
  r                  roll back to the config that held before
  ?                  this page
  q, Ctrl+Q          quit

b, d and r ask before they do anything. What was opened or drained by hand ends by itself; `sixnines status` shows it.
"""


class Over(ModalScreen[bool]):
    """A text over the tables, closed with Escape."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter,question_mark", "close", "Close"),
    ]

    def __init__(self, text: Text) -> None:
        super().__init__()
        self._text = text

    def compose(self) -> ComposeResult:
        """The text, which may be longer than the screen."""
        with VerticalScroll(id="over"):
            yield Static(self._text, id="over-text")
            yield Static(Text("Escape closes this", "dim"))

    def action_close(self) -> None:
        """Back to the tables."""
        self.dismiss(False)


class Question(ModalScreen[bool]):
    """Yes or no; nothing but `y` is yes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Yes"),
        Binding("n,escape,q,enter", "answer(False)", "No"),
    ]

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def compose(self) -> ComposeResult:
        """The question, and how it is answered."""
        with VerticalScroll(id="over"):
            yield Static(Text(self._text), id="over-text")
            yield Static(Text("y: yes    n: no", "bold"))

    def action_answer(self, answer: bool) -> None:
        """Back to whoever asked."""
        self.dismiss(answer)
