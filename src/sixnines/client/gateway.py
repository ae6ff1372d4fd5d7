"""A gateway as a command asks it: over its owner's Unix socket, or over the network with the admin key.

Never retries: whoever asks twice for a change would get two. Never goes through a proxy of the environment: an admin
key is for the gateway alone.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import httpx
import msgspec

from sixnines import __version__
from sixnines.client.refusal import is_no_path, refusal_in
from sixnines.config.secret import Secret
from sixnines.control.asked import ApplyAsked, GatewayState, History, RevisionShown, RollbackAsked
from sixnines.control.events import Event
from sixnines.errors import GatewayUnreachable

T = TypeVar("T")

_ERROR = b'{"error":'
"""How the last line of a stream begins that ends with an error."""

_NOT_FOUND = 404
_CONNECT_S = 5.0
_ANSWER_S = 30.0
"""For an answer, and between two lines of a stream: a gateway with nothing to say sends an empty one every five."""

_encode = msgspec.json.Encoder().encode
_decode_event: Callable[[bytes], Event] = msgspec.json.Decoder(Event).decode


class GatewayClient:
    """One gateway. Closes its connections when it is left.

    Args:
        http: how it is reached.
        where: what to call it in messages.
    """

    def __init__(self, http: httpx.Client, where: str) -> None:
        self._http = http
        self.where = where

    @classmethod
    def at_socket(cls, path: Path) -> Self:
        """The gateway that listens at a Unix socket; no key is needed there."""
        transport = httpx.HTTPTransport(uds=str(path))
        # The host is for the request line only; nobody resolves it.
        http = httpx.Client(transport=transport, base_url="http://localhost", timeout=_timeout(), trust_env=False)
        return cls(http, str(path))

    @classmethod
    def at_url(cls, url: str, admin_key: Secret | None) -> Self:
        """The gateway at an address.

        Raises:
            GatewayUnreachable: this is no address.
        """
        headers = {} if admin_key is None else {"authorization": f"Bearer {admin_key.reveal()}"}
        try:
            parsed = httpx.URL(url.rstrip("/"))
        except httpx.InvalidURL:
            raise GatewayUnreachable(f"{url} is not an address; give one as http://HOST:PORT") from None
        if parsed.scheme not in ("http", "https") or not parsed.host:
            raise GatewayUnreachable(f"{url} is not an address; give one as http://HOST:PORT")
        http = httpx.Client(base_url=parsed, headers=headers, timeout=_timeout(), trust_env=False)
        return cls(http, str(parsed))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections: a change that is under way is taken back."""
        self._http.close()

    def state(self) -> GatewayState:
        """What it serves, and how it does."""
        return self.read("/admin/v1/gateway", GatewayState)

    def history(self) -> History:
        """The revisions that are kept, the newest first."""
        return self.read("/admin/v1/revisions", History)

    def revision(self, number: int) -> RevisionShown:
        """One of them, with its files."""
        return self.read(f"/admin/v1/revisions/{number}", RevisionShown)

    def get(self, path: str) -> bytes:
        """The answer of another admin path, as it came.

        Raises:
            SixNinesError: see `apply`.
        """
        with self._explained():
            answer = self._http.get(path)
        if not answer.is_success:
            raise refusal_in(answer.status_code, answer.content, self.where)
        return answer.content

    def hold(self, provider: str, seconds: float) -> None:
        """Have others asked before a provider for some time; 0 takes that back.

        Raises:
            SixNinesError: see `apply`.
        """
        self._post("/admin/v1/hold", {"provider": provider, "seconds": seconds})

    def open_breaker(self, provider: str, seconds: float) -> None:
        """Open the breakers of all deployments of a provider for some time.

        Raises:
            SixNinesError: see `apply`.
        """
        self._post("/admin/v1/breaker", {"provider": provider, "state": "open", "seconds": seconds})

    def close_breaker(self, provider: str) -> None:
        """Close them, whoever opened them.

        Raises:
            SixNinesError: see `apply`.
        """
        self._post("/admin/v1/breaker", {"provider": provider, "state": "closed"})

    def patience(self, seconds: float) -> None:
        """How long to wait for an answer from now on, rather than half a minute."""
        self._http.timeout = httpx.Timeout(seconds)

    def apply(self, asked: ApplyAsked) -> Iterator[Event]:
        """Have a config applied; what happens, as it happens. The last event says how it ended.

        Whoever stops before the end (`close` of the iterator, or of this client) has the change taken back.

        Raises:
            GatewayUnreachable: it is not there, or went away before the end.
            ControlError: it cannot be done: see `errors`.
            ConfigError: the config has errors.
            RequestError: the key is missing or wrong, or the gateway does not take what was sent.
        """
        return self._stream("/admin/v1/apply", _encode(asked))

    def rollback(self, asked: RollbackAsked) -> Iterator[Event]:
        """Have an earlier config applied. Raises what `apply` does."""
        return self._stream("/admin/v1/rollback", _encode(asked))

    def read(self, path: str, form: type[T]) -> T:
        """The answer of another admin path as a value.

        Raises:
            SixNinesError: see `apply`.
        """
        return self._decoded(self.get(path), form)

    def find(self, path: str, form: type[T]) -> T | None:
        """The same; None where the gateway has no such path, because it is of another version or cannot be changed.

        Raises:
            SixNinesError: see `apply`.
        """
        with self._explained():
            answer = self._http.get(path)
        if answer.is_success:
            return self._decoded(answer.content, form)
        if answer.status_code == _NOT_FOUND and is_no_path(answer.content):
            return None
        raise refusal_in(answer.status_code, answer.content, self.where)

    def _decoded(self, content: bytes, form: type[T]) -> T:
        try:
            return msgspec.json.decode(content, type=form)
        except msgspec.MsgspecError as problem:
            raise self._other_version(problem) from None

    def _post(self, path: str, body: object) -> None:
        with self._explained():
            answer = self._http.post(path, content=_encode(body), headers={"content-type": "application/json"})
        if not answer.is_success:
            raise refusal_in(answer.status_code, answer.content, self.where)

    def _stream(self, path: str, body: bytes) -> Iterator[Event]:
        with (
            self._explained(),
            self._http.stream("POST", path, content=body, headers={"content-type": "application/json"}) as answer,
        ):
            if not answer.is_success:
                raise refusal_in(answer.status_code, answer.read(), self.where)
            for line in _lines(answer.iter_bytes()):
                if line.startswith(_ERROR):
                    raise refusal_in(answer.status_code, line, self.where)
                yield self._event(line)

    def _event(self, line: bytes) -> Event:
        try:
            return _decode_event(line)
        except msgspec.MsgspecError as problem:
            raise self._other_version(problem) from None

    def _other_version(self, problem: Exception) -> GatewayUnreachable:
        return GatewayUnreachable(
            f"what answers at {self.where} is no sixnines gateway of this version, {__version__}: {problem}"
        )

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Say what went wrong on the way in words of ours."""
        try:
            yield
        except httpx.ConnectError as problem:
            raise GatewayUnreachable(f"no gateway answers at {self.where} ({problem})") from None
        except httpx.TimeoutException:
            raise GatewayUnreachable(f"the gateway at {self.where} does not answer in time") from None
        except httpx.HTTPError as problem:
            raise GatewayUnreachable(
                f"the gateway at {self.where} went away before it had answered ({problem}); "
                "`sixnines history` says what became of a change"
            ) from None


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The lines that are not empty."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        yield from filter(None, whole)
    if rest:
        yield rest


def _timeout() -> httpx.Timeout:
    return httpx.Timeout(_ANSWER_S, connect=_CONNECT_S)
