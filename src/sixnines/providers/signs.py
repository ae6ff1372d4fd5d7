r"""The signs by which failures are told apart: data, read from the top; the first row that fits decides.

Holds no logic. A row believes only the statuses it names, because the same words mean different things elsewhere, and
because error messages quote requests: what a caller can write into a 400 must never put a provider out of service.
Hence the rule for rows about the provider's own state (credential, quota, missing) at statuses that a bad request can
cause: they match machine-readable words, or prose from its very first word (`\A`), never prose somewhere in the text.
"""

import re
from dataclasses import dataclass

from sixnines.domain.failure import FailureKind
from sixnines.providers.envelopes import VALIDATION

_IN_STREAM = 200
"""An error inside a 200 answer that names no status of its own."""


@dataclass(frozen=True, slots=True)
class Sign:
    """One row: everything that is given must fit.

    Attributes:
        kind: what the answer means.
        statuses: under which it is believed.
        seen: who answers so, and where that is written or was recorded.
        words: one of them is among the envelope's words (lower case).
        text: found in the presentable text; a group named `shown` is the part worth showing.
        says: shown instead of the provider's text.
        elsewhere: only this deployment cannot do it; another candidate may.
    """

    kind: FailureKind
    statuses: frozenset[int]
    seen: str
    words: frozenset[str] = frozenset()
    text: re.Pattern[str] | None = None
    says: str | None = None
    elsewhere: bool = False


def statuses(*numbers: int) -> frozenset[int]:
    """A set of statuses, for the tables."""
    return frozenset(numbers)


def prose(pattern: str) -> re.Pattern[str]:
    """A pattern for the tables: letter case does not matter."""
    return re.compile(pattern, re.IGNORECASE)


# What a wrong request is answered with.
_REFUSED = statuses(_IN_STREAM, 400, 422)
# What a prompt that is too long is answered with: also 403 by Together, 413 by Ollama, 500 by llama.cpp and Ollama.
_TOO_LONG = _REFUSED | {403, 413, 500}

# Before anything an engine says: whatever the text, the provider did not accept who we are.
FIRST: tuple[Sign, ...] = (
    Sign(
        FailureKind.CREDENTIAL,
        statuses(401),
        seen="RFC 9110 section 15.5.2; recorded from llama.cpp, llama-cpp-python and vLLM",
    ),
)

# llama.cpp's server, alone or inside Ollama (which passes its errors on as JSON in a string) and many others.
LLAMA_CPP: tuple[Sign, ...] = (
    Sign(
        # A model that does not think can.
        FailureKind.CALLER,
        statuses(400, 500),
        seen="llama.cpp before May 2026: `Assistant response prefill is incompatible with enable_thinking.` (its issue "
        "21889)",
        text=prose(r"\AAssistant response prefill is incompatible with enable_thinking"),
        elsewhere=True,
    ),
    Sign(
        FailureKind.CALLER,
        statuses(400, 500),
        seen="llama.cpp: `image input is not supported - hint: ...` as 500 (recorded)",
        text=prose(r"\A\w+ input is not supported"),
        elsewhere=True,
    ),
    Sign(
        FailureKind.CALLER,
        statuses(400, 500),
        seen="llama.cpp: `Failed to parse tools: ...` as 500 (recorded)",
        text=prose(r"\AFailed to parse (?:tools|messages)\b"),
    ),
    Sign(
        # A template of another model may allow what this one forbids (two user turns in a row, a system message).
        FailureKind.CALLER,
        statuses(400, 500),
        seen="llama.cpp: `Error: Jinja Exception: Conversation roles must alternate ...` as 500 (its issue 19851)",
        text=prose(r"\bJinja Exception: (?P<shown>.+)"),
        elsewhere=True,
    ),
    Sign(
        # Sent to every request in flight when the cache that all slots share is full, also to short ones: a prompt
        # that is too long by itself is refused beforehand, as `exceed_context_size_error`.
        FailureKind.CAPACITY,
        statuses(_IN_STREAM, 500),
        seen="llama.cpp with a unified KV cache: `Context size has been exceeded.` (server-context.cpp)",
        text=prose(r"\A(?:decode\(\) failed: )?Context size has been exceeded"),
    ),
)

VLLM: tuple[Sign, ...] = (
    Sign(
        FailureKind.CALLER,
        statuses(400),
        seen='vLLM: `"auto" tool choice requires --enable-auto-tool-choice ...` (recorded)',
        text=prose(r'\A(?:"auto" tool choice|tool_choice=\S+) requires --'),
        says="The engine was not started with tool calling.",
        elsewhere=True,
    ),
    Sign(
        FailureKind.CALLER,
        statuses(400),
        seen="vLLM: `smollm2 is not a multimodal model` (recorded)",
        text=prose(r" is not a multimodal model\Z"),
        elsewhere=True,
    ),
)

# 1. Machine-readable words, which no caller can write. They win over prose and status: a 429 may be a used-up balance.
_WORDS: tuple[Sign, ...] = (
    Sign(
        FailureKind.CREDENTIAL,
        statuses(_IN_STREAM, 400, 403),
        seen="OpenAI `invalid_api_key`, Anthropic `authentication_error`",
        words=frozenset({"invalid_api_key", "authentication_error"}),
    ),
    Sign(
        FailureKind.CONTEXT,
        _TOO_LONG,
        seen="OpenAI and llama-cpp-python `context_length_exceeded`, llama.cpp `exceed_context_size_error` (recorded)",
        words=frozenset({"context_length_exceeded", "exceed_context_size_error"}),
    ),
    Sign(
        FailureKind.POLICY,
        _REFUSED | {403},
        seen="OpenAI `content_policy_violation` and `invalid_prompt`, Azure `content_filter`",
        words=frozenset({"content_policy_violation", "invalid_prompt", "content_filter"}),
    ),
    Sign(
        FailureKind.QUOTA,
        _REFUSED | {402, 403, 429},
        seen="OpenAI `insufficient_quota` and its finer codes, `billing_hard_limit_reached`; Anthropic `billing_error`",
        words=frozenset(
            {
                "insufficient_quota",
                "credit_balance_exhausted",
                "organization_spend_limit_exceeded",
                "organization_usage_limit_exceeded",
                "project_spend_limit_exceeded",
                "billing_hard_limit_reached",
                "billing_not_active",
                "billing_error",
            }
        ),
    ),
    Sign(
        FailureKind.MISSING,
        statuses(400, 403, 404),
        seen="OpenAI `model_not_found`, Groq `model_decommissioned` as 400, Mistral `invalid_model` as 400",
        words=frozenset({"model_not_found", "model_decommissioned", "invalid_model"}),
    ),
    Sign(
        FailureKind.CALLER,
        statuses(400),
        seen="OpenAI `unsupported_parameter` and `unsupported_value`: this model does not take the parameter",
        words=frozenset({"unsupported_parameter", "unsupported_value"}),
        elsewhere=True,
    ),
    Sign(
        # Without this row the prose of OpenAI's rate limit ("add a payment method") would read as a used-up balance.
        FailureKind.RATE,
        statuses(_IN_STREAM, 429),
        seen="OpenAI and Groq `rate_limit_exceeded`, Anthropic `rate_limit_error`",
        words=frozenset({"rate_limit_exceeded", "rate_limit_error"}),
    ),
    Sign(
        FailureKind.CAPACITY,
        statuses(_IN_STREAM, 500),
        seen="Anthropic `overloaded_error` inside a stream",
        words=frozenset({"overloaded_error"}),
    ),
    Sign(
        # The last of the words and before all prose: such a message quotes the request.
        FailureKind.CALLER,
        _REFUSED,
        seen="FastAPI `detail` lists and vLLM `1 validation error: ...` (recorded)",
        words=frozenset({VALIDATION}),
    ),
)

# 2. Prose. Only two kinds may be read off the middle of a text that a caller may have written, and neither hurts the
#    provider: "too long" (another with a larger window is asked) and "this model cannot do that" (another is asked).
_PROSE: tuple[Sign, ...] = (
    Sign(
        FailureKind.CREDENTIAL,
        statuses(400),
        seen="Gemini's OpenAI endpoint: `API key not valid. Please pass a valid API key.` as 400",
        text=prose(r"\AAPI key not valid"),
    ),
    Sign(
        FailureKind.CONTEXT,
        _TOO_LONG,
        seen="OpenAI, vLLM, llama-cpp-python, DeepSeek, OpenRouter: `... maximum context length is ...` (recorded)",
        text=prose(r"\bmaximum context length\b"),
    ),
    Sign(
        FailureKind.CONTEXT,
        _TOO_LONG,
        seen="vLLM: `max_tokens=5000 cannot be greater than max_model_len=1024` (recorded), `... longer than the "
        "maximum model length of ...`",
        text=prose(r"\bcannot be greater than max_model_len\b|\blonger than the maximum model length\b"),
    ),
    Sign(
        FailureKind.CONTEXT,
        _TOO_LONG,
        seen="llama.cpp: `request (4031 tokens) exceeds the available context size ...`, `input (2001 tokens) is too "
        "large to process. increase the physical batch size ...` as 500 (recorded)",
        text=prose(r"\bexceeds the available context size\b|\btoo large to process\. increase the physical batch size"),
    ),
    Sign(
        FailureKind.CONTEXT,
        _TOO_LONG,
        seen="Ollama: `the input length exceeds the context length`, `the prompt is longer than the context length "
        "currently available ...`; SGLang: `... longer than the model's context length`",
        text=prose(r"\binput length exceeds the context length\b|\blonger than the (?:model's )?context length\b"),
    ),
    Sign(
        FailureKind.CONTEXT,
        _TOO_LONG,
        seen="Anthropic: `prompt is too long: 205000 tokens > 200000 maximum`, `input length and max_tokens exceed "
        "context limit: ...`",
        text=prose(r"\bprompt is too long: \d+ tokens > \d+ maximum|\binput length and `?max_tokens`? exceed context"),
    ),
    Sign(
        FailureKind.CONTEXT,
        _TOO_LONG,
        seen="Gemini: `The input token count (...) exceeds the maximum number of tokens allowed`",
        text=prose(r"\binput token count\b.{0,40}\bexceeds the maximum number of tokens allowed\b"),
    ),
    Sign(
        FailureKind.CONTEXT,
        _TOO_LONG,
        seen="Hugging Face TGI, Together: `inputs tokens + max_new_tokens must be <= 4096. Given: ...`",
        text=prose(r"`inputs` tokens \+ `max_new_tokens` must be <="),
    ),
    Sign(
        FailureKind.POLICY,
        statuses(403),
        seen="OpenRouter: `Your chosen model requires moderation and your input was flagged`",
        text=prose(r"\brequires moderation\b|\binput was flagged\b"),
    ),
    Sign(
        FailureKind.CALLER,
        _REFUSED,
        seen='Ollama: `"x" does not support tools`; vLLM: `... does not support Matryoshka embeddings` (recorded)',
        text=prose(r"\bdoes not support\b"),
        elsewhere=True,
    ),
    Sign(
        # A 429 quotes no request. "billing" in a link does not count: links are taken out before the text is read.
        FailureKind.QUOTA,
        statuses(429),
        seen="Ollama Cloud: `you have reached your weekly usage limit`, also session, hourly; other clouds: "
        "`insufficient balance`, `exceeded your current quota`",
        text=prose(
            r"\b(?:quota|balance|billing|credits?|usage limit)\b|\b(?:session|weekly|monthly|spend(?:ing)?) limit\b"
        ),
    ),
    Sign(
        FailureKind.LOADING,
        statuses(503),
        seen="llama.cpp: `Loading model`, on every path while it loads (recorded)",
        text=prose(r"\bloading\b"),
    ),
    Sign(
        FailureKind.MISSING,
        statuses(404),
        seen="vLLM: ``The model `x` does not exist`` (recorded); Ollama: `model 'x' not found`; Anthropic: `model: x`",
        text=prose(r"\bmodel\b"),
    ),
)

# 3. The status alone. RFC 9110 section 15: a status that is not known means what the first of its hundred means.
_STATUS: tuple[Sign, ...] = (
    Sign(FailureKind.QUOTA, statuses(402), seen="RFC 9110 section 15.5.3; OpenRouter, DeepSeek, Anthropic"),
    Sign(
        # 451: this account, or this place, may not.
        FailureKind.CREDENTIAL,
        statuses(403, 407, 451, 511),
        seen="RFC 9110 sections 15.5.4 and 15.5.8, RFC 7725, RFC 6585",
    ),
    Sign(
        # Not the model is missing but the path: base_url is wrong, or the engine does not serve this operation. Any
        # caller can ask for an operation that is not served, so a deployment may rest only as far as that.
        FailureKind.MISSING,
        statuses(404, 405, 410),
        seen='vLLM without embeddings: `{"detail":"Not Found"}`; llama.cpp: `File Not Found` (recorded)',
        says="The provider serves nothing at this endpoint.",
    ),
    Sign(
        FailureKind.MISSING,
        frozenset(range(300, 400)),
        seen="RFC 9110 section 15.4: redirects are not followed",
        says="The provider redirects; base_url should be the address that it redirects to.",
    ),
    Sign(
        FailureKind.MISSING,
        statuses(508),
        seen="RFC 5842 section 7.2: another gateway found its own request coming back",
        says="The request came back to a gateway that it had been through.",
    ),
    Sign(FailureKind.RATE, statuses(429), seen="RFC 6585 section 4"),
    Sign(
        # 409 is a lock that was not free in time; OpenAI's and Anthropic's clients retry it.
        FailureKind.CAPACITY,
        statuses(409, 503, 529),
        seen="RFC 9110 section 15.6.4; vLLM and llama.cpp when full (recorded); Ollama: `server busy`; Anthropic 529",
    ),
    Sign(
        # A proxy speaks about its connection to the engine: what we would have seen ourselves without the proxy.
        FailureKind.TRANSPORT,
        statuses(408, 499, 504, 521, 522, 523, 524, 525, 526),
        seen="RFC 9110 sections 15.5.9 and 15.6.5; Ollama `request canceled`; Cloudflare 521 to 526",
    ),
    Sign(
        # How large a body may be is the provider's choice: another may take it.
        FailureKind.CALLER,
        statuses(413),
        seen="RFC 9110 section 15.5.14; Anthropic `request_too_large`",
        elsewhere=True,
    ),
    Sign(
        # Not `missing`, which would rest the deployment: it serves everything else, and any caller can ask for this.
        FailureKind.CALLER,
        statuses(501),
        seen="llama.cpp: `This server does not support embeddings. Start it with --embeddings` (recorded)",
        elsewhere=True,
    ),
    Sign(FailureKind.CALLER, frozenset(range(400, 500)), seen="RFC 9110 section 15.5"),
    Sign(FailureKind.SERVER, frozenset(range(500, 600)), seen="RFC 9110 section 15.6"),
)

GENERAL: tuple[Sign, ...] = _WORDS + _PROSE + _STATUS
"""After the rows of the kind itself."""
