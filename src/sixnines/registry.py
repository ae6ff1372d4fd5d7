"""What is built in, on one page. A new kind, strategy or endpoint is one new file and one line here."""

from collections.abc import Mapping

from sixnines.dialects.anthropic import FORMATS as ANTHROPIC
from sixnines.dialects.codec import Codec
from sixnines.dialects.ollama import FORMATS as OLLAMA
from sixnines.dialects.openai import FORMATS as OPENAI
from sixnines.dialects.openai.passthrough import OpenAIPassthrough
from sixnines.dialects.translate import translate
from sixnines.domain.kind import Catalog
from sixnines.domain.operation import Dialect, Operation
from sixnines.endpoints import chat_completions, completions, embeddings
from sixnines.providers import anthropic, llamacpp, llamacpp_python, ollama, openai, openai_compatible, vllm
from sixnines.routing.interface import Strategy
from sixnines.routing.strategies.adaptive import Adaptive
from sixnines.routing.strategies.complexity import ComplexityScore
from sixnines.routing.strategies.context import Context
from sixnines.routing.strategies.least_busy import LeastBusy
from sixnines.routing.strategies.least_cost import LeastCost
from sixnines.routing.strategies.least_latency import LeastLatency
from sixnines.routing.strategies.ordered import Ordered
from sixnines.routing.strategies.quality import QualityTier
from sixnines.routing.strategies.round_robin import RoundRobin
from sixnines.routing.strategies.sticky import Sticky
from sixnines.routing.strategies.weighted import Weighted

KINDS = (
    openai_compatible.KIND,
    openai.KIND,
    llamacpp.KIND,
    llamacpp_python.KIND,
    vllm.KIND,
    ollama.KIND,
    anthropic.KIND,
)

STRATEGIES: tuple[Strategy, ...] = (
    Ordered(),
    Weighted(),
    RoundRobin(),
    LeastBusy(),
    LeastLatency(),
    LeastCost(),
    Sticky(),
    Context(),
    QualityTier(),
    ComplexityScore(),
    Adaptive(),
)

ENDPOINTS = (chat_completions.ENDPOINT, completions.ENDPOINT, embeddings.ENDPOINT)

FORMATS = {Dialect.OPENAI: OPENAI, Dialect.OLLAMA: OLLAMA, Dialect.ANTHROPIC: ANTHROPIC}

CATALOG = Catalog(
    kinds={kind.info.name: kind.info for kind in KINDS},
    strategies={strategy.info.name: strategy.info for strategy in STRATEGIES},
)


def codecs() -> Mapping[tuple[Dialect, Dialect, Operation], Codec]:
    """How each caller's dialect meets each provider's: the same one passes through, others are translated."""
    table: dict[tuple[Dialect, Dialect, Operation], Codec] = {
        (Dialect.OPENAI, Dialect.OPENAI, operation): OpenAIPassthrough(operation) for operation in Operation
    }
    for caller in {endpoint.dialect for endpoint in ENDPOINTS}:
        for provider, formats in FORMATS.items():
            if provider is caller:
                continue
            for operation, egress in formats.items():
                table[caller, provider, operation] = translate(FORMATS[caller][operation], egress)
    return table
