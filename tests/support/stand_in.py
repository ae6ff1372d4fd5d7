"""A process that stands in for an engine or a gateway where only its life matters: `python -m support.stand_in PORT MODE`.

Answers 200 to every GET and says its process id first. Modes: `well`; `dies` at once; `never` listens; `deaf` to SIGTERM.
`GET /die` ends it with status 9.
"""

import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/die":
            os._exit(9)
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Say nothing."""


def main(port: int, mode: str) -> None:
    """Live as `mode` says."""
    print(f"pid {os.getpid()}", flush=True)
    if mode == "dies":
        sys.exit("no model, no life")
    if mode == "deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if mode == "never":
        signal.pause()
    ThreadingHTTPServer(("127.0.0.1", port), _Handler).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
