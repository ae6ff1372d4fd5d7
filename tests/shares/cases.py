"""What each strategy promises, as config, requests and the shares that its formula gives."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

SHORT = "Say hello to the world. " * 4
LONG = "Say hello to the world. " * 900  # about 5,400 tokens by the estimate of four bytes for each


@dataclass(frozen=True)
class Asking:
    """One request: the user's message, and headers."""

    text: str = SHORT
    headers: Mapping[str, str] = field(default_factory=dict)
    max_tokens: int = 4


@dataclass(frozen=True)
class Case:
    """One strategy in one setting.

    Attributes:
        name: of the strategy, with what is special.
        config: the sections `models` and `routes`; engines are the providers `a`, `b` and `c`. What is asked for is `m`.
        formula: in words.
        expected: the share of each engine.
        asking: the request of a number.
        delays_ms: how long the engines take, for strategies that look at it.
        at_once: how many requests are under way.
    """

    name: str
    config: str
    formula: str
    expected: Mapping[str, float]
    asking: Callable[[int], Asking] = lambda number: Asking()
    delays_ms: Mapping[str, int] = field(default_factory=dict)
    at_once: int = 8


def _deployments(strategy: str, *extras: str, more: str = "") -> str:
    listed = ", ".join(f"{{provider: {name}, model: up{extra}}}" for name, extra in zip("abc", extras, strict=True))
    return f"models:\n  m: {{deployments: [{listed}], strategy: {strategy}{more}}}\n"


def _route(strategy: str, *extras: str, more: str = "") -> str:
    models = "".join(
        f"  {name}-model: {{deployments: [{{provider: {name}, model: up}}]{extra}}}\n"
        for name, extra in zip("abc", extras, strict=True)
    )
    return f"models:\n{models}routes:\n  m: {{models: [a-model, b-model, c-model], strategy: {strategy}{more}}}\n"


def _turns(pattern: str, asked: Mapping[str, Asking]) -> Callable[[int], Asking]:
    """Requests as a pattern of letters says, again and again."""
    return lambda number: asked[pattern[number % len(pattern)]]


HARD = (
    "Prove that the square root of two is irrational, then design a distributed lock with leases and derive the conditions "
    "under which it is safe; compare it with two alternatives and analyse the trade-offs step by step."
)


def _quality(number: int) -> Asking:
    wanted = ("draft", "draft", "draft", "draft", "draft", "standard", "standard", "standard", "high", "high")
    return Asking(headers={"x-sixnines-quality": wanted[number % 10]})


def _session(number: int) -> Asking:
    return Asking(headers={"x-sixnines-session": f"session {number}"})


_WEIGHTS = (", weight: 5", ", weight: 3", ", weight: 2")

CASES = (
    Case("ordered", _deployments("ordered", "", "", ""), "all to the first", {"a": 1, "b": 0, "c": 0}),
    Case("weighted", _deployments("weighted", *_WEIGHTS), "weight / all weights", {"a": 0.5, "b": 0.3, "c": 0.2}),
    Case("round_robin", _deployments("round_robin", "", "", ""), "1 / n", {"a": 1 / 3, "b": 1 / 3, "c": 1 / 3}),
    Case(
        "least_busy", _deployments("least_busy", *_WEIGHTS), "weight / all weights, where all take as long",
        {"a": 0.5, "b": 0.3, "c": 0.2}, delays_ms={"a": 20, "b": 20, "c": 20}, at_once=20,
    ),
    Case(
        "least_latency", _deployments("least_latency", "", "", ""),
        "2/3, 1/3 and 0 for the best, the second and the worst of three, one request at a time",
        {"a": 2 / 3, "b": 1 / 3, "c": 0}, delays_ms={"a": 0, "b": 8, "c": 25}, at_once=1,
    ),
    Case(
        "least_cost",
        _deployments("least_cost", ", price: {input: 1, output: 1}", ", price: {input: 0.1, output: 300}", ", price: {input: 9, output: 9}"),
        "a: short prompts (6 of 10), b: long ones (4 of 10)", {"a": 0.6, "b": 0.4, "c": 0},
        asking=_turns("SSLSLSLSLS", {"S": Asking(), "L": Asking(LONG)}),
    ),
    Case("sticky", _deployments("sticky", *_WEIGHTS), "sessions by weight / all weights", {"a": 0.5, "b": 0.3, "c": 0.2}, _session),
    Case(
        "context", _deployments("context", ", context_window: 32000", ", context_window: 4000", ""),
        "b: what 4,000 tokens hold (7 of 10), a: the rest", {"a": 0.3, "b": 0.7, "c": 0},
        asking=_turns("SSLSSLSSLS", {"S": Asking(), "L": Asking(LONG)}),
    ),
    Case(
        "quality", _route("quality", ", tier: premium", ", tier: standard", ", tier: entry"),
        "as asked for: high 2, standard 3, draft 5 of 10", {"a": 0.2, "b": 0.3, "c": 0.5}, _quality,
    ),
    Case(
        "complexity", _route("complexity", ", tier: premium", ", tier: standard", ", tier: local"),
        "a: proofs and designs (2 of 10), c: translations (8 of 10)", {"a": 0.2, "b": 0, "c": 0.8},
        asking=_turns("SSSSHSSSSH", {"S": Asking("Translate to German: good morning"), "H": Asking(HARD)}),
    ),
    Case(
        "ordered with a target", _route("ordered", "", "", "", more=", targets: {c: 0.4}"),
        "c: 0.4, the rest to the first", {"a": 0.6, "b": 0, "c": 0.4}, at_once=32,
    ),
    Case(
        "weighted with a target", _deployments("weighted", *_WEIGHTS, more=", targets: {c: 0.4}"),
        "c: 0.4, the rest by weight", {"a": 0.375, "b": 0.225, "c": 0.4}, at_once=32,
    ),
    Case(
        "round_robin with targets", _route("round_robin", "", "", "", more=", targets: {a: 0.7, b: 0.1}"),
        "a: 0.7, b: 0.1, the rest to c", {"a": 0.7, "b": 0.1, "c": 0.2},
    ),
    Case(
        "adaptive", _deployments("adaptive, adaptive: {explore: 0.1, max_regret: 0.2}", "", "", ""),
        "the best but for `explore` for each of the others", {"a": 0.8, "b": 0.1, "c": 0.1},
        delays_ms={"a": 0, "b": 40, "c": 80},
    ),
)  # fmt: skip
