"""wrk: the script that makes it send what we want and check what comes, its command, its result. Pure.

The table that wrk prints for people is rounded, so the script prints the figures once more, exactly. Latencies are as
wrk 4.1 has them: with its correction for requests that a slow answer kept from being sent.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

MARK = "SIXNINES-WRK "
"""What stands before the result in wrk's output."""

_SCRIPT = """\
wrk.method = "POST"
%(headers)s
%(bodies)s
wrong = 0
first_wrong = ""
local threads = {}
function setup(thread) table.insert(threads, thread) end
%(check)s
function done(summary, latency, requests)
  local errors, wrong, first_wrong = summary.errors, 0, ""
  for _, thread in ipairs(threads) do
    wrong = wrong + thread:get("wrong")
    first_wrong = first_wrong .. thread:get("first_wrong")
  end
  io.write(string.format(
    "%(mark)s{\\"duration_us\\": %%d, \\"requests\\": %%d, \\"bytes\\": %%d, \\"p50_us\\": %%d, \\"p99_us\\": %%d, "
      .. "\\"connect\\": %%d, \\"read\\": %%d, \\"write\\": %%d, \\"status\\": %%d, \\"timeout\\": %%d, "
      .. "\\"wrong\\": %%d}\\n",
    summary.duration, summary.requests, summary.bytes, latency:percentile(50), latency:percentile(99),
    errors.connect, errors.read, errors.write, errors.status, errors.timeout, wrong))
  if first_wrong ~= "" then io.write("first wrong answer: " .. first_wrong:sub(1, 500) .. "\\n") end
end
"""
_IN_TURN = """\
local bodies, requests, turn = {%s}, {}, 0
function init(args)
  for at, body in ipairs(bodies) do requests[at] = wrk.format(nil, nil, nil, body) end
end
function request()
  turn = turn %% #requests + 1
  return requests[turn]
end
"""
_CHECK = """\
local function right(status, body)
%(test)s
end
function response(status, headers, body)
  if right(status, body) then return end
  wrong = wrong + 1
  if first_wrong == "" then first_wrong = status .. " " .. body end
end
"""
_TESTS = {
    "same": "  return status == 200 and body == expected",
    "holds": "  return status == 200 and body:find(expected, 1, true) ~= nil",
    # Contents are numbered: "0", " 1", " 2" and so on.
    "counted": """\
  local due = 0
  for text in body:gmatch('"content":%s*"( ?%d+)"') do
    if tonumber(text) ~= due then return false end
    due = due + 1
  end
  return status == 200 and due == expected and body:find("data: [DONE]", 1, true) ~= nil""",
}
_ERRORS = ("connect", "read", "write", "status", "timeout", "wrong")


class Check(Enum):
    """How each answer is checked.

    SIZE: by its bytes on the wire, all answers together: costs wrk nothing, and is enough where answers never vary.
    SAME: the body is exactly this. HOLDS: it holds this text. COUNTED: it is a stream of so many numbered contents.
    """

    SIZE = "size"
    SAME = "same"
    HOLDS = "holds"
    COUNTED = "counted"


@dataclass(frozen=True, slots=True)
class Result:
    """One run of wrk.

    Attributes:
        seconds: how long it ran.
        requests: answers that came completely.
        received: bytes, also of answers that were still coming at the end.
        p50_us: median latency in microseconds.
        p99_us: 99th percentile.
        errors: those that happened, by their kind: `status` are answers other than 2xx and 3xx, `wrong` those that
            the check found wrong.
    """

    seconds: float
    requests: int
    received: int
    p50_us: int
    p99_us: int
    errors: Mapping[str, int]


def script(bodies: Sequence[bytes], headers: Mapping[str, str], check: Check, expected: bytes | int = b"") -> str:
    """The Lua script that sends `bodies` in turn, checks every answer and prints the result.

    Args:
        bodies: of the requests.
        headers: besides those that wrk sends by itself.
        check: how answers are checked.
        expected: the body, the text or the number of contents that `check` looks for.
    """
    literals = [lua_string(body) for body in bodies]
    fields = {"Content-Type": "application/json", **headers}
    checking = ""
    if check is not Check.SIZE:
        literal = str(expected) if isinstance(expected, int) else lua_string(expected)
        checking = f"local expected = {literal}\n" + _CHECK % {"test": _TESTS[check.value]}
    return _SCRIPT % {
        "headers": "\n".join(f"wrk.headers[{_quoted(name)}] = {_quoted(value)}" for name, value in fields.items()),
        # One body goes without a function that would be called for each request.
        "bodies": f"wrk.body = {literals[0]}" if len(literals) == 1 else _IN_TURN % ", ".join(literals),
        "check": checking,
        "mark": MARK,
    }


def read(output: str) -> Result:
    """The result in wrk's output.

    Raises:
        ValueError: there is none, as when wrk could not start.
    """
    for line in output.splitlines():
        if line.startswith(MARK):
            told = json.loads(line[len(MARK) :])
            return Result(
                seconds=told["duration_us"] / 1e6,
                requests=told["requests"],
                received=told["bytes"],
                p50_us=told["p50_us"],
                p99_us=told["p99_us"],
                errors={name: told[name] for name in _ERRORS if told[name]},
            )
    raise ValueError(f"wrk printed no result: {output.strip() or 'nothing at all'}")


def faults(result: Result, *, answer_size: int | None, connections: int) -> tuple[str, ...]:
    """What is wrong with the answers of a run.

    Args:
        result: the run.
        answer_size: bytes of one right answer, head and body; None: the script has looked at each.
        connections: how many wrk kept open, each with at most one answer under way at the end.
    """
    found = [f"{count} {name} {'answers' if name == 'wrong' else 'errors'}" for name, count in result.errors.items()]
    if not result.requests:
        found.append("no answer at all")
    if answer_size is not None:
        surplus = result.received - result.requests * answer_size
        if not 0 <= surplus <= connections * answer_size:
            found.append(f"{result.received} bytes for {result.requests} answers of {answer_size} bytes")
    return tuple(found)


def lua_string(data: bytes) -> str:
    """`data` as a Lua literal: decimal escapes (Lua 5.1 manual, section 2.1) for whatever is not plain."""
    plain = (chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\{byte:03d}" for byte in data)
    return f'"{"".join(plain)}"'


def _quoted(text: str) -> str:
    return lua_string(text.encode())
