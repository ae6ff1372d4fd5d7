"""Any server that speaks OpenAI's format. Never assumes a make: it knows the failures of all that have been seen."""

from sixnines.domain.kind import KindInfo
from sixnines.domain.operation import Dialect
from sixnines.providers.classify import classifier
from sixnines.providers.interface import Kind, Probe
from sixnines.providers.paths import OPENAI_MODELS, OPENAI_PATHS
from sixnines.providers.probes import judge_models, judge_unknown_make
from sixnines.providers.signs import LLAMA_CPP, VLLM

KIND = Kind(
    info=KindInfo(
        name="openai-compatible",
        dialect=Dialect.OPENAI,
        paths=OPENAI_PATHS,
        may_truncate=True,  # Ollama's OpenAI route is one of these
    ),
    classify=classifier((*LLAMA_CPP, *VLLM)),
    probe=Probe(OPENAI_MODELS, judge_unknown_make),
    list_models=Probe(OPENAI_MODELS, judge_models),
    adapt={},
)
