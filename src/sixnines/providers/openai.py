"""OpenAI's own API. Facts only: its words for failures are the ones everybody else borrowed, so they are general."""

from sixnines.domain.kind import KindInfo
from sixnines.domain.operation import Dialect
from sixnines.providers.classify import classifier
from sixnines.providers.interface import Kind, Probe
from sixnines.providers.paths import OPENAI_MODELS, OPENAI_PATHS
from sixnines.providers.probes import judge_models

KIND = Kind(
    info=KindInfo(
        name="openai",
        dialect=Dialect.OPENAI,
        paths=OPENAI_PATHS,
        default_base_url="https://api.openai.com",
        needs_key=True,
        paid=True,
    ),
    classify=classifier(),
    probe=Probe(OPENAI_MODELS, judge_models),
    list_models=Probe(OPENAI_MODELS, judge_models),
    adapt={},
)
