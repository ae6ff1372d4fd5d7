"""llama.cpp's own HTTP server as a program: `python -m sixnines.quickstart.llamacpp_server --model FILE --port N`.

A crash of llama.cpp is a crash of its process, so it never runs inside another one.
"""

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

_STOP_SIGNALS = {signal.SIGTERM, signal.SIGINT}


def main(argv: Sequence[str]) -> NoReturn:
    """Serve one model until SIGTERM or SIGINT. The listener answers 503 while the model loads."""
    options = _read(argv)
    # llama.cpp's threads would otherwise take the signals, and Python would never run its handlers.
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOP_SIGNALS)
    # Here and not at the top: it maps 100 MB of native code, which `--help` does not need.
    import xllamacpp  # noqa: PLC0415

    params = xllamacpp.CommonParams()
    params.model.path = options.model
    params.model_alias = {options.alias}
    params.hostnames = [options.host]
    params.port = options.port
    params.n_ctx = options.context * options.slots
    params.n_parallel = options.slots
    params.cpuparams.n_threads = options.threads
    params.cpuparams_batch.n_threads = options.threads
    if options.embeddings:
        params.embedding = True
        # A chat model's file names none, and llama.cpp then has one vector per token, which `/v1/embeddings` refuses.
        params.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
    if options.api_key_file is not None:
        params.api_keys = [options.api_key_file.read_text().strip()]
    params.endpoint_metrics = True
    params.endpoint_slots = True
    params.use_jinja = True
    params.ui = False
    server = xllamacpp.Server(params)
    sys.stderr.write(f"serving {options.alias} on {server.listening_address}\n")
    signal.sigwait(_STOP_SIGNALS)
    # Not by returning: the server's destructor waits for every answer under way, whose callers get no byte more, and
    # for ever where the signal came right after loading. Nothing is in this process that could be lost.
    os._exit(0)


def _read(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="llamacpp_server", description="llama.cpp's own HTTP server.")
    parser.add_argument("--model", required=True, help="a GGUF file")
    parser.add_argument("--alias", required=True, help="the model's name in answers")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--context", type=int, default=2048, help="tokens for prompt and answer of one request")
    parser.add_argument("--slots", type=int, default=2, help="requests at once")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--embeddings", action="store_true", help="serve /v1/embeddings too")
    # A file, because the words of a command line are for everyone on the machine to read.
    parser.add_argument("--api-key-file", type=Path, help="holds the key that callers must send")
    return parser.parse_args(argv)


if __name__ == "__main__":
    main(sys.argv[1:])
