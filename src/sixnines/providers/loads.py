"""What engines say about how busy they are. Pure.

Judges never raise, and a state other than healthy means that nothing was learnt. Ollama has no judge here: its
`/api/ps` lists what is in memory and says nothing about requests.
"""

import re

import msgspec

from sixnines.providers.interface import EngineLoad, ProbeResult, ProbeState
from sixnines.providers.probes import otherwise

_OK = 200
_NOT_TOLD = 501
# More requests than this are no number but a misreading.
_MOST = 1_000_000

# A metric's line in Prometheus text (version 0.0.4): name, labels whose values may hold anything in quotes, value.
_REQUESTS = re.compile(
    rb'^vllm:num_requests_(running|waiting)(?:\{(?:[^"\n}]|"(?:[^"\\\n]|\\.)*")*\})?[ \t]+(\S+)', re.MULTILINE
)


class _Slot(msgspec.Struct):
    is_processing: bool


_decode_slots = msgspec.json.Decoder(list[_Slot]).decode


def judge_llamacpp_slots(status: int, body: bytes) -> ProbeResult:
    """The `/slots` of llama.cpp: one entry for each request that it can work on at once. 501 with `--no-slots`.

    What waits inside it is not told here (`/metrics` would tell, and is off by default): a full one is enough to know.
    """
    if status == _NOT_TOLD:
        return ProbeResult(ProbeState.MISCONFIGURED, "does not serve /slots (501); it was started with --no-slots")
    try:
        slots = _decode_slots(body) if status == _OK else []
    except (ValueError, RecursionError):
        slots = []
    if not slots:
        return otherwise(status, body)
    running = sum(each.is_processing for each in slots)
    return ProbeResult(
        ProbeState.HEALTHY, f"{running} of {len(slots)} slots busy", load=EngineLoad(running, 0, len(slots))
    )


def judge_vllm_metrics(status: int, body: bytes) -> ProbeResult:
    """The `/metrics` of vLLM: requests running and waiting, over all of its engines.

    It does not tell how many it can run (`--max-num-seqs`, or less when memory is short). While some wait, it runs as
    many as it can.
    """
    counts = {b"running": 0, b"waiting": 0}
    found = _REQUESTS.findall(body) if status == _OK else []
    for name, text in found:
        count = _count(text)
        if count is None:
            return ProbeResult(ProbeState.MISCONFIGURED, "tells requests in a form that cannot be read")
        counts[name] += count
    if {name for name, _ in found} != counts.keys():
        if status == _OK:
            return ProbeResult(
                ProbeState.MISCONFIGURED, "does not tell its requests; was it started with --disable-log-stats?"
            )
        return otherwise(status, body)
    running, waiting = counts[b"running"], counts[b"waiting"]
    load = EngineLoad(running, waiting, max(1, running) if waiting else None)
    return ProbeResult(ProbeState.HEALTHY, f"{running} running, {waiting} waiting", load=load)


def _count(text: bytes) -> int | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return int(value) if 0 <= value <= _MOST else None
