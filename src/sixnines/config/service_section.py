"""The section `service` of a provider: how its engine is run on this machine, for `sixnines service`.

Never says where the engine listens: that is the provider's `base_url`. What each key means for each kind is in
`services/engines.py`; which keys a kind knows is checked by `checks/services.py`.
"""

import msgspec
from msgspec import field

from sixnines.config.fields import Count, Duration, GpuLayers, Name, PathText, Tokens, VariableText, WordText
from sixnines.domain.restart import Restart


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """The engine of a provider as a service of this machine, run by `sixnines service`. Its address is `base_url`.

    For the kinds `llamacpp`, `llamacpp-python`, `vllm` and `ollama`; a kind refuses the keys that it has no use for.

    Attributes:
        binary: The program: `llama-server`, the Python that has `llama_cpp` installed, `vllm`, `ollama`. A path is
            relative to the config file. Left out: the one of that name in PATH; for `llamacpp-python`, `python3`.
        model: What it serves: a GGUF file, relative to the config file; for `vllm` a folder, or a name at Hugging Face.
        hf_repo: What llama-server downloads and serves, such as `ggml-org/gemma-3-1b-it-GGUF`, instead of `model`.
        alias: What the engine calls the model. Left out: what the engine makes of `model`.
        context: Tokens for prompt and answer of one request. Left out: the engine's own default.
        parallel: How many requests it serves at once. Left out: the engine's own default.
        gpu_layers: How many layers lie on the GPU; -1 is all. Left out: the engine's own default.
        args: More words for its command line, as they are.
        command: The whole command line instead, for any other server that speaks as the kind does. `{host}`, `{port}`,
            `{model}` and `{alias}` stand for what the config says.
        environment: Variables that it is started with. `env:NAME` and `file:PATH` are resolved when it starts, and are
            nowhere written down; anything else is the value itself.
        directory: Where it is started, relative to the config file. Left out: the folder of the config file.
        writable: Folders that it may write to beside its own caches, relative to the config file. Under systemd it
            can write nowhere else.
        restart: What is done when it has ended by itself.
        ready_within: How long it may take from its start until it answers. A longer start is a failed one.
    """

    binary: PathText | None = None
    model: WordText | None = None
    hf_repo: WordText | None = None
    alias: WordText | None = None
    context: Tokens | None = None
    parallel: Count | None = None
    gpu_layers: GpuLayers | None = None
    args: tuple[WordText, ...] = ()
    command: tuple[WordText, ...] = ()
    environment: dict[Name, VariableText] = {}
    directory: PathText | None = None
    writable: tuple[PathText, ...] = ()
    restart: Restart = Restart.ON_FAILURE
    ready_within_s: Duration = field(name="ready_within", default=300.0)

    def __repr__(self) -> str:
        # Words and variables may hold what should stand nowhere; the checks say so, and nobody shows it.
        return f"Service(model={self.model!r}, {len(self.args)} args, variables {[*self.environment]})"
