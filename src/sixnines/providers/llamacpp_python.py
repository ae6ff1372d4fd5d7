"""llama-cpp-python's server (`python -m llama_cpp.server`). Never trusts its 500, its answer to any wrong request.

It serves one request at a time. Its `/v1/models` waits for the generation that runs, so it is no probe. A prompt that
is too long for its context is a 400 when not streamed, and a 200 without a single event when streamed.
"""

from sixnines.domain.failure import FailureKind
from sixnines.domain.kind import KindInfo
from sixnines.domain.operation import Dialect, Operation
from sixnines.providers.adapt import for_llamacpp_python
from sixnines.providers.classify import classifier
from sixnines.providers.envelopes import VALIDATION
from sixnines.providers.interface import Kind, Probe
from sixnines.providers.paths import OPENAI_MODELS, OPENAI_PATHS
from sixnines.providers.probes import judge_models, judge_openapi_document
from sixnines.providers.signs import Sign, prose, statuses

SIGNS: tuple[Sign, ...] = (
    Sign(
        FailureKind.CALLER,
        statuses(500),
        seen="llama-cpp-python: `1 validation error: ...` with a traceback, as 500 (recorded)",
        words=frozenset({VALIDATION}),
    ),
    Sign(
        FailureKind.CALLER,
        statuses(500),
        seen='llama-cpp-python: `can only concatenate str (not "list") to str` for image parts, as 500 (recorded)',
        text=prose(r"\Acan only concatenate str "),
        says="The engine takes messages of text only.",
        elsewhere=True,
    ),
    Sign(
        # Not `missing`, which would rest the deployment for chats too.
        FailureKind.CALLER,
        statuses(500),
        seen="llama-cpp-python: `Llama model must be created with embedding=True ...` as 500 (recorded)",
        text=prose(r"\ALlama model must be created with embedding=True"),
        says="The engine was not started for embeddings.",
        elsewhere=True,
    ),
    Sign(
        FailureKind.CONTEXT,
        statuses(400, 500),
        seen="llama-cpp-python: `Requested tokens (...) exceed context window of ...` (llama.py)",
        text=prose(r"\ARequested tokens \(\d+\) exceed context window\b"),
    ),
)

KIND = Kind(
    info=KindInfo(
        name="llamacpp-python",
        dialect=Dialect.OPENAI,
        paths=OPENAI_PATHS,
        default_base_url="http://127.0.0.1:8000",
        always_stream=True,
        serves_any_name=True,
        streams_usage=False,
    ),
    classify=classifier(SIGNS, empty_stream=FailureKind.CONTEXT),
    probe=Probe("/openapi.json", judge_openapi_document),
    list_models=Probe(OPENAI_MODELS, judge_models),
    adapt={Operation.CHAT: for_llamacpp_python},
)
