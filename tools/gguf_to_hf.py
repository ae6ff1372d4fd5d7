"""Unpack a Llama GGUF into a folder that vLLM serves: `.venv-vllm/bin/python tools/gguf_to_hf.py FILE FOLDER`.

Runs in vLLM's environment, which has what it needs, and downloads nothing. Weights become bfloat16 safetensors; the
tokenizer and the chat template are the file's own. Knows no architecture but Llama's, and no tokenizer but byte-level
BPE with single digits (SmolLM2's).
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from gguf import GGUFReader, dequantize
from safetensors.torch import save_file
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

# GGUF's names of tensors to those of Hugging Face.
TOP = {
    "token_embd.weight": "model.embed_tokens.weight",
    "output_norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight",
}
LAYER = {
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
}
CONTROL_TOKEN = 3  # of GGUF's token types


class Source:
    """A GGUF file."""

    def __init__(self, path: str) -> None:
        self._reader = GGUFReader(path)
        self.tensors = self._reader.tensors

    def __getitem__(self, key: str) -> Any:  # noqa: ANN401 - of any type, by key
        return self._reader.fields[key].contents()


def rotated(weight: np.ndarray, heads: int) -> np.ndarray:
    """Rows in Hugging Face's order: llama.cpp has the two halves of each rotary pair next to each other."""
    rows = weight.shape[0]
    return weight.reshape(heads, rows // heads // 2, 2, *weight.shape[1:]).swapaxes(1, 2).reshape(weight.shape)


def weights(source: Source) -> dict[str, torch.Tensor]:
    heads = {"attn_q": source["llama.attention.head_count"], "attn_k": source["llama.attention.head_count_kv"]}
    unpacked = {}
    for tensor in source.tensors:
        weight = np.array(dequantize(tensor.data, tensor.tensor_type), dtype=np.float32)
        name = TOP.get(tensor.name)
        if name is None:
            _, layer, part, _ = tensor.name.split(".")
            name = f"model.layers.{layer}.{LAYER[part]}.weight"
            if part in heads:
                weight = rotated(weight, heads[part])
        unpacked[name] = torch.from_numpy(np.ascontiguousarray(weight)).to(torch.bfloat16)
    return unpacked


def token_ids(source: Source) -> dict[str, int]:
    names = {"bos_token_id": "bos", "eos_token_id": "eos", "pad_token_id": "padding"}
    return {key: source[f"tokenizer.ggml.{name}_token_id"] for key, name in names.items()}


def config(source: Source, *, tied: bool) -> dict[str, object]:
    rope = {"rope_type": "default", "rope_theta": source["llama.rope.freq_base"]}
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_size": source["llama.embedding_length"],
        "intermediate_size": source["llama.feed_forward_length"],
        "num_hidden_layers": source["llama.block_count"],
        "num_attention_heads": source["llama.attention.head_count"],
        "num_key_value_heads": source["llama.attention.head_count_kv"],
        "vocab_size": source["llama.vocab_size"],
        "max_position_embeddings": source["llama.context_length"],
        "rms_norm_eps": source["llama.attention.layer_norm_rms_epsilon"],
        "rope_theta": rope["rope_theta"],
        "rope_parameters": rope,
        "tie_word_embeddings": tied,
        "torch_dtype": "bfloat16",
        "hidden_act": "silu",
        "attention_bias": False,
        "mlp_bias": False,
        **token_ids(source),
    }


def tokenizer(source: Source) -> Tokenizer:
    tokens = source["tokenizer.ggml.tokens"]
    merges = [tuple(merge.split(" ", 1)) for merge in source["tokenizer.ggml.merges"]]
    built = Tokenizer(models.BPE(vocab={token: index for index, token in enumerate(tokens)}, merges=merges))
    built.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    built.decoder = decoders.ByteLevel()
    types = source["tokenizer.ggml.token_type"]
    control = [token for token, kind in zip(tokens, types, strict=True) if kind == CONTROL_TOKEN]
    built.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in control])
    return built


def tokenizer_config(source: Source) -> dict[str, object]:
    tokens = source["tokenizer.ggml.tokens"]
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": source["llama.context_length"],
        "clean_up_tokenization_spaces": False,
        "chat_template": source["tokenizer.chat_template"],
        "unk_token": tokens[0],
        **{key.removesuffix("_id"): tokens[index] for key, index in token_ids(source).items()},
    }


def main(file: str, folder: str) -> None:
    source, out = Source(file), Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    tensors = weights(source)
    save_file(tensors, out / "model.safetensors", metadata={"format": "pt"})
    tokenizer(source).save(str(out / "tokenizer.json"))
    documents = {
        "config.json": config(source, tied="lm_head.weight" not in tensors),
        "tokenizer_config.json": tokenizer_config(source),
        "generation_config.json": token_ids(source),
    }
    for name, document in documents.items():
        (out / name).write_text(json.dumps(document, indent=1))


if __name__ == "__main__":
    main(*sys.argv[1:])
