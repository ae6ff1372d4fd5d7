"""What one core, one machine and ten replicas hold, by simulation from measured costs: `make bench-scale`.

Nothing here measures: the costs are arguments, as `make bench`, `bench-guard` and `bench-startup` print them. One event
loop is a server that takes requests one after the other; arrivals are random (Poisson), so that the wait follows from
how busy it is. The simulation is seeded and prints the same every time.
"""

import argparse
import heapq
import random
import statistics
import sys

from report import table

_SEED = 7
_ARRIVALS = 200_000
# A chunk of a stream, at the pace of a quick model.
_TOKENS_PER_S = 50


def waits_us(rate: float, service_us: float) -> tuple[float, float]:
    """Median and 99th percentile of the microseconds that a request waits for the loop, at `rate` requests a second."""
    chance = random.Random(_SEED)
    free_at = now = 0.0
    waits: list[float] = []
    for _ in range(_ARRIVALS):
        now += chance.expovariate(rate) * 1e6
        waits.append(max(0.0, free_at - now))
        free_at = max(free_at, now) + service_us
    waits.sort()
    return statistics.median(waits), waits[len(waits) * 99 // 100]


def unnoticed_failures(replicas: int, rate: float, *, failures: int, known_after_s: float) -> int:
    """Attempts that go to an engine that has died, until every replica leaves it alone.

    Each replica learns by itself: from `failures` of its own requests, or from its own probe, whichever comes first.

    Args:
        replicas: gateways in front of the engine.
        rate: requests a second for the engine, over all replicas.
        failures: that open a breaker.
        known_after_s: the longest time until a probe tells.
    """
    chance = random.Random(_SEED)
    events = [(chance.expovariate(rate / replicas), replica) for replica in range(replicas)]
    probes = [chance.uniform(0, known_after_s) for _ in range(replicas)]
    heapq.heapify(events)
    seen = [0] * replicas
    while events:
        at, replica = heapq.heappop(events)
        if at >= probes[replica]:
            continue
        seen[replica] += 1
        if seen[replica] < failures:
            heapq.heappush(events, (at + chance.expovariate(rate / replicas), replica))
    return sum(seen)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--request-us", type=float, required=True, help="CPU of a request, as `make bench` prints it")
    parser.add_argument("--chunk-us", type=float, required=True, help="CPU of a chunk of a stream, likewise")
    parser.add_argument(
        "--stream-kb", type=float, default=16.0, help="memory of an open stream, as bench-guard prints it"
    )
    options = parser.parse_args()
    most = 1e6 / options.request_us
    rows = []
    for busy in (0.25, 0.5, 0.7, 0.8, 0.9, 0.95):
        median, worst = waits_us(most * busy, options.request_us)
        rows.append((f"{busy:.0%}", f"{most * busy:,.0f}/s", f"{median / 1000:.3f} ms", f"{worst / 1000:.3f} ms"))
    print(f"One core, {options.request_us:g} us a request: {most:,.0f} requests a second at the most.\n")
    print(table(("busy", "requests", "median wait", "p99 wait"), rows))
    streams = 1e6 / (options.chunk_us * _TOKENS_PER_S)
    memory = streams * options.stream_kb / 1024
    pace = f"{options.chunk_us:g} us a chunk, {_TOKENS_PER_S} tokens/s"
    print(f"\nOne core, {pace}: {streams:,.0f} streams, {memory:,.0f} MB.\n")
    rows = []
    for replicas in (1, 2, 4, 10):
        lost = unnoticed_failures(replicas, 500.0, failures=5, known_after_s=15.0)
        rows.append((str(replicas), f"{most * replicas:,.0f}/s", f"{streams * replicas:,.0f}", str(lost)))
    head = ("processes", "requests at the most", "streams at the most", "attempts on an engine that died")
    print(table(head, rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
