"""What the gateway costs: requests a second and latencies beside nginx `proxy_pass`, in the same run on the same core.

Run: `make bench`, or `python bench/overhead.py [--all] [--rounds 5] [--seconds 4] [--write-readme]`.

wrk sends a chat request of half a kilobyte to an upstream that answers at once with a chat completion: directly,
through nginx (with upstream keep-alive, the strongest that it can do, and "plain": what `proxy_pass` does by itself, a
connection for each request) and through sixnines, in turns whose order rotates. Where `make compile` has
built machine code, both that and the interpreted sources are measured. The system under test has one core, wrk and the
upstream have another. Answers are checked by size, all of them, and by content before and after each round. A round
with a wrong answer, or in which others used the machine, is kept and marked, and does not count.
"""

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import machine
from processes import BenchError, end_on_signals, exchange, free_port, listening, running, sixnines, until
from report import Round, Summary, faults, overhead_table, read_wrk, replace_block, summarize, wrk_script

RESULTS = machine.ROOT / "bench" / "results" / "overhead.json"
README = machine.ROOT / "README.md"
BARE = machine.ROOT / "bench" / "bare.py"
BASELINE = "nginx"
INTERPRETED = "sixnines"
COMPILED = "sixnines, compiled"
CASES = {False: (16,), True: (1, 16, 64)}
MAX_OTHERS = 0.10
"""Cores that processes outside the bench may use in a round that counts, unless the command line says otherwise."""
SATURATED = 0.9
"""A system that uses less of its core than this waits for wrk, the upstream or others: its rate is a lower bound."""

PATH = "/v1/chat/completions"
MODEL = "bench"
TEXT = "Hello there, this is a small answer of an upstream, with about as many words as a short reply has."
REQUEST = json.dumps(
    {
        "model": MODEL,
        "messages": [
            {"role": "system", "content": "You are a helpful assistant that answers briefly."},
            {"role": "user", "content": "Say hello to the world. " * 12},
        ],
        "temperature": 0.7,
        "max_tokens": 64,
    }
)
ANSWER = json.dumps(
    {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1700000000,
        "model": "upstream-model",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": TEXT}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 12, "completion_tokens": 20, "total_tokens": 32},
    }
)

NGINX = """\
worker_processes 1;
daemon off;
pid {folder}/{name}.pid;
error_log stderr warn;
{user}
events {{ worker_connections 4096; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  client_body_temp_path {folder}/{name}-body;
  proxy_temp_path {folder}/{name}-proxy;
  fastcgi_temp_path {folder}/{name}-fastcgi;
  uwsgi_temp_path {folder}/{name}-uwsgi;
  scgi_temp_path {folder}/{name}-scgi;
  {upstream}
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    default_type application/json;
    location / {{ {location} }}
  }}
}}
"""
PROXY_UPSTREAM = "upstream engine {{ server 127.0.0.1:{port}; keepalive 256; keepalive_requests 1000000000; }}"
PROXY_LOCATION = 'proxy_pass http://engine; proxy_http_version 1.1; proxy_set_header Connection "";'
PLAIN_LOCATION = "proxy_pass http://127.0.0.1:{port};"
"""What `proxy_pass` does when nothing else is said: HTTP/1.0 and a new connection for each request."""

SIXNINES = """\
version: 1
server: {{listen: "127.0.0.1:{port}"}}
providers:
  engine: {{kind: openai-compatible, base_url: "http://127.0.0.1:{upstream_port}"}}
models:
  {model}: {{deployments: [{{provider: engine, model: upstream-model}}]}}
"""


@dataclass(frozen=True, slots=True)
class System:
    """Something that wrk measures.

    Attributes:
        name: in the tables.
        port: where it listens.
        pids: its processes; empty for the upstream by itself, which is no system under test.
        is_right: whether an answer is the one that it must give.
    """

    name: str
    port: int
    pids: tuple[int, ...]
    is_right: Callable[[bytes], bool]


@dataclass(frozen=True, slots=True)
class Stand:
    """Everything that runs while the bench does.

    Attributes:
        systems: the ones that are measured.
        pids: all processes.
        wrk: wrk's command line without the number of connections, the seconds and the URL.
    """

    systems: tuple[System, ...]
    pids: tuple[int, ...]
    wrk: tuple[str, ...]


def main() -> int:
    arguments = _arguments()
    end_on_signals()
    try:
        _require_tools(arguments)
        with tempfile.TemporaryDirectory(prefix="sixnines-bench-") as folder, _stand(Path(folder), arguments) as stand:
            cases = {count: _measure(stand, count, arguments) for count in CASES[arguments.all]}
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    summaries = {count: summarize(rounds, BASELINE) for count, rounds in cases.items()}
    text = "\n".join(_case_text(count, each) for count, each in summaries.items())
    print(text)
    _save(cases, summaries, arguments)
    if any(each.rate is None for summary in summaries.values() for each in summary):
        print("bench: no round counts for at least one system; nothing is written to the README", file=sys.stderr)
        return 1
    if arguments.write_readme:
        README.write_text(replace_block(README.read_text(), "overhead", f"{_conditions(arguments)}\n\n{text}"))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--all", action="store_true", help="1, 16 and 64 connections instead of 16")
    parser.add_argument("--bare", action="store_true", help="also sixnines without its attempt machine (bare.py)")
    parser.add_argument("--rounds", type=int, default=5, help="how often each system is measured (default 5)")
    parser.add_argument("--seconds", type=int, default=4, help="of one round (default 4)")
    parser.add_argument("--core", type=int, default=0, help="of the system under test (default 0)")
    parser.add_argument("--load-core", type=int, default=1, help="of wrk and the upstream (default 1)")
    parser.add_argument(
        "--max-others",
        type=float,
        default=MAX_OTHERS,
        help=f"cores that other processes may use in a round that counts (default {MAX_OTHERS})",
    )
    parser.add_argument("--write-readme", action="store_true", help="put the table into README.md")
    return parser.parse_args()


def _require_tools(arguments: argparse.Namespace) -> None:
    missing = [name for name in ("nginx", "wrk", "taskset") if shutil.which(name) is None]
    if missing:
        raise BenchError(f"{' and '.join(missing)} not found; `make bench` installs them where that is permitted")
    cores = os.sched_getaffinity(0)
    if not {arguments.core, arguments.load_core} <= cores or arguments.core == arguments.load_core:
        raise BenchError(f"two cores are needed, one under test and one for the load; there are {sorted(cores)}")


@contextlib.contextmanager
def _stand(folder: Path, arguments: argparse.Namespace) -> Iterator[Stand]:
    """Upstream, nginx and sixnines, running and answering rightly."""
    tested, load = ("taskset", "-c", str(arguments.core)), ("taskset", "-c", str(arguments.load_core))
    upstream_port, nginx_port, plain_port, sixnines_port = free_port(), free_port(), free_port(), free_port()
    script = folder / "post.lua"
    script.write_text(wrk_script(REQUEST))
    config = folder / "sixnines.yaml"
    config.write_text(SIXNINES.format(port=sixnines_port, upstream_port=upstream_port, model=MODEL))
    with contextlib.ExitStack() as stack:

        def start(command: Sequence[str], name: str, port: int) -> tuple[int, ...]:
            log = folder / f"{name}.log"
            process = stack.enter_context(running(command, log))
            until(lambda: listening(port), process, log)
            return (process.pid, *machine.children(process.pid))

        answering = f"return 200 '{ANSWER}';"
        upstream_conf = _nginx_conf(folder, "upstream", upstream_port, location=answering)
        upstream = start([*load, "nginx", "-p", str(folder), "-c", str(upstream_conf)], "upstream", upstream_port)
        nginx_conf = _nginx_conf(
            folder, "nginx", nginx_port, location=PROXY_LOCATION, upstream=PROXY_UPSTREAM.format(port=upstream_port)
        )
        nginx = start([*tested, "nginx", "-p", str(folder), "-c", str(nginx_conf)], "nginx", nginx_port)
        plain_conf = _nginx_conf(folder, "plain", plain_port, location=PLAIN_LOCATION.format(port=upstream_port))
        plain = start([*tested, "nginx", "-p", str(folder), "-c", str(plain_conf)], "plain", plain_port)
        serve = ("serve", "--config", str(config))
        ours = start([*tested, *sixnines(*serve)], "sixnines", sixnines_port)
        systems = (
            System("direct", upstream_port, (), _is_upstreams),
            System("nginx", nginx_port, nginx, _is_upstreams),
            System("nginx, plain", plain_port, plain, _is_upstreams),
            System(_own_name(), sixnines_port, ours, _is_sixnines),
        )
        if systems[-1].name != INTERPRETED:
            port = free_port()
            command = [*tested, "env", "SIXNINES_COMPILED=0", *sixnines(*serve), "--port", str(port)]
            systems += (System(INTERPRETED, port, start(command, "interpreted", port), _is_sixnines),)
        if arguments.bare:
            port = free_port()
            command = [*tested, sys.executable, str(BARE), *serve, "--port", str(port)]
            systems += (System("bare", port, start(command, "bare", port), _is_sixnines),)
        pids = [pid for system in systems for pid in system.pids]
        yield Stand(systems, (*upstream, *pids), (*load, "wrk", "-t1", "-s", str(script)))


def _own_name() -> str:
    """What `sixnines` runs as here: machine code, if `make compile` has built it from these sources, or interpreted."""
    done = subprocess.run(sixnines("--version"), capture_output=True, text=True, check=True)
    return COMPILED if "(compiled)" in done.stdout else INTERPRETED


def _nginx_conf(folder: Path, name: str, port: int, *, location: str, upstream: str = "") -> Path:
    # As root nginx would change to a user who cannot enter the temporary directory.
    user = "user root;" if os.geteuid() == 0 else ""
    path = folder / f"{name}.conf"
    path.write_text(NGINX.format(folder=folder, name=name, port=port, user=user, location=location, upstream=upstream))
    return path


def _measure(stand: Stand, connections: int, arguments: argparse.Namespace) -> list[Round]:
    """All rounds with this number of connections, turn by turn."""
    for system in stand.systems:
        # Warm: connections, caches, the interpreter's specialisations.
        _round(stand, system, connections, seconds=1, max_others=arguments.max_others)
    rounds: list[Round] = []
    for turn in range(arguments.rounds):
        start = turn % len(stand.systems)
        for system in (*stand.systems[start:], *stand.systems[:start]):
            measured = _round(stand, system, connections, seconds=arguments.seconds, max_others=arguments.max_others)
            rounds.append(measured)
            print(f"{connections:3d} connections, turn {turn + 1}: {_told(measured)}", file=sys.stderr)
    return rounds


def _told(measured: Round) -> str:
    cpu = "" if measured.cpu_us is None else f"{measured.cpu_us:6.1f} us CPU"
    note = f"does not count: {'; '.join(measured.faults)}" if measured.faults else ""
    return f"{measured.system:18s} {measured.rate:8,.0f}/s {cpu:13s}  {note}"


def _round(stand: Stand, system: System, connections: int, *, seconds: int, max_others: float) -> Round:
    size = _checked_size(system)
    before = machine.Usage.now(stand.pids)
    cpu = sum(map(machine.cpu_seconds, system.pids))
    command = [*stand.wrk, f"-c{connections}", f"-d{seconds}s", f"http://127.0.0.1:{system.port}{PATH}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    cpu = sum(map(machine.cpu_seconds, system.pids)) - cpu
    others = machine.Usage.now(stand.pids).others_since(before)
    try:
        result = read_wrk(done.stdout + done.stderr)
    except ValueError as error:
        raise BenchError(str(error)) from None
    found = list(faults(result, answer_size=size, connections=connections))
    if others > max_others:
        found.append(f"others used {others:.2f} cores")
    _checked_size(system)
    measured = Round(system.name, result.rate, result.p50_us, result.p99_us, faults=tuple(found))
    if not system.pids or not result.requests:
        return measured
    return replace(measured, cpu_us=cpu / result.requests * 1e6, busy=cpu / result.seconds)


def _checked_size(system: System) -> int:
    """Bytes of one answer, after a look at what is in it."""
    head = f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1:{system.port}\r\nContent-Type: application/json\r\n"
    answer = exchange(system.port, f"{head}Content-Length: {len(REQUEST)}\r\n\r\n{REQUEST}".encode())
    if not system.is_right(answer):
        raise BenchError(f"{system.name} gave a wrong answer:\n{answer.decode(errors='replace') or 'none'}")
    return len(answer)


def _is_upstreams(answer: bytes) -> bool:
    head, _, body = answer.partition(b"\r\n\r\n")
    return head.startswith(b"HTTP/1.1 200 ") and body == ANSWER.encode()


def _is_sixnines(answer: bytes) -> bool:
    """The upstream's answer under the name that was asked for, and a head that says who gave it."""
    head, _, body = answer.partition(b"\r\n\r\n")
    expected = {**json.loads(ANSWER), "model": MODEL}
    return (
        head.startswith(b"HTTP/1.1 200 ") and b"\r\nx-sixnines-provider: engine\r\n" in head + b"\r\n"
    ) and json.loads(body) == expected


def _case_text(connections: int, summaries: Sequence[Summary]) -> str:
    plural = "connection" if connections == 1 else "connections"
    text = f"{connections} {plural}:\n\n{overhead_table(summaries, BASELINE)}"
    idle = [each.system for each in summaries if each.busy is not None and each.busy < SATURATED]
    if idle:
        text += f"\nThe core was not filled by {' and '.join(idle)}: the rates there are lower bounds.\n"
    return text


def _conditions(arguments: argparse.Namespace) -> str:
    """What the figures were measured on, in one sentence."""
    found = machine.described()
    python = machine.interpreter()
    built = "with" if python["built_with_pgo"] else "without"
    return (
        f"Measured on {found['date']} at revision {found['revision']}: {found['cpu']}, one core for the system under "
        f"test, one for wrk and the upstream; Python {python['version']} built {built} PGO, {found['nginx']}; "
        f"{arguments.rounds} rounds of {arguments.seconds} s in rotating order, medians. "
        f"A request of {len(REQUEST)} bytes, an answer of {len(ANSWER)}, not streamed. `make bench` repeats it."
    )


def _save(cases: dict[int, list[Round]], summaries: dict[int, list[Summary]], arguments: argparse.Namespace) -> None:
    document = {
        "command": "python bench/overhead.py " + " ".join(sys.argv[1:]),
        "machine": machine.described(),
        "request_bytes": len(REQUEST),
        "answer_bytes": len(ANSWER),
        "seconds": arguments.seconds,
        "max_others_cores": arguments.max_others,
        "cases": [
            {
                "connections": count,
                "summaries": [asdict(each) for each in summaries[count]],
                "rounds": [asdict(each) for each in rounds],
            }
            for count, rounds in cases.items()
        ],
    }
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(main())
