"""Which provider kind serves what LiteLLM names by a prefix, and where. Facts only.

The prefixes are LiteLLM's (docs.litellm.ai/docs/providers); the addresses those that it calls where none is given.
"""

import re
from dataclasses import dataclass

from sixnines.config.urls import is_loopback, parse_base_url

OPENAI, COMPATIBLE, OLLAMA, ANTHROPIC, VLLM = "openai", "openai-compatible", "ollama", "anthropic", "vllm"


@dataclass(frozen=True, slots=True)
class Vendor:
    """What a prefix stands for.

    Attributes:
        kind: the provider kind.
        base_url: where it is unless `api_base` says so; None: the kind's own address, or none at all.
        key_variable: the environment variable whose key LiteLLM sends where none is given; None: it sends none.
        needs_base: it can only be reached where `api_base` says.
    """

    kind: str
    base_url: str | None = None
    key_variable: str | None = None
    needs_base: bool = False


VENDORS = {
    "openai": Vendor(OPENAI, None, "OPENAI_API_KEY"),
    "text-completion-openai": Vendor(OPENAI, None, "OPENAI_API_KEY"),
    "anthropic": Vendor(ANTHROPIC, None, "ANTHROPIC_API_KEY"),
    "ollama": Vendor(OLLAMA),
    "ollama_chat": Vendor(OLLAMA),
    "hosted_vllm": Vendor(VLLM, needs_base=True),
    "openai_like": Vendor(COMPATIBLE, needs_base=True),
    "custom_openai": Vendor(COMPATIBLE, needs_base=True),
    "litellm_proxy": Vendor(COMPATIBLE, needs_base=True),
    "lm_studio": Vendor(COMPATIBLE, needs_base=True),
    "llamafile": Vendor(COMPATIBLE, "http://127.0.0.1:8080/v1"),
    "groq": Vendor(COMPATIBLE, "https://api.groq.com/openai/v1", "GROQ_API_KEY"),
    "mistral": Vendor(COMPATIBLE, "https://api.mistral.ai/v1", "MISTRAL_API_KEY"),
    "openrouter": Vendor(COMPATIBLE, "https://openrouter.ai/api/v1", "OPENROUTER_API_KEY"),
    "together_ai": Vendor(COMPATIBLE, "https://api.together.ai/v1", "TOGETHERAI_API_KEY"),
    "xai": Vendor(COMPATIBLE, "https://api.x.ai/v1", "XAI_API_KEY"),
    "cerebras": Vendor(COMPATIBLE, "https://api.cerebras.ai/v1", "CEREBRAS_API_KEY"),
    "nvidia_nim": Vendor(COMPATIBLE, "https://integrate.api.nvidia.com/v1", "NVIDIA_NIM_API_KEY"),
    "sambanova": Vendor(COMPATIBLE, "https://api.sambanova.ai/v1", "SAMBANOVA_API_KEY"),
}
# Prefixes of vendors with an API of their own, so that `azure/x` is not taken for a model of that name.
FOREIGN = frozenset({
    "azure", "azure_ai", "azure_text", "bedrock", "bedrock_converse", "sagemaker", "sagemaker_chat", "vertex_ai",
    "vertex_ai_beta", "gemini", "palm", "cohere", "cohere_chat", "huggingface", "replicate", "watsonx", "watsonx_text",
    "databricks", "deepseek", "deepinfra", "fireworks_ai", "perplexity", "cloudflare", "github", "github_copilot",
    "predibase", "nlp_cloud", "petals", "oobabooga", "triton", "snowflake", "voyage", "jina_ai", "infinity", "clarifai",
    "ai21", "ai21_chat", "aleph_alpha", "baseten", "codestral", "text-completion-codestral", "friendliai", "volcengine",
    "xinference", "vllm", "novita", "nebius", "moonshot", "dashscope", "hyperbolic", "lambda_ai", "oci", "topaz",
    "assemblyai", "deepgram", "elevenlabs", "meta_llama", "featherless_ai", "nscale", "galadriel", "empower",
    "maritalk", "custom", "aiml", "heroku", "bytez", "datarobot", "v0", "morph", "gradient_ai", "sap", "zai", "minimax",
})  # fmt: skip
# Names without a prefix that LiteLLM knows the vendor of.
_KNOWN_NAMES = (
    (re.compile(r"(?:ft:)?(?:gpt-|o[0-9](?:-|$)|chatgpt-|text-embedding-|davinci-|babbage-)"), "openai"),
    (re.compile(r"claude-"), "anthropic"),
)
# What is written where an engine takes any key or none.
PLACEHOLDERS = frozenset({
    "", "none", "null", "na", "n/a", "no-key", "nokey", "not-needed", "not_needed", "notneeded", "no-key-required",
    "sk-no-key-required", "empty", "dummy", "fake", "fake-key", "unused", "anything", "any", "xxx", "token", "ollama",
    "lm-studio", "local", "sk-xxx", "sk-dummy", "sk-fake", "key",
})  # fmt: skip


def split(model: str, custom: str | None) -> tuple[str, str] | None:
    """The prefix and the name of the model as the provider knows it; None where LiteLLM would not know either.

    Args:
        model: `litellm_params.model`.
        custom: `litellm_params.custom_llm_provider`.
    """
    prefix, slash, rest = model.partition("/")
    if custom:
        return custom, rest if slash and prefix == custom and rest else model
    if slash and rest and (prefix in VENDORS or prefix in FOREIGN):
        return prefix, rest
    for sign, vendor in _KNOWN_NAMES:
        if sign.match(model):
            return vendor, model
    return None


def is_own_address(vendor: Vendor, base_url: str) -> bool:
    """Is `base_url` that of the vendor itself, where `kind: openai` stands for what is known of OpenAI?"""
    return vendor.kind != OPENAI or parse_base_url(base_url).host == "api.openai.com"


def label(base_url: str | None) -> str:
    """What tells a provider from others of its kind: the port on this machine, else the host."""
    if base_url is None:
        return ""
    url = parse_base_url(base_url)
    usual = 443 if url.scheme == "https" else 80
    host = url.host.replace("[", "").replace("]", "")
    if is_loopback(url.host):
        return str(url.port)
    return host if url.port == usual else f"{host}-{url.port}"
