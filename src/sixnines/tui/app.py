"""`sixnines top` as an application: tables that follow a gateway, and keys. Never asks more than once a second.

Whatever asks the gateway runs in a thread: the terminal stays quick also where the gateway does not answer.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar

from rich.text import Text
from textual import work
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.coordinate import Coordinate
from textual.widgets import DataTable, Footer, Input, Static

from sixnines.client.gateway import GatewayClient
from sixnines.client.going_back import WayBack, go_back, way_back
from sixnines.client.lookout import WINDOWS, Connect, Source
from sixnines.client.picture import Picture
from sixnines.client.seen import Provider
from sixnines.client.words import plain, span
from sixnines.errors import SixNinesError
from sixnines.tui import rows
from sixnines.tui.screens import HELP, Over, Question
from sixnines.tui.trail import trail_text

EVERY_S = 1.0
BREAKER_S = 300.0
DRAIN_S = 600.0

_Cells = DataTable[str | Text]
Act = Callable[[GatewayClient], None]


class TopApp(App[None]):
    """The application.

    Args:
        source: where pictures come from.
        connect: another connection, for what a key does.
        author: who rolls back, for the history.
        every_s: seconds between two looks.
    """

    TITLE = "sixnines top"
    ENABLE_COMMAND_PALETTE = False
    CSS = """
    #head { height: auto; padding: 0 1; }
    #lost { height: auto; padding: 0 1; background: $error; color: $text; display: none; }
    #providers { height: auto; max-height: 40%; }
    #middle { height: auto; max-height: 25%; }
    #fallbacks { width: 2fr; height: auto; max-height: 100%; }
    #availability { width: 3fr; height: auto; max-height: 100%; }
    #filter { display: none; }
    #requests { height: 1fr; }
    DataTable:focus { border-left: thick $accent; }
    DataTable { border-left: thick $background; scrollbar-size-horizontal: 0; }
    ModalScreen { align: center middle; }
    #over {
        width: 90%; max-width: 120; height: auto; max-height: 80%; border: round $accent; padding: 1 2;
        background: $surface;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "nothing", "Trail", show=False),
        Binding("slash", "filter", "Filter"),
        Binding("escape", "end_filter", "End filter", show=False),
        Binding("w", "window", "Window"),
        Binding("p", "pause", "Pause"),
        Binding("b", "breaker", "Breaker"),
        Binding("d", "drain", "Drain"),
        Binding("r", "roll_back", "Roll back"),
        Binding("question_mark", "help", "Help", key_display="?"),
        Binding("q", "quit", "Quit"),
    ]

    def __init__(self, source: Source, connect: Connect, *, author: str = "", every_s: float = EVERY_S) -> None:
        super().__init__()
        self.picture: Picture | None = None
        self._source = source
        self._connect = connect
        self._author = author
        self._every_s = every_s
        self._looking = False
        self._paused = False
        self._failures = 0
        self._wanted = ""

    def compose(self) -> ComposeResult:
        """The tables."""
        yield Static(Text("looking ..."), id="head")
        yield Static(id="lost")
        yield _table("providers", rows.PROVIDERS)
        with Horizontal(id="middle"):
            yield _table("fallbacks", rows.FALLBACKS)
            yield _table("availability", rows.AVAILABILITY)
        yield Input(placeholder="words that must all occur: a model, a provider, rate, failed, ...", id="filter")
        yield _table("requests", rows.REQUESTS)
        yield Footer()

    def on_mount(self) -> None:
        """Begin to look."""
        self.query_one("#requests").focus()
        self._tick()
        self.set_interval(self._every_s, self._tick)

    def on_unmount(self) -> None:
        """Close the connection, unless a look is using it: then it goes with the process."""
        if not self._looking:
            self._source.forget()

    # Looking.

    def _tick(self) -> None:
        """Look, unless the last look is not over: a slow gateway is not asked more and more."""
        if not self._looking and not self._paused:
            self._looking = True
            self._look()

    @work(thread=True)
    def _look(self) -> None:
        try:
            found = self._source.look()
        except SixNinesError as problem:
            self._tell(self._lost, str(problem))
        else:
            self._tell(self._seen, found)

    def _tell(self, said: Callable[..., None], *about: object) -> None:
        """Have something shown, from a thread; nothing where the screen is gone already."""
        if self.is_running:
            self.call_from_thread(said, *about)

    def _seen(self, picture: Picture) -> None:
        self._looking = False
        if self._failures:
            self.notify("the gateway answers again")
        self._failures = 0
        self.picture = picture
        self.query_one("#lost").display = False
        self._show()

    def _lost(self, why: str) -> None:
        self._looking = False
        self._failures += 1
        shown = self.query_one("#lost", Static)
        seen = "" if self.picture is None else " What is shown is what was last seen."
        shown.update(Text(f"NO ANSWER, trying again every second.{seen}\n{plain_lines(why)}"))
        shown.display = True

    def _show(self) -> None:
        picture = self.picture
        if picture is None:
            return
        lines = rows.head_lines(picture)
        if self._paused:
            lines.append(Text("PAUSED: p goes on", "reverse"))
        self.query_one("#head", Static).update(Text("\n").join(lines))
        self._fill("providers", rows.provider_rows(picture))
        self._fill("fallbacks", rows.fallback_rows(picture))
        self._fill("availability", rows.availability_rows(picture, self._source.window))
        self._fill("requests", rows.request_rows(picture.requests, self._wanted), follow=True)

    def _fill(self, name: str, found: Iterable[rows.Row], *, follow: bool = False) -> None:
        """Write the rows, and stay where the reader is; at the top of what follows the newest, stay at the top."""
        table = self._table(name)
        wanted = list(found)
        keys = [key for key, _ in wanted]
        if [key.value for key in table.rows] == keys:
            for row, (_, cells) in enumerate(wanted):
                for column, cell in enumerate(cells):
                    place = Coordinate(row, column)
                    if table.get_cell_at(place) != cell:
                        table.update_cell_at(place, cell, update_width=True)
            return
        chosen, at = _chosen(table), table.cursor_row
        table.clear()
        for key, cells in wanted:
            table.add_row(*cells, key=key)
        if chosen in keys and not (follow and at == 0):
            table.move_cursor(row=keys.index(chosen))

    def _table(self, name: str) -> _Cells:
        return self.query_one(f"#{name}", DataTable)

    # Keys.

    def action_nothing(self) -> None:
        """Enter is the table's: see `on_data_table_row_selected`."""

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        """Enter: open the trail of a request."""
        if event.data_table.id != "requests" or self.picture is None:
            return
        key = event.row_key.value
        found = next((each for each in self.picture.requests if each.id == key), None)
        if found is not None:
            self.push_screen(Over(trail_text(found)))

    def action_help(self) -> None:
        """Say what the keys do."""
        self.push_screen(Over(Text(HELP)))

    def action_pause(self) -> None:
        """Look no more, or again."""
        self._paused = not self._paused
        self._show()

    def action_window(self) -> None:
        """The next window of availability."""
        at = WINDOWS.index(self._source.window) if self._source.window in WINDOWS else 0
        self._source.choose(WINDOWS[(at + 1) % len(WINDOWS)])
        self.notify(f"availability and spend of the last {self._source.window}")

    def action_filter(self) -> None:
        """Have words typed that requests must hold."""
        field = self.query_one("#filter", Input)
        field.display = True
        field.focus()

    def action_end_filter(self) -> None:
        """Show all requests again."""
        field = self.query_one("#filter", Input)
        field.value = ""
        field.display = False
        self.query_one("#requests").focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter while it is typed."""
        self._wanted = event.value
        self._show()

    def on_input_submitted(self) -> None:
        """Go to what was found."""
        self.query_one("#requests").focus()

    def action_breaker(self) -> None:
        """Open or close the breakers of the chosen provider."""
        provider = self._provider()
        if provider is None:
            return
        name = provider.name
        if any(each.breaker != "closed" for each in provider.deployments):
            question = (
                f"Close the breakers of {name}? It is asked again at once, and what has failed there is forgotten."
            )
            self._ask(question, f"the breakers of {name} are closed", lambda client: client.close_breaker(name))
        else:
            question = f"Open the breakers of {name} for {span(BREAKER_S)}? Others are asked, if there are any."
            done = f"the breakers of {name} are open for {span(BREAKER_S)}"
            self._ask(question, done, lambda client: client.open_breaker(name, BREAKER_S))

    def action_drain(self) -> None:
        """Have others asked before the chosen provider, or end that."""
        provider = self._provider()
        if provider is None:
            return
        name = provider.name
        if provider.is_held:
            self._ask(f"Have {name} asked again?", f"{name} is asked again", lambda client: client.hold(name, 0.0))
        else:
            question = (
                f"Drain {name} for {span(DRAIN_S)}? What it is serving goes on; others are asked, if there are any."
            )
            self._ask(question, f"{name} drains for {span(DRAIN_S)}", lambda client: client.hold(name, DRAIN_S))

    def action_roll_back(self) -> None:
        """Find out where that would go."""
        self._seek_way_back()

    def _provider(self) -> Provider | None:
        chosen = _chosen(self._table("providers"))
        known = () if self.picture is None else self.picture.providers.providers
        return next((each for each in known if each.name == chosen), None)

    # Doing.

    def _ask(self, question: str, done: str, act: Act) -> None:
        def answered(yes: bool | None) -> None:
            if yes:
                self._act(act, done)

        self.push_screen(Question(question), answered)

    @work(thread=True)
    def _act(self, act: Act, done: str) -> None:
        try:
            with self._connect() as client:
                act(client)
        except SixNinesError as problem:
            self._tell(self._refused, str(problem))
        else:
            self._tell(self.notify, done)

    @work(thread=True)
    def _seek_way_back(self) -> None:
        try:
            with self._connect() as client:
                found = way_back(client)
        except SixNinesError as problem:
            self._tell(self._refused, str(problem))
        else:
            self._tell(self._offer, found)

    def _offer(self, found: WayBack) -> None:
        holds, target = found.holds, found.target

        def answered(yes: bool | None) -> None:
            if yes:
                self._roll_back(target.number)

        self.push_screen(
            Question(
                f"Roll back?\n\nnow     revision {holds.number}, by {plain(holds.author)}{_note(holds.note)}\n"
                f"then    revision {target.number} again, by {plain(target.author)}{_note(target.note)}\n"
            ),
            answered,
        )

    @work(thread=True)
    def _roll_back(self, number: int) -> None:
        said = ""
        try:
            with self._connect() as client:
                for said in go_back(client, number, self._author):
                    self._tell(self.notify, plain(said))
        except SixNinesError as problem:
            self._tell(self._refused, str(problem))

    def _refused(self, why: str) -> None:
        self.notify(plain_lines(why), title="Not done", severity="error", timeout=15)


def plain_lines(text: str) -> str:
    """A message of several lines, without what moves a cursor."""
    return "\n".join(plain(line) for line in text.splitlines())


def _table(name: str, titles: Sequence[str]) -> _Cells:
    table: _Cells = DataTable(id=name, cursor_type="row", zebra_stripes=name == "requests")
    for title in titles:
        table.add_column(title)
    return table


def _chosen(table: _Cells) -> str | None:
    """The key of the row that the cursor is on."""
    if not table.is_valid_row_index(table.cursor_row):
        return None
    return table.coordinate_to_cell_key(Coordinate(table.cursor_row, 0)).row_key.value


def _note(note: str) -> str:
    return f": {plain(note)}" if note else ""
