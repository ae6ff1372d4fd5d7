"""The same load as `sixnines bench`, for those who use Locust. Checks every answer as strictly.

    locust -f deploy/load/locustfile.py --headless --host http://127.0.0.1:4000 --model m -u 50 -r 50 -t 60s

Each user asks at its own rate (`--user-rps`, once a second), so that `-u` is the requests per second as long as there
are users enough: Locust's loop is closed. Who waits for an answer does not ask the next question meanwhile, and what
that one would have waited is not counted. Take so many users that each is idle most of the time; where answers stall,
believe `sixnines bench`.

`--stream` asks for streams, and reports `first token` and `whole stream` as rows of their own.
"""

import json
import random
from collections.abc import Mapping
from time import perf_counter

import gevent
from locust import FastHttpUser, constant_throughput, events, task
from locust.argument_parser import LocustArgumentParser

PATH = "/v1/chat/completions"
OK = 200
CONTENT = ("content", "tool_calls", "reasoning_content", "reasoning", "refusal")


@events.init_command_line_parser.add_listener
def add_options(parser: LocustArgumentParser) -> None:
    """What Locust does not know of itself. The key is best left to the environment: lists of processes show options."""
    parser.add_argument(
        "--model", default="", env_var="SIXNINES_BENCH_MODEL", help="whom to ask; else the first listed"
    )
    parser.add_argument("--prompt", default="Say hello.", help="what each request asks")
    parser.add_argument("--max-tokens", type=int, default=0, help="of each answer; 0 leaves it to the server")
    parser.add_argument("--stream", action="store_true", help="ask for streams")
    parser.add_argument("--user-rps", type=float, default=1.0, help="requests per second of each user")
    parser.add_argument(
        "--api-key", default="", env_var="SIXNINES_BENCH_KEY", is_secret=True, help="set SIXNINES_BENCH_KEY instead"
    )


class Chat(FastHttpUser):
    """One caller."""

    network_timeout = 60.0
    connection_timeout = 5.0

    def on_start(self) -> None:
        """Not all at once: users who start together would ask together for ever."""
        options = self.environment.parsed_options
        self.wait_time = constant_throughput(options.user_rps).__get__(self)
        self.headers = {"authorization": f"Bearer {options.api_key}"} if options.api_key else {}
        self.body = {
            "model": options.model or self.first_model(),
            "messages": [{"role": "user", "content": options.prompt}],
            "stream": options.stream,
        }
        if options.max_tokens:
            self.body["max_tokens"] = options.max_tokens
        gevent.sleep(random.uniform(0, 1 / options.user_rps))

    def first_model(self) -> str:
        """What the endpoint lists first."""
        with self.client.get("/v1/models", headers=self.headers, catch_response=True) as answer:
            try:
                return str(json.loads(answer.text)["data"][0]["id"])
            except (TypeError, ValueError, LookupError):
                answer.failure("no list of models; give --model")
                self.environment.runner.quit()
                return ""

    @task
    def chat(self) -> None:
        """One question."""
        if self.body["stream"]:
            self.streamed()
            return
        with self.client.post(PATH, json=self.body, headers=self.headers, catch_response=True) as answer:
            wrong = wrong_with(answer.status_code, answer.text)
            if wrong:
                answer.failure(wrong)

    def streamed(self) -> None:
        """One question whose answer comes in pieces."""
        begun = perf_counter()
        stream = Stream()
        ask = {"json": self.body, "headers": self.headers, "catch_response": True, "stream": True}
        with self.client.post(PATH, name=f"{PATH} (head)", **ask) as answer:
            if answer.status_code != OK:
                answer.failure(f"HTTP {answer.status_code}")
                return
            try:
                for line in iter(lambda: bytes(answer.stream.readline(b"\n")), b""):
                    stream.take(line)
                wrong = stream.wrong()
            except ValueError:
                wrong = "not JSON"
            except Exception as error:  # noqa: BLE001 - whatever breaks a stream is what is counted
                wrong = f"closed before its end: {type(error).__name__}"
        if stream.first_at is not None and not wrong:
            self.tell("first token", stream.first_at - begun)
        self.tell("whole stream", perf_counter() - begun, wrong)

    def tell(self, name: str, seconds: float, wrong: str = "") -> None:
        """A row of its own in Locust's statistics."""
        self.environment.events.request.fire(
            request_type="SSE",
            name=name,
            response_time=seconds * 1000,
            response_length=0,
            exception=AssertionError(wrong) if wrong else None,
            context={},
        )


class Stream:
    """What has come of one stream."""

    def __init__(self) -> None:
        self.first_at: float | None = None
        self.finished = self.done = self.failed = False

    def take(self, line: bytes) -> None:
        """Look at one line. Raises ValueError if it is not JSON."""
        if not line.startswith(b"data:"):
            return
        data = line.removeprefix(b"data:").strip()
        if data == b"[DONE]":
            self.done = True
            return
        event = json.loads(data)
        self.failed = self.failed or bool(event.get("error"))
        for choice in event.get("choices") or ():
            self.finished = self.finished or bool(choice.get("finish_reason"))
            if self.first_at is None and has_content(choice.get("delta") or {}):
                self.first_at = perf_counter()

    def wrong(self) -> str:
        """What is wrong with it, now that it is over; an empty text if nothing is."""
        if self.failed:
            return "an error inside a 200"
        if self.first_at is None:
            return "no content"
        if not self.done:
            return "no end of the stream"
        return "" if self.finished else "no finish reason"


def wrong_with(status: int, text: str) -> str:
    """What is wrong with a whole answer; an empty text if nothing is."""
    if status != OK:
        return f"HTTP {status}"
    try:
        answer = json.loads(text)
        choices = answer.get("choices") or []
        if answer.get("error"):
            return "an error inside a 200"
        if not any(has_content(choice.get("message") or {}) for choice in choices):
            return "no content"
        return "" if all(choice.get("finish_reason") for choice in choices) else "no finish reason"
    except (TypeError, ValueError, AttributeError):
        return "not JSON"


def has_content(said: Mapping[str, object]) -> bool:
    """Does a message, or a piece of one, hold anything?"""
    return any(said.get(name) for name in CONTENT)
