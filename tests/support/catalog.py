"""A catalog for config tests: the names of the real one, with facts that these tests rely on."""

from sixnines.domain.kind import Catalog, KindInfo
from sixnines.domain.operation import Dialect, Operation
from sixnines.registry import STRATEGIES

_OPENAI_PATHS = {
    Operation.CHAT: "/v1/chat/completions",
    Operation.COMPLETION: "/v1/completions",
    Operation.EMBEDDING: "/v1/embeddings",
}

CATALOG = Catalog(
    kinds={
        info.name: info
        for info in (
            KindInfo("openai-compatible", Dialect.OPENAI, _OPENAI_PATHS),
            KindInfo(
                "openai",
                Dialect.OPENAI,
                _OPENAI_PATHS,
                default_base_url="https://api.openai.com",
                needs_key=True,
                paid=True,
            ),
            KindInfo(
                "llamacpp",
                Dialect.OPENAI,
                _OPENAI_PATHS,
                default_base_url="http://127.0.0.1:8080",
                tells_load=True,
            ),
            KindInfo("llamacpp-python", Dialect.OPENAI, _OPENAI_PATHS, default_base_url="http://127.0.0.1:8000"),
            KindInfo("vllm", Dialect.OPENAI, _OPENAI_PATHS, default_base_url="http://127.0.0.1:8001", tells_load=True),
            KindInfo(
                "ollama",
                Dialect.OLLAMA,
                {Operation.CHAT: "/api/chat"},
                default_base_url="http://127.0.0.1:11434",
                tells_resident=True,
            ),
            KindInfo(
                "anthropic",
                Dialect.ANTHROPIC,
                {Operation.CHAT: "/v1/messages"},
                key_header="x-api-key",
                key_prefix="",
                fixed_headers=(("anthropic-version", "2023-06-01"),),
                default_base_url="https://api.anthropic.com",
                needs_key=True,
                paid=True,
            ),
        )
    },
    strategies={strategy.info.name: strategy.info for strategy in STRATEGIES},
)
