"""Writes docs/reference/failures.md from the tables that the gateway runs on. Run it after changing them.

Never holds a rule of its own: a test compares the page with the tables.
"""

from collections.abc import Sequence
from pathlib import Path

from sixnines.domain.failure import RULES, Again, BreakerEffect, FailureKind, Remedy, Rule
from sixnines.providers import anthropic, llamacpp_python, ollama, signs
from sixnines.providers.signs import Sign

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "failures.md"

_MEANING: dict[FailureKind, str] = {
    FailureKind.CALLER: "the request itself is wrong",
    FailureKind.CREDENTIAL: "the provider does not accept the configured key, or this account",
    FailureKind.QUOTA: "a balance or an allowance is used up",
    FailureKind.RATE: "too many requests in too short a time",
    FailureKind.CAPACITY: "the provider is full: queue, slots, memory",
    FailureKind.LOADING: "the model is being loaded",
    FailureKind.CONTEXT: "the request does not fit into the model's context window",
    FailureKind.POLICY: "a content filter refused the request or the answer",
    FailureKind.MISSING: "the provider does not have the model, or not at this path",
    FailureKind.TRANSPORT: "refused, reset, name look-up, TLS, or no answer in time",
    FailureKind.SERVER: "the provider failed",
    FailureKind.PROTOCOL: "the answer cannot be read",
    FailureKind.TRUNCATED: "the answer ended before it was complete, or stalled",
    FailureKind.LOCAL: "the gateway failed",
}
_NEXT: dict[Remedy, str] = {
    Remedy.NONE: "the caller is answered at once",
    Remedy.ANOTHER: "the next candidate",
    Remedy.LARGER_WINDOW: "the next candidate with a larger window",
}
_AGAIN: dict[Again, str] = {
    Again.NEVER: "no",
    Again.BACKOFF: "after a back-off",
    Again.WHEN_READY: "when it is ready",
}
_BREAKER: dict[BreakerEffect, str] = {BreakerEffect.UNTOUCHED: "untouched", BreakerEffect.COUNTS: "counts"}

_INTRODUCTION = """\
# Failures

<!-- Written by tools/failures_page.py. Change the tables in the source, then run it. -->

Every attempt that brings no answer has failed in one of these ways. The kind decides what happens next, whether the
same deployment may be asked again once nobody else is left, whether its circuit breaker counts it, how long the
deployment (for `credential` and `quota`: the provider) rests when it does not say so itself, and whether the provider's
own text may be shown to the caller (without addresses, file paths and secrets in any case).
"""

_SIGNS = """\
## How a kind is found

A status alone is never enough: engines answer 500 for a caller's mistake, 429 for a used-up balance, and 200 with
nothing in it for a prompt that is too long. The rows are asked in this order, but of the middle tables only those of
the provider's own kind; the first row that fits decides.

- *Inside a 200*: an error event in a stream, or an error object in an answer, that names no status of its own.
- *Elsewhere*: only this deployment cannot do it, so another candidate is asked although the kind says otherwise.
- *Recorded*: the answer is in `tests/fixtures/captures/`, and a test.
"""

# Heading, and the rows under it. The order is the one in which `classify` asks.
_SECTIONS: Sequence[tuple[str, Sequence[Sign]]] = (
    ("First, for every kind", signs.FIRST),
    ("Kind `llamacpp`, also `ollama` and `openai-compatible`", signs.LLAMA_CPP),
    ("Kind `llamacpp-python`", llamacpp_python.SIGNS),
    ("Kind `vllm`, also `openai-compatible`", signs.VLLM),
    ("Kind `ollama`", ollama.SIGNS),
    ("Kind `anthropic`", anthropic.SIGNS),
    ("Then, for every kind", signs.GENERAL),
)

_LAST = """\
### When no row fits

An error inside a 200 is `server`; anything else that is not an answer is `protocol`. A stream that ends without a
single event is `truncated`, except from `llamacpp-python`, whose way it is to say `context`.
"""


def page() -> str:
    """The whole page."""
    kinds = _table(
        ("kind", "meaning", "what happens next", "asked again", "breaker", "rests", "caller sees the provider's text"),
        [
            (
                f"`{kind}`",
                _MEANING[kind],
                _NEXT[rule.remedy],
                _AGAIN[rule.again],
                _BREAKER[rule.breaker],
                _rest(rule),
                "yes" if rule.caller_may_see else "no",
            )
            for kind, rule in RULES.items()
        ],
    )
    sections = [f"### {heading}\n\n{_rows(rows)}" for heading, rows in _SECTIONS]
    return "\n".join([_INTRODUCTION, kinds, _SIGNS, *sections, _LAST])


def _rest(rule: Rule) -> str:
    return "" if rule.rest_s is None else f"{rule.rest_s:g} s"


def _rows(rows: Sequence[Sign]) -> str:
    return _table(
        ("statuses", "failure", "seen"),
        [
            (_statuses(row.statuses), f"`{row.kind}`" + (", elsewhere" if row.elsewhere else ""), row.seen)
            for row in rows
        ],
    )


def _statuses(statuses: frozenset[int]) -> str:
    """The statuses in order, with runs as ranges."""
    runs: list[list[int]] = []
    for status in sorted(statuses - {200}):
        if runs and status == runs[-1][-1] + 1:
            runs[-1].append(status)
        else:
            runs.append([status])
    texts = ["inside a 200"] if 200 in statuses else []
    for run in runs:
        texts += [f"{run[0]}-{run[-1]}"] if len(run) > 2 else [str(status) for status in run]
    return ", ".join(texts)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE}")
