"""The parts of dashboards: every panel has a title, a sentence of what it shows, a unit and its queries.

Positions and ids come from the order in which panels are added. Never a query of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Literal

from grafana_foundation_sdk.builders import common as common_parts
from grafana_foundation_sdk.builders import dashboard as dashboard_parts
from grafana_foundation_sdk.builders import prometheus, stat, table, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.common import GraphGradientMode, LegendDisplayMode, LegendPlacement, StackingMode
from grafana_foundation_sdk.models.dashboard import DataSourceRef

SOURCE = DataSourceRef(type_val="prometheus", uid="${source}")
Kind = Literal["lines", "stack", "number", "table"]


@dataclass(frozen=True, slots=True)
class Panel:
    """One picture.

    Attributes:
        title: what it is, in a few words.
        text: what it shows, in one sentence.
        queries: each with its legend, with labels in `{{ }}`.
        unit: as Grafana names them: `s`, `reqps`, `percentunit`, `short`, ...
        kind: how it is drawn.
        width: of 24 columns.
        exemplars: its queries bring the ids of requests.
    """

    title: str
    text: str
    queries: Sequence[tuple[str, str]]
    unit: str = "short"
    kind: Kind = "lines"
    width: int = 12
    exemplars: bool = False


@dataclass(frozen=True, slots=True)
class Board:
    """A dashboard: rows of panels under headings."""

    uid: str
    title: str
    text: str
    rows: Sequence[tuple[str, Sequence[Panel]]]

    @property
    def panels(self) -> list[Panel]:
        """All of them."""
        return [panel for _, panels in self.rows for panel in panels]


def rendered(board: Board) -> str:
    """The dashboard as Grafana imports it."""
    made = (
        dashboard_parts.Dashboard(board.title)
        .uid(board.uid)
        .description(board.text)
        .tags(["sixnines"])
        .refresh("30s")
        .time("now-1h", "now")
        .timezone("browser")
        .readonly()
        .with_variable(dashboard_parts.DatasourceVariable("source").type("prometheus").label("Prometheus"))
    )
    numbers = count(1)
    for title, panels in board.rows:
        made = made.with_row(dashboard_parts.Row(title).id(next(numbers)))
        for panel in panels:
            made = made.with_panel(_panel(panel).id(next(numbers)))
    return JSONEncoder(sort_keys=True, indent=2).encode(made.build()) + "\n"


def _panel(panel: Panel) -> stat.Panel | table.Panel | timeseries.Panel:
    """As its kind is drawn."""
    made: stat.Panel | table.Panel | timeseries.Panel
    if panel.kind == "number":
        made = stat.Panel().reduce_options(common_parts.ReduceDataOptions().calcs(["lastNotNull"]))
    elif panel.kind == "table":
        made = table.Panel()
    else:
        legend = common_parts.VizLegendOptions().display_mode(LegendDisplayMode.TABLE).calcs(["lastNotNull", "max"])
        made = timeseries.Panel().legend(legend.placement(LegendPlacement.BOTTOM).show_legend(True)).min(0)
        if panel.kind == "stack":
            made = made.stacking(common_parts.StackingConfig().mode(StackingMode.NORMAL)).fill_opacity(40)
            made = made.gradient_mode(GraphGradientMode.NONE)
    made = made.title(panel.title).description(panel.text).unit(panel.unit).datasource(SOURCE)
    made = made.span(panel.width).height(4 if panel.kind == "number" else 8)
    for place, (query, legend_text) in enumerate(panel.queries):
        target = prometheus.Dataquery().expr(query).legend_format(legend_text).ref_id(chr(ord("A") + place))
        made = made.with_target(
            target.instant().format("table") if panel.kind == "table" else target.range().exemplar(panel.exemplars)
        )
    return made
