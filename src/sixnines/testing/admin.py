"""The admin path of a stand-in, `/__mock__`: look at it and change it while it runs. Never counted, never at fault."""

from typing import Protocol

import msgspec

from sixnines.server.interface import Request
from sixnines.server.responder import HttpResponder
from sixnines.testing.engines.interface import Engine
from sixnines.testing.journal import Journal
from sixnines.testing.script import Script, ScriptError, read_script
from sixnines.testing.slots import Slots
from sixnines.testing.wire import Headers, json_bytes

ADMIN_PATH = "/__mock__"
_JSON: Headers = [(b"content-type", b"application/json")]


class Administered(Protocol):
    """What can be looked at and changed."""

    engine: Engine
    journal: Journal
    slots: Slots
    script: Script

    def follow(self, script: Script) -> None:
        """Put another script in force."""
        ...

    def reset(self) -> None:
        """Forget what has happened."""
        ...


class Admin:
    """Answers on the admin path.

    Args:
        stand_in: what is looked at and changed.
    """

    def __init__(self, stand_in: Administered) -> None:
        self._stand_in = stand_in

    def answer(self, request: Request, responder: HttpResponder) -> None:
        """Do what is asked and tell the state, or say why not."""
        problem = None
        match request.method, request.path.removeprefix(ADMIN_PATH):
            case "GET", "":
                pass
            case "GET", "/script":
                responder.send(200, _JSON, json_bytes(msgspec.to_builtins(self._stand_in.script)))
                return
            case "PUT", "/script":
                problem = self._replace_script(request.body)
            case "POST", "/reset":
                self._stand_in.reset()
            case "DELETE", "/requests":
                self._stand_in.journal.requests.clear()
            case _:
                responder.send(404, _JSON, json_bytes({"error": f"no such thing: {request.method} {request.path}"}))
                return
        if problem is None:
            responder.send(200, _JSON, json_bytes(self.state()))
        else:
            responder.send(400, _JSON, json_bytes({"error": problem}))

    def state(self) -> dict[str, object]:
        """What has happened and what is going on."""
        journal, slots = self._stand_in.journal, self._stand_in.slots
        return {
            "kind": self._stand_in.engine.name,
            "in_flight": journal.in_flight,
            "most_at_once": journal.most_at_once,
            "running": slots.running,
            "waiting": slots.waiting,
            "total": journal.total,
            "by_path": dict(journal.by_path),
            "cancelled": journal.cancelled,
            "finished": journal.finished,
            "played": dict(journal.played),
            "prompt_tokens": journal.prompt_tokens,
            "generated_tokens": journal.generated_tokens,
            "requests": [seen.summary() for seen in journal.requests],
        }

    def _replace_script(self, body: bytes) -> str | None:
        try:
            self._stand_in.follow(read_script(body.decode("utf-8", "replace")))
        except ScriptError as error:
            return str(error)
        return None
