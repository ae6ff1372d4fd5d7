"""Golden cases of the deployment record. `python -m support.golden_records` (with `tests` and `src` on PYTHONPATH) writes
the page of every case anew: read the difference before you keep it.
"""

from pathlib import Path

import msgspec

from sixnines.config.diagnostics import Diagnostic, Severity
from sixnines.config.load import read_text
from sixnines.control.difference import difference
from sixnines.control.events import Began, Checked, CheckResult, CheckStatus, Evidence, Step, Watched
from sixnines.control.record import Record, render
from sixnines.control.revision import Fate, Origin, Outcome, Revision, Source
from sixnines.control.risks.interface import Level, Risk
from sixnines.registry import CATALOG
from support.checkout import ROOT

FOLDER = ROOT / "tests" / "golden" / "records"
_SHA = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_AT = 1_795_657_898.0


def _check(group, subject, name, status=CheckStatus.PASSED, step=Step.VERIFY, **more) -> Checked:
    return Checked(step=step, result=CheckResult(group=group, subject=subject, name=name, status=status, **more))


def _config(state):
    """Two configs, one after the other."""
    wide = "context_window: 8192, " if state == "wider" else ""
    vllm = "  vllm: {kind: vllm, optional: true}\n" if state == "wider" else ""
    text = f"version: 1\nproviders:\n  ollama: {{kind: ollama}}\n{vllm}models:\n"
    text += f"  m: {{{wide}deployments: [{{provider: ollama, model: up}}]}}\n"
    return read_text(text, "lab.yaml", None, CATALOG).document


_CHECKS = (
    _check("preflight", "ollama", "it answers its probe", step=Step.PREFLIGHT, message="ollama is ready", elapsed_s=0.004),
    _check("models", "m", "ollama/up alone answers", served_by="ollama", message="finish_reason stop", elapsed_s=0.25),
    _check("models", "big", "cloud/big alone answers", served_by="cloud", elapsed_s=1.5, cost_micros=1234),
    _check("chains", "m -> big", "the fallback alone answers", CheckStatus.FAILED, message="502 | provider_error: <b>\nno"),
    _check("providers", "vllm", "it answers its probe", CheckStatus.SKIPPED, message="optional: vllm refused connections"),
    _check(
        "latency", "ollama", "its streams are measured (5)", served_by="ollama",
        measured={
            "samples": 5.0, "ttfb_p50_s": 0.0421, "ttfb_p95_s": 0.0977, "tokens_per_s_p50": 81.25,
            "tokens_per_s_p95": 77.0,
        },
    ),
    _check("metrics", "ollama", "its calls are counted", measured={"calls_good": 117.0, "calls_bad": 1.0}),
)  # fmt: skip
_STEPS = (
    Began(step=Step.CHECK, message="lab.yaml: fine (3 providers, 2 models)", after_s=0.0),
    Began(step=Step.ACTIVATE, message="serving new requests by revision 7", after_s=0.2501),
)
_REVISION = Revision(
    number=7,
    parent=6,
    digest=_SHA,
    sources=(Source("lab.yaml", _SHA, 1234), Source("models/local.yaml", _SHA, 56)),
    created_unix_s=_AT,
    author="ann",
    note="a larger window | for *ollama*",
    origin=Origin.APPLY,
)
_COMMON = {
    "config": "lab.yaml", "digest": _SHA, "gateway": "http://127.0.0.1:4000", "made_unix_s": _AT + 3,
    "version": "0.1.0", "providers": ["ollama", "cloud", "vllm"],
}  # fmt: skip

CASES = {
    "applied": Record(
        **_COMMON,
        revision=_REVISION,
        outcome=Outcome(number=7, fate=Fate.APPLIED, reason="", at_unix_s=_AT + 3),
        evidence=Evidence(
            steps=_STEPS,
            checks=tuple(each for each in _CHECKS if each.result.status is not CheckStatus.FAILED),
            warnings=("revision 5 was left in the middle: its process ended",),
            diagnostics=(Diagnostic(Severity.WARNING, "lab.yaml", 12, 5, "domains.lab-gpu", "everything hangs on it"),),
            watched=Watched(
                after_s=60.0, requests=120, failed=0, before_requests=118, before_failed=1,
                verdict="0 of 120 requests failed, 1 of 118 before",
            ),
            restart=("server.listen",),
            changes=difference(_config("window"), _config("wider")),
            risks=(
                Risk(
                    level=Level.HIGH, rule="domain", path="models.m", message="m loses its last provider outside lab-gpu"
                ),
            ),
        ),
        max_cost_micros=50_000,
        rollback="sixnines rollback 6 --config lab.yaml",
    ),
    "rolled-back": Record(
        **_COMMON,
        revision=msgspec.structs.replace(_REVISION, parent=None, note="", origin=Origin.ROLLBACK, of=2),
        outcome=Outcome(number=7, fate=Fate.ROLLED_BACK, reason="1 check failed: m -> big", at_unix_s=_AT + 3),
        evidence=Evidence(steps=_STEPS, checks=_CHECKS),
    ),
    "verification": Record(**_COMMON, evidence=Evidence(checks=_CHECKS)),
    "nothing-known": Record(
        **{**_COMMON, "gateway": "", "providers": []},
        revision=_REVISION,
        evidence=Evidence(offline=True),
        rollback="sixnines rollback 6",
    ),
}  # fmt: skip


def page(name: str) -> Path:
    """The file of a case."""
    return FOLDER / f"{name}.md"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for case, record in CASES.items():
        page(case).write_text(render(record))
