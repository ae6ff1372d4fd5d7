"""Who belongs together: a number for each conversation, the same for all of its requests. Pure.

Never keeps or shows what it reads: the number is a hash.
"""

import functools
import hashlib
import math

import msgspec

from sixnines.domain.operation import Operation
from sixnines.routing.ask import Ask

# What is alike in two prompts beyond this is worth less to a cache than what is different in front of it.
_LONGEST_PREFIX = 64 * 1024
# Of a completion's prompt: shorter, and instructions before every prompt would send all of them to one place.
_PROMPT_BYTES = 1024
_USER = "user"
_BITS = 64
_MASK = (1 << _BITS) - 1


class _Role(msgspec.Struct):
    role: str = ""


class _Body(msgspec.Struct):
    user: str | None = None
    messages: list[msgspec.Raw] = []
    prompt: msgspec.Raw = msgspec.Raw(b"")


_decode_body = msgspec.json.Decoder(_Body).decode
_decode_role = msgspec.json.Decoder(_Role).decode


def key(ask: Ask) -> int | None:
    """The number of the conversation that `ask` belongs to.

    By the first that there is: the session header; the field `user`; the beginning of the prompt up to the first
    message of the user, which later requests of a conversation repeat. None where there is nothing of that.
    """
    if ask.wishes.session:
        return _number(b"session", ask.wishes.session.encode())
    call = ask.call
    if call is None or call.operation is Operation.EMBEDDING:
        return None
    try:
        body = _decode_body(call.body)
    except (msgspec.MsgspecError, RecursionError):
        return None  # a field of another type: what the engine says of it is none of routing's business
    if body.user:
        return _number(b"user", body.user.encode())
    prefix = _first_words(body.messages) if body.messages else bytes(body.prompt)[:_PROMPT_BYTES]
    return _number(b"prompt", prefix) if prefix else None


def _first_words(messages: list[msgspec.Raw]) -> bytes:
    """The messages up to the first of the user, as they came."""
    found: list[bytes] = []
    for message in messages:
        found.append(bytes(message))
        try:
            if _decode_role(message).role == _USER:
                break
        except msgspec.MsgspecError:
            break
    return b"".join(found)[:_LONGEST_PREFIX]


def _number(what: bytes, text: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(text, digest_size=8, person=what).digest(), "big")


@functools.lru_cache(maxsize=65_536)  # config says how many there are
def place(name: str) -> int:
    """The number of an option."""
    return _number(b"option", name.encode())


def rendezvous(conversation: int, option: int, weight: int) -> float:
    """How far an option is from a conversation: the nearest gets it.

    Weighted rendezvous hashing (Schindler and Lüling; "Weighted distributed hash tables", 2005): each option gets a
    share of the conversations in proportion to its weight, and when one goes only its own conversations move.
    """
    if not weight:
        return math.inf
    mixed = (conversation ^ option) * 0xBF58476D1CE4E5B9 & _MASK  # the finaliser of splitmix64
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB & _MASK
    mixed ^= mixed >> 31
    return -math.log((mixed + 1) / (_MASK + 2)) / weight
