"""What is sent: chat requests for one endpoint, as the bytes of HTTP/1.1.

Pure. The key is in the bytes and nowhere else: never in a message, never in a report.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from sixnines.config.quantities import render_size
from sixnines.config.secret import Secret
from sixnines.config.urls import BaseUrl
from sixnines.domain.origin import Origin, TlsSettings

GREETING = "Say hello."


class PromptError(ValueError):
    """Prompts cannot be used; the message says where and why."""


@dataclass(frozen=True, slots=True)
class Message:
    """One request, ready to be sent. Prints without its bytes, which hold the key."""

    head: bytes = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Whom to ask.

    Attributes:
        base: where it is.
        key: sent as a bearer token, if there is one.
    """

    base: BaseUrl
    key: Secret | None = None

    @property
    def origin(self) -> Origin:
        """Where to connect to."""
        tls = TlsSettings() if self.base.scheme == "https" else None
        return Origin(self.base.scheme, self.base.host, self.base.port, tls)

    @property
    def url(self) -> str:
        """How it is shown."""
        return f"{self.base.scheme}://{self.origin.netloc}{self.base.path}"

    def get(self, path: str) -> bytes:
        """The head of a request for `path`, which begins after the base."""
        return self._head("GET", path, ())

    def post(self, path: str, body: bytes, accept: str) -> Message:
        """A request with a JSON body."""
        fields = ("content-type: application/json", f"content-length: {len(body)}", f"accept: {accept}")
        return Message(self._head("POST", path, fields), body)

    def _head(self, method: str, path: str, fields: Sequence[str]) -> bytes:
        lines = [
            f"{method} {self.base.path}{path} HTTP/1.1",
            f"host: {self.origin.netloc}",
            "user-agent: sixnines-bench",
            "accept-encoding: identity",
        ]
        if self.key is not None:
            lines.append(f"authorization: Bearer {self.key.reveal()}")
        return "\r\n".join([*lines, *fields, "", ""]).encode("latin-1")


@dataclass(frozen=True, slots=True)
class Asking:
    """What is asked in each request.

    Attributes:
        model: by its public name.
        stream: ask for a stream.
        max_tokens: the most that an answer may have; None leaves it to the server.
        prompts: taken in turn; each is text, or a JSON object with `messages` and whatever else belongs to a request.
    """

    model: str
    stream: bool = False
    max_tokens: int | None = None
    prompts: Sequence[str | dict[str, object]] = (GREETING,)

    def messages(self, endpoint: Endpoint) -> list[Message]:
        """A request for each prompt."""
        accept = "text/event-stream" if self.stream else "application/json"
        bodies = [msgspec.json.encode(self._body(prompt)) for prompt in self.prompts]
        return [endpoint.post("/v1/chat/completions", body, accept) for body in bodies]

    def _body(self, prompt: str | dict[str, object]) -> dict[str, object]:
        given = prompt if isinstance(prompt, dict) else {"messages": [{"role": "user", "content": prompt}]}
        body: dict[str, object] = {**given, "model": self.model, "stream": self.stream}
        if self.max_tokens is not None:
            body["max_tokens"] = self.max_tokens
        return body


def read_prompts(content: bytes, *, as_json: bool, most: int) -> list[str | dict[str, object]]:
    """The prompts in a file, one a line; empty lines are passed over.

    Args:
        content: of the file.
        as_json: each line is a JSON object with `messages` (and temperature, tools and so on); else it is a prompt.
        most: bytes that it may have.

    Raises:
        PromptError: there is none, or a line is no such object.
    """
    if len(content) > most:
        raise PromptError(f"is larger than {render_size(most)}")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise PromptError("is not UTF-8 text") from None
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if not lines:
        raise PromptError("holds no prompt; write one on each line")
    if not as_json:
        return [line for _, line in lines]
    return [_object(number, line) for number, line in lines]


def _object(number: int, line: str) -> dict[str, object]:
    try:
        read = msgspec.json.decode(line, type=dict[str, object])
    except msgspec.DecodeError as error:
        raise PromptError(f"line {number} is no JSON object: {error}") from None
    if not isinstance(read.get("messages"), list):
        raise PromptError(f'line {number} has no list of "messages"')
    return read
