"""`GET /metrics` of vLLM: the names that operators watch, with the stand-in's own counts. Pure."""

from sixnines.testing.engines.interface import State

_FINISHES = ("stop", "length", "abort", "error", "repetition")
_HISTOGRAMS = (
    ("time_to_first_token_seconds", "Histogram of time to first token in seconds."),
    ("inter_token_latency_seconds", "Histogram of inter-token latency in seconds."),
    ("request_time_per_output_token_seconds", "Histogram of time_per_output_token_seconds per request."),
    ("e2e_request_latency_seconds", "Histogram of e2e request latency in seconds."),
    ("request_queue_time_seconds", "Histogram of time spent in WAITING phase for request."),
    ("request_prefill_time_seconds", "Histogram of time spent in PREFILL phase for request."),
    ("request_decode_time_seconds", "Histogram of time spent in DECODE phase for request."),
)


def metrics(state: State) -> bytes:
    """Prometheus text. Histograms are there and empty: a stand-in measures nothing."""
    labels = f'engine="0",model_name="{state.script.models[0]}"'
    lines = [
        *_single("num_requests_running", "gauge", labels, state.running),
        *_single("num_requests_waiting", "gauge", labels, state.waiting),
        *_single("kv_cache_usage_perc", "gauge", labels, 0),
        *_single("prompt_tokens_total", "counter", labels, state.prompt_tokens),
        *_single("generation_tokens_total", "counter", labels, state.generated_tokens),
        *_single("num_preemptions_total", "counter", labels, 0),
        *_single("admission_rejections_total", "counter", labels, 0),
    ]
    lines += _head("request_success_total", "counter", "Count of successfully processed requests.")
    for reason in _FINISHES:
        count = state.finished if reason == "stop" else 0
        lines.append(f'vllm:request_success_total{{{labels},finished_reason="{reason}"}} {float(count)}')
    for name, text in _HISTOGRAMS:
        lines += _head(name, "histogram", text)
        lines.append(f'vllm:{name}_bucket{{{labels},le="+Inf"}} 0.0')
        lines += [f"vllm:{name}_count{{{labels}}} 0.0", f"vllm:{name}_sum{{{labels}}} 0.0"]
    return "\n".join([*lines, ""]).encode()


def _head(name: str, kind: str, text: str) -> list[str]:
    return [f"# HELP vllm:{name} {text}", f"# TYPE vllm:{name} {kind}"]


def _single(name: str, kind: str, labels: str, value: float) -> list[str]:
    text = name.removesuffix("_total").replace("_", " ")
    return [*_head(name, kind, f"Number of {text}."), f"vllm:{name}{{{labels}}} {float(value)}"]
