"""Ollama's native API, on a machine of one's own or at https://ollama.com with a key.

Never asks for the OpenAI route beside it, which ignores the context length and swallows errors inside a stream. A key
is optional: only the cloud needs one, and its plans are flat, so the kind does not count as paid.
"""

from sixnines.domain.failure import FailureKind
from sixnines.domain.kind import Continues, KindInfo
from sixnines.domain.operation import Dialect, Operation
from sixnines.providers.classify import classifier
from sixnines.providers.continuing import for_ollama
from sixnines.providers.interface import Kind, Probe, WindowProbe
from sixnines.providers.probes import judge_models, judge_ollama_version, judge_resident_models
from sixnines.providers.signs import LLAMA_CPP, Sign, prose, statuses
from sixnines.providers.windows import ask_ollama_show, read_ollama_show

SIGNS: tuple[Sign, ...] = (
    Sign(
        # The account is fine, and so are its other models.
        FailureKind.MISSING,
        statuses(402, 403),
        seen="Ollama Cloud: `this model requires a subscription, upgrade for access: ...` as 403 (its issue 15990)",
        text=prose(r"\bmodel requires a subscription\b"),
    ),
)

KIND = Kind(
    info=KindInfo(
        name="ollama",
        dialect=Dialect.OLLAMA,
        paths={
            Operation.CHAT: "/api/chat",
            Operation.COMPLETION: "/api/generate",
            Operation.EMBEDDING: "/api/embed",
        },
        default_base_url="http://127.0.0.1:11434",
        # It is told not to (`truncate`, `shift`), but versions before these fields know nothing of them.
        may_truncate=True,
        tells_resident=True,
        forces_tools=False,
        continues=Continues.EXACTLY,
    ),
    # It runs models in llama.cpp's server and passes that server's errors on.
    classify=classifier((*SIGNS, *LLAMA_CPP)),
    probe=Probe("/api/version", judge_ollama_version),
    list_models=Probe("/api/tags", judge_models),
    adapt={},
    resident=Probe("/api/ps", judge_resident_models),
    window=WindowProbe("/api/show", read_ollama_show, ask_ollama_show),
    adapt_continued={Operation.CHAT: for_ollama},
)
