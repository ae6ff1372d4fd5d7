"""The gateway in front of a provider, as `switch-model` meets it: at its address, with the admin key of the config.

Never retries, and never goes through a proxy of the environment.
"""

import contextlib
import json
from collections.abc import Iterator, Sequence

import httpx
import msgspec

from sixnines.config.secret import Secret
from sixnines.config.sources import SourceFile
from sixnines.services.plan import ServicePlan
from sixnines.services.readiness import asked_host
from sixnines.services.trouble import ServiceError

_ANSWER_S = 10.0
# It sends a line for each step, and an empty one where it has nothing to say.
_STEP_S = 60.0
_NO_SUCH_PATH = 404
_TAKEN_UP = frozenset({"applied", "unchanged"})
LONGEST_HOLD_S = 3600.0  # what the gateway takes


class _Provider(msgspec.Struct):
    name: str
    in_flight: int


class _Providers(msgspec.Struct):
    providers: list[_Provider]


class _Apply(msgspec.Struct):
    """`POST /admin/v1/apply`: nothing is asked or verified again, for the engine has just been."""

    files: Sequence[SourceFile]
    note: str
    author: str
    preflight: bool = False
    verify: bool = False
    watch_s: float = 0.0


class _Error(msgspec.Struct):
    message: str


class _Line(msgspec.Struct):
    """What is read of a line of the answer: the last one says how it ended, or what was wrong."""

    ending: str | None = None
    revision: int | None = None
    reason: str = ""
    error: _Error | None = None


class GatewayDoor:
    """A running gateway. Close it when done.

    Args:
        plan: how it is run, which says where it listens.
        admin_key: of its config.
    """

    def __init__(self, plan: ServicePlan, admin_key: Secret | None) -> None:
        host = asked_host(plan)
        url = f"http://[{host}]:{plan.port}" if ":" in host else f"http://{host}:{plan.port}"
        headers = {} if admin_key is None else {"authorization": f"Bearer {admin_key.reveal()}"}
        self._http = httpx.Client(base_url=url, headers=headers, timeout=_ANSWER_S, trust_env=False)
        self._where = f"the gateway at {url}"

    def close(self) -> None:
        """Let go of it."""
        self._http.close()

    def hold(self, provider: str, seconds: float) -> None:
        """Have others asked first for so long; 0 ends it.

        Raises:
            ServiceError: it does not do so.
        """
        body = json.dumps({"provider": provider, "seconds": min(seconds, LONGEST_HOLD_S)})
        with self._explained():
            answer = self._http.post("/admin/v1/hold", content=body, headers={"content-type": "application/json"})
        self._require_success(answer)

    def in_flight(self, provider: str) -> int:
        """Requests that it is answering.

        Raises:
            ServiceError: the gateway does not say.
        """
        with self._explained():
            answer = self._http.get("/admin/v1/providers")
            self._require_success(answer)
            found = msgspec.json.decode(answer.content, type=_Providers).providers
        return sum(each.in_flight for each in found if each.name == provider)

    def apply(self, files: Sequence[SourceFile], note: str, author: str) -> int | None:
        """Have it serve by these files, as a revision.

        Returns:
            The revision, or None where nothing was recorded: not every gateway records what it serves.

        Raises:
            ServiceError: it does not go by them, or does not say so.
        """
        body = msgspec.json.encode(_Apply(files, note, author))
        headers = {"content-type": "application/json"}
        last = _Line()
        with (
            self._explained(),
            self._http.stream("POST", "/admin/v1/apply", content=body, headers=headers, timeout=_STEP_S) as answer,
        ):
            if answer.status_code == _NO_SUCH_PATH:
                return None
            if not answer.is_success:
                answer.read()
                self._require_success(answer)
            for line in answer.iter_lines():
                if line.strip():
                    last = msgspec.json.decode(line, type=_Line)
        if last.ending not in _TAKEN_UP:
            why = last.reason if last.error is None else last.error.message
            raise ServiceError(f"{self._where} does not take up the changed config: {why or 'it does not say why'}")
        return last.revision

    def _require_success(self, answer: httpx.Response) -> None:
        if not answer.is_success:
            raise ServiceError(f"{self._where} refuses: status {answer.status_code}: {answer.text[:300]}")

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (httpx.HTTPError, msgspec.MsgspecError) as problem:
            raise ServiceError(f"{self._where} does not answer: {str(problem) or type(problem).__name__}") from None
