"""llama.cpp's own server (`llama-server`). Never trusts its 500, which is often the caller's mistake.

It queues without limit and never answers 429; it answers 503 on every path while it loads. It notices that a caller
has left only while it streams, so it is always asked to.
"""

from sixnines.domain.kind import Continues, KindInfo
from sixnines.domain.operation import Dialect, Operation
from sixnines.providers.classify import classifier
from sixnines.providers.continuing import for_llamacpp
from sixnines.providers.interface import Kind, Probe, WindowProbe
from sixnines.providers.loads import judge_llamacpp_slots
from sixnines.providers.paths import OPENAI_MODELS, OPENAI_PATHS
from sixnines.providers.probes import judge_llamacpp_health, judge_models
from sixnines.providers.signs import LLAMA_CPP
from sixnines.providers.windows import read_llamacpp_props

KIND = Kind(
    info=KindInfo(
        name="llamacpp",
        dialect=Dialect.OPENAI,
        paths=OPENAI_PATHS,
        default_base_url="http://127.0.0.1:8080",
        always_stream=True,
        tells_load=True,
        serves_any_name=True,
        continues=Continues.EXACTLY,
    ),
    classify=classifier(LLAMA_CPP),
    probe=Probe("/health", judge_llamacpp_health),
    list_models=Probe(OPENAI_MODELS, judge_models),
    load=Probe("/slots", judge_llamacpp_slots),
    window=WindowProbe("/props", read_llamacpp_props),
    adapt={},
    adapt_continued={Operation.CHAT: for_llamacpp},
)
