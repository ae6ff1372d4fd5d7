"""What llama.cpp's server tells about itself, as recorded from a real one. Pure."""

import msgspec

from sixnines.testing.engines.interface import State

Fields = dict[str, object]

_PARAMS: Fields = msgspec.json.decode(
    b'{"seed":4294967295,"temperature":0.800000011920929,"dynatemp_range":0.0,"dynatemp_exponent":1.0,"top_k":40,'
    b'"top_p":0.949999988079071,"min_p":0.05000000074505806,"top_n_sigma":-1.0,"xtc_probability":0.0,'
    b'"xtc_threshold":0.10000000149011612,"typical_p":1.0,"repeat_last_n":64,"repeat_penalty":1.0,'
    b'"presence_penalty":0.0,"frequency_penalty":0.0,"dry_multiplier":0.0,"dry_base":1.75,"dry_allowed_length":2,'
    b'"dry_penalty_last_n":64,"mirostat":0,"mirostat_tau":5.0,"mirostat_eta":0.10000000149011612,'
    b'"adaptive_target":-1.0,"adaptive_decay":0.8999999761581421,"max_tokens":-1,"n_predict":-1,"n_keep":0,'
    b'"n_discard":0,"ignore_eos":false,"stream":false,"n_probs":0,"min_keep":0,"chat_format":"Content-only",'
    b'"reasoning_format":"none","reasoning_in_content":false,"generation_prompt":"","samplers":["penalties","dry",'
    b'"top_n_sigma","top_k","typ_p","top_p","min_p","xtc","temperature"],"speculative.types":"none",'
    b'"timings_per_token":false,"post_sampling_probs":false,"backend_sampling":false,"lora":[]}'
)
_CAPABILITIES: Fields = {
    "supports_object_arguments": False,
    "supports_parallel_tool_calls": False,
    "supports_preserve_reasoning": False,
    "supports_reasoning_effort": False,
    "supports_string_content": True,
    "supports_system_role": True,
    "supports_tool_calls": False,
    "supports_tools": False,
    "supports_typed_content": False,
}


def slots_of(state: State) -> int:
    """How many slots there are: what the script says, or as many as are in use."""
    return state.script.slots or max(state.running, 1)


def props(state: State) -> Fields:
    """`GET /props`."""
    script = state.script
    return {
        "default_generation_settings": {"params": _PARAMS, "n_ctx": script.context_window},
        "total_slots": slots_of(state),
        "model_alias": script.models[0],
        "model_ftype": "Q4_1",
        "model_path": f"models/{script.models[0]}.gguf",
        "modalities": {"vision": script.vision, "video": False, "audio": False},
        "media_marker": "<__media__>",
        "endpoint_slots": True,
        "endpoint_props": False,
        "endpoint_metrics": True,
        "ui": False,
        "ui_settings": {},
        "chat_template": "{% for message in messages %}{{ message['content'] }}{% endfor %}",
        "chat_template_caps": _CAPABILITIES,
        "bos_token": "<|im_start|>",
        "eos_token": "<|im_end|>",
        "build_info": "b0-unknown",
        "is_sleeping": False,
        "cors_proxy_enabled": False,
    }


def slots(state: State) -> list[Fields]:
    """`GET /slots`: the first ones are busy; the others tell of their last task once there was one."""
    return [_slot(number, state) for number in range(slots_of(state))]


def _slot(number: int, state: State) -> Fields:
    busy = number < state.running
    idle: Fields = {
        "id": number,
        "n_ctx": state.script.context_window,
        "speculative": False,
        "is_processing": busy,
    }
    if not busy and not state.finished:
        return idle
    return idle | {
        "id_task": number,
        "n_prompt_tokens": 0,
        "n_prompt_tokens_processed": 0,
        "n_prompt_tokens_cache": 0,
        "params": _PARAMS,
        "next_token": [{"has_next_token": busy, "has_new_line": False, "n_remain": -1, "n_decoded": 0}],
    }


def metrics(state: State) -> bytes:
    """`GET /metrics`, in llama.cpp's words and with its colons."""
    rows = (
        (
            "prompt_tokens_total",
            "counter",
            "Number of prompt tokens processed, excluding cached tokens",
            state.prompt_tokens,
        ),
        ("prompt_tokens_cached_total", "counter", "Number of prompt tokens reused from the cache", 0),
        ("prompt_seconds_total", "counter", "Total time spent processing prompts", 0),
        ("tokens_predicted_total", "counter", "Number of generation tokens processed", state.generated_tokens),
        ("tokens_predicted_seconds_total", "counter", "Total time spent generating tokens", 0),
        ("n_decode_total", "counter", "Total number of llama_decode() calls", state.generated_tokens),
        ("n_tokens_max", "counter", "Largest observed sequence length (prompt + generation)", 0),
        ("spec_decode_num_draft_tokens_total", "counter", "Speculative: Total draft tokens generated", 0),
        ("spec_decode_num_accepted_tokens_total", "counter", "Speculative: Total draft tokens accepted", 0),
        ("spec_decode_num_drafts_total", "counter", "Speculative: Total verification steps", 0),
        ("prompt_tokens_seconds", "gauge", "Average prompt throughput in tokens/s", 0),
        ("predicted_tokens_seconds", "gauge", "Average generation throughput in tokens/s", 0),
        ("requests_processing", "gauge", "Number of requests processing", state.running),
        ("requests_deferred", "gauge", "Number of requests deferred", state.waiting),
        ("n_busy_slots_per_decode", "gauge", "Average number of busy slots per llama_decode() call", state.running),
    )
    lines = (
        f"# HELP llamacpp:{name} {text}\n# TYPE llamacpp:{name} {kind}\nllamacpp:{name} {value}\n"
        for name, kind, text, value in rows
    )
    return "".join(lines).encode()


def model_list(state: State, created: int) -> Fields:
    """`GET /v1/models`: one model, described twice."""
    name = state.script.models[0]
    details = {"parent_model": "", "format": "gguf", "family": "", "families": [""]}
    about: Fields = {"name": name, "model": name, "modified_at": "", "size": "", "digest": "", "type": "model"}
    about |= {"description": "", "tags": [""], "capabilities": ["completion"], "parameters": ""}
    about |= {"details": {**details, "parameter_size": "", "quantization_level": ""}}
    modalities = ["text", "image"] if state.script.vision else ["text"]
    meta = {"vocab_type": 2, "n_vocab": 49152, "n_ctx": state.script.context_window, "n_ctx_train": 8192}
    meta |= {"n_embd": 576, "n_params": 134515008, "size": 96576768}
    entry: Fields = {"id": name, "aliases": [name], "tags": [], "object": "model"}
    entry |= {"architecture": {"input_modalities": modalities, "output_modalities": ["text"]}}
    entry |= {"created": created, "owned_by": "llamacpp", "meta": {**meta, "ftype": "Q4_1"}}
    return {"models": [about], "object": "list", "data": [entry]}
