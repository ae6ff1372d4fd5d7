"""Serve TensorZero's gateway over HTTP until stopped: `python tensorzero_gateway.py CONFIG`, in its own environment.

The wheel holds the whole gateway, and the function that its `patch_openai_client` uses starts it as a server on a free
port of 127.0.0.1. Prints the address, and does nothing else: no request passes through Python.
"""

import signal
import sys

from tensorzero import _start_http_gateway

gateway = _start_http_gateway(
    config_file=sys.argv[1], clickhouse_url=None, postgres_url=None, valkey_url=None, async_setup=False
)
print(gateway.base_url, flush=True)
signal.pause()
