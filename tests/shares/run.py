"""Sends requests through the real gateway to stand-in engines and counts who answered."""

import asyncio
import itertools
import json
from collections import Counter
from contextlib import AsyncExitStack

from shares.cases import Asking, Case
from support.lab import Lab

ENGINES = ("a", "b", "c")
_HEADER = b"x-sixnines-provider: "


def measured(case: Case, requests: int) -> Counter[str]:
    """Who answered how many of so many requests.

    Raises:
        AssertionError: an answer was no 200.
    """
    with Lab() as lab:
        engines = {
            name: lab.engine(
                "openai", {"default": {"text": "hello", "first_token_s": case.delays_ms.get(name, 0) / 1000}}
            )
            for name in ENGINES
        }
        providers = "".join(
            f'  {name}: {{kind: openai-compatible, base_url: "{each.base_url}"}}\n' for name, each in engines.items()
        )
        lab.serve(f"providers:\n{providers}{case.config}")
        counts = asyncio.run(_ask(lab.address, case, requests))
        assert counts == Counter({name: each.total for name, each in engines.items() if each.total})
        return counts


async def _ask(address: tuple[str, int], case: Case, requests: int) -> Counter[str]:
    counts: Counter[str] = Counter()
    numbers = itertools.count()

    async def caller() -> None:
        async with AsyncExitStack() as stack:
            reader, writer = await asyncio.open_connection(*address)
            stack.callback(writer.close)
            while (number := next(numbers)) < requests:
                writer.write(_request(case.asking(number)))
                counts[await _provider(reader)] += 1

    await asyncio.gather(*(caller() for _ in range(case.at_once)))
    return counts


def _request(asking: Asking) -> bytes:
    body = {
        "model": "m",
        "messages": [{"role": "user", "content": asking.text}],
        "max_tokens": asking.max_tokens,
    }
    content = json.dumps(body).encode()
    headers = "".join(f"{name}: {value}\r\n" for name, value in asking.headers.items())
    head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: gateway\r\n{headers}content-length: {len(content)}\r\n\r\n"
    return head.encode() + content


async def _provider(reader: asyncio.StreamReader) -> str:
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 "), head
    length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length: "))
    await reader.readexactly(int(length.split(b": ")[1]))
    at = head.index(_HEADER) + len(_HEADER)
    return head[at : head.index(b"\r\n", at)].decode()
