"""Explanations of a config that stands in a test, without a gateway."""

from collections.abc import Mapping

from sixnines.config.load import read_text
from sixnines.config.snapshot import Snapshot
from sixnines.health.board import Board
from sixnines.registry import CATALOG, ENDPOINTS, STRATEGIES
from sixnines.routing.planner import Planner
from sixnines.server.explained import Explanation
from sixnines.server.explanation import Inquiry, Stage, explain
from sixnines.server.inquiry import read_assumptions, read_fields

LAB = """version: 1
providers:
  ollama: {kind: ollama, base_url: "http://127.0.0.1:1", max_in_flight: 5, saturation: 0.8}
  native: {kind: llamacpp, base_url: "http://127.0.0.1:2"}
  cloud: {kind: ollama, base_url: "https://cloud.example.org", api_key: "env:NOT_SET"}
models:
  small:
    deployments: [{provider: ollama, model: s, weight: 3}, {provider: native, model: s}]
    strategy: weighted
    prefer_warm: true
    context_window: 4096
    tier: local
    fallbacks: [large]
    aliases: [little]
  large:
    deployments: [{provider: cloud, model: l}]
    context_window: 100000
    price: {input: 1, output: 2}
    tier: premium
  seeing: {deployments: [{provider: native, model: v}], capabilities: [vision]}
routes:
  both: {strategy: round_robin, models: [small, large]}
  busy: {strategy: least_busy, models: [small, large]}
patterns: [{match: "gpt-.*", model: both}]
"""


def snapshot_of(text: str = LAB) -> Snapshot:
    """The config, without its secrets."""
    loaded = read_text(text, "lab.yaml", None, CATALOG)
    assert loaded.snapshot is not None, loaded.report()
    return loaded.snapshot


def stage_of(snapshot: Snapshot) -> Stage:
    """A gateway that has just been started."""
    board = Board(snapshot)
    planner = Planner(snapshot, {each.info.name: each for each in STRATEGIES}, board, lambda: 0.0)
    return Stage(snapshot, planner, board, ENDPOINTS, 0.0)


def explained(
    model: str,
    *,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    assume: Mapping[str, str] | None = None,
    stage: Stage | None = None,
) -> Explanation:
    """What is told of a request for `model`."""
    stage = stage or stage_of(snapshot_of())
    assumptions = read_assumptions((assume or {}).items(), stage.snapshot)
    return explain(Inquiry(model, body, read_fields((headers or {}).items()), assumptions), stage)
