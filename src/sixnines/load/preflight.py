"""One question before the load: is the endpoint there, does it take the key, which model is there to ask?

Never asks for a token, and never counts in what is measured.
"""

import asyncio
from typing import Final

import msgspec

from sixnines.load.asking import Endpoint
from sixnines.load.judging import shortened
from sixnines.transport.interface import Exchange, Patience, Phase, Transport, TransportError

_PATIENCE_S: Final = 10.0
_LARGEST: Final = 16 * 1024 * 1024
_HTTP_OK: Final = 200
_REFUSED_KEY: Final = frozenset({401, 403})


class PreflightError(Exception):
    """There is nobody to put load on. The message says why and what to do."""


class _Model(msgspec.Struct):
    id: str


class _Models(msgspec.Struct):
    data: list[_Model] = []


async def ask_for_model(transport: Transport, endpoint: Endpoint, model: str | None) -> str:
    """The model to ask: `model`, or the first that the endpoint lists.

    An endpoint that lists none is fine when a model is given.

    Raises:
        PreflightError: nobody is there, the key is refused, or there is no model to ask.
    """
    try:
        status, body = await _ask(transport, endpoint)
    except TransportError as error:
        raise PreflightError(
            f"nothing can be measured at {endpoint.url}: {error.reason}. Is it running? --url names another address"
        ) from None
    if status in _REFUSED_KEY:
        what = "refuses the key" if endpoint.key is not None else "wants a key: give it with --key env:NAME"
        raise PreflightError(f"{endpoint.url} {what} (HTTP {status})")
    if model is not None:
        return model
    if status != _HTTP_OK:
        raise PreflightError(f"{endpoint.url}/v1/models answers HTTP {status}; name a model with --model")
    try:
        listed = msgspec.json.decode(body, type=_Models).data
    except msgspec.DecodeError:
        raise PreflightError(
            f"{endpoint.url}/v1/models is no list of models ({shortened(body)}); is this an OpenAI-compatible endpoint?"
        ) from None
    if not listed:
        raise PreflightError(f"{endpoint.url}/v1/models is empty; name a model with --model")
    return listed[0].id


async def _ask(transport: Transport, endpoint: Endpoint) -> tuple[int, bytes]:
    until = asyncio.get_running_loop().time() + _PATIENCE_S
    exchange: Exchange | None = None
    try:
        exchange = await transport.send(endpoint.origin, endpoint.get("/v1/models"), b"", Patience(_PATIENCE_S, until))
        exchange.expire_at(until, Phase.BODY)
        return exchange.status, await exchange.read_all(_LARGEST)
    finally:
        if exchange is not None:
            exchange.abort()
