"""vLLM's OpenAI server. Never takes its `/health` for more than it says: it stays 200 while the server drains."""

from sixnines.domain.kind import Continues, KindInfo
from sixnines.domain.operation import Dialect, Operation
from sixnines.providers.classify import classifier
from sixnines.providers.continuing import for_vllm
from sixnines.providers.interface import Kind, Probe, WindowProbe
from sixnines.providers.loads import judge_vllm_metrics
from sixnines.providers.paths import OPENAI_MODELS, OPENAI_PATHS
from sixnines.providers.probes import judge_models, judge_vllm_health
from sixnines.providers.signs import VLLM
from sixnines.providers.windows import read_vllm_models

KIND = Kind(
    info=KindInfo(
        name="vllm",
        dialect=Dialect.OPENAI,
        paths=OPENAI_PATHS,
        default_base_url="http://127.0.0.1:8001",
        tells_load=True,
        # Templates that trim their messages are common, and a template cannot be asked whether it does.
        continues=Continues.TRIMMED,
    ),
    classify=classifier(VLLM),
    probe=Probe("/health", judge_vllm_health),
    list_models=Probe(OPENAI_MODELS, judge_models),
    load=Probe("/metrics", judge_vllm_metrics),
    window=WindowProbe(OPENAI_MODELS, read_vllm_models),
    adapt={},
    adapt_continued={Operation.CHAT: for_vllm},
)
