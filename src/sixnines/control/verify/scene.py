"""What checks look at: a gateway, its config, what may be asked and what may be spent. The one way to ask a model.

Never asks a provider that config calls optional and that is down, and never one whose answer could cost more than may
be spent: not even by way of a fallback.
"""

import random
from collections import Counter
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field

import msgspec

from sixnines.clock import Clock
from sixnines.config.document import Document
from sixnines.config.snapshot import DeploymentSpec, Expose, ProviderSpec, Snapshot
from sixnines.control.verify.answer import Answer
from sixnines.control.verify.cost import Budget, Charge, charge_of, dollars, most
from sixnines.control.verify.place import Place, only_embeds
from sixnines.control.verify.port import Asked, Door, Key, Lookup, Port
from sixnines.control.verify.reading import Usage
from sixnines.control.verify.verdict import NotAsked, Unsettled, expect
from sixnines.routing.candidate import price_of

CHAT = "/v1/chat/completions"
EMBEDDINGS = "/v1/embeddings"
SPENT: ContextVar[list[float]] = ContextVar("SPENT")
"""Micro-dollars that the running check has spent so far."""

_OK = 200
# Who cannot be reached is down; the other codes say that somebody is there.
_NOT_NOW = frozenset({429, 503})
# Whoever says that is there, takes the key, and may well do what is asked of it at another time.
_HINDERED = frozenset({"rate_limit_exceeded", "overloaded", "model_loading"})
_NOT_THERE = frozenset({"provider_unreachable"})
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Options:
    """How thorough a run is.

    Attributes:
        samples: answers of each provider that are timed.
        answer_s: how long one answer may take.
    """

    samples: int = 5
    answer_s: float = 120.0


class _Billed(msgspec.Struct):
    usage: Usage | None = None


@dataclass(slots=True)
class Scene:
    """One run.

    Attributes:
        snapshot, document: the config.
        port: the gateway.
        lookup: the providers themselves; None where they cannot be asked from here.
        budget: what may be spent.
        clock, rng: the time, and what makes prompts unlike each other.
        options: how thorough it is.
        down: optional providers that are down, and why.
        counters: samples of the metrics page before the first request.
        answered: requests that were answered, by the model or route that their name meant.
    """

    snapshot: Snapshot
    document: Document
    port: Port
    lookup: Lookup | None
    budget: Budget
    clock: Clock
    rng: random.Random
    options: Options = Options()
    down: dict[str, str] = field(default_factory=dict)
    counters: dict[str, float] = field(default_factory=dict)
    answered: Counter[str] = field(default_factory=Counter)

    # What there is.

    def places(self) -> Iterator[Place]:
        """Every deployment of every model, in the order of the config."""
        for model in self.snapshot.models.values():
            for deployment in model.deployments:
                yield Place(model, deployment)

    def representatives(self) -> Iterator[tuple[ProviderSpec, Place | None]]:
        """Each provider with one place where it answers chats: one that can be asked, if there is any."""
        chatting: dict[str, list[Place]] = {}
        for place in self.places():
            if not only_embeds(place):
                chatting.setdefault(place.provider, []).append(place)
        for name, spec in self.snapshot.providers.items():
            found = chatting.get(name, [])
            able = [each for each in found if self.obstacle(each.deployment) is None]
            yield spec, next(iter(able or found), None)

    def obstacle(self, deployment: DeploymentSpec) -> str | None:
        """Why a deployment is not asked, in a few words; None if it can be."""
        down = self.down.get(deployment.provider.name)
        if down is not None:
            return f"optional: {deployment.provider.name} {down}"
        match charge_of(deployment, self.document):
            case Charge.FREE:
                return None
            case Charge.UNKNOWN:
                return f"what {deployment.provider.name} costs is not in the config (`price`; 0 for a flat plan)"
            case Charge.PRICED:
                bound = self._bound(deployment, b" " * 200, 16)
                if bound <= self.budget.left_micros:
                    return None
                return f"{deployment.provider.name} costs money, and {dollars(self.budget.left_micros)} may be spent"

    def free(self, deployment: DeploymentSpec) -> bool:
        """Asking it costs nothing."""
        return charge_of(deployment, self.document) is Charge.FREE

    # What is asked.

    async def ask(self, asked: Asked) -> Answer:
        """Ask for something that is no model call.

        Raises:
            NotAsked: it is to be asked where callers come in, and that is not known here.
        """
        if asked.door is Door.FRONT and not self.port.has_front:
            raise NotAsked("the address for callers is not known")
        return await self.port.ask(asked)

    async def pinned(
        self, name: str, place: Place, body: dict[str, object], *, path: str = CHAT, quality: str | None = None
    ) -> Answer:
        """Ask for the model `name` and have the deployment of `place` answer, and nobody else. Whatever it answers.

        Args:
            name: the model that is asked for.
            place: who is to answer, and as which model.
            body: without the model.
            path: of the endpoint.
            quality: counts tiers from there, where the model lets nobody answer who is further down.

        Raises:
            NotAsked: it may not be asked.
            CheckFailed: no answer came.
        """
        deployment = place.deployment
        obstacle = self.obstacle(deployment) or self._secrecy()
        if obstacle is not None:
            raise NotAsked(obstacle)
        content = _encode({"model": name, **body})
        limit = body.get("max_tokens")
        bound = self._bound(deployment, content, limit if isinstance(limit, int) else 0)
        if not self.budget.hold(bound):
            raise NotAsked(f"this could cost {dollars(bound)}, and {dollars(self.budget.left_micros)} may be spent")
        headers = [("x-sixnines-candidate", deployment.id), *_LATER]
        if quality is not None:
            headers.append(("x-sixnines-quality", quality))
        spent = bound
        try:
            answer = await self._post(path, content, headers, self.knowing)
            spent = self._spent(deployment, answer, bound)
        finally:
            self.budget.settle(bound, spent)
            SPENT.get().append(spent)
        told = answer.error() if answer.status != _OK else None
        if deployment.provider.optional and told is not None and told.code in _NOT_THERE:
            self.down[place.provider] = "cannot be reached"
            raise NotAsked(f"optional: {place.provider} cannot be reached")
        self._note(name, answer)
        return answer

    async def answers(
        self, name: str, place: Place, body: dict[str, object], *, path: str = CHAT, quality: str | None = None
    ) -> Answer:
        """The same, and the answer must be one, and of who was asked.

        Raises:
            NotAsked: see `pinned`.
            CheckFailed: it is an error, or somebody else gave it.
            Unsettled: whoever was asked has too much to do, or is loading.
        """
        answer = await self.pinned(name, place, body, path=path, quality=quality)
        check_answered(answer)
        expect(answer.provider == place.provider, f"answered by {answer.provider}, and {place.provider} was asked")
        expect(answer.model == place.model.name, f"answered as {answer.model}, and {place.model.name} was expected")
        attempts = answer.headers.get("x-sixnines-attempts")
        expect(attempts == "1", f"answered after {attempts} attempts: nothing but one was asked for")
        return answer

    async def free_of_charge(self, name: str, body: dict[str, object]) -> Answer:
        """Ask for `name` as callers do, but nobody who could send a bill, whatever fails.

        Raises:
            NotAsked: no key of a caller is known.
            CheckFailed: no answer came.
        """
        secrecy = self._secrecy() if self.knowing is Key.OWN else None
        if secrecy is not None:
            raise NotAsked(secrecy)
        denied = sorted({each.provider for each in self.places() if not self.free(each.deployment)})
        headers = [*_LATER, ("x-sixnines-deny", ",".join(denied))] if denied else [*_LATER]
        answer = await self._post(CHAT, _encode({"model": name, **body}), headers, Key.OWN)
        self._note(name, answer)
        return answer

    @property
    def knowing(self) -> Key:
        """The key of somebody who may ask by the names of deployments."""
        return Key.OWN if self.snapshot.server.expose is Expose.TRAIL else Key.ADMIN

    def _secrecy(self) -> str | None:
        """Why nobody can be asked, or not by name, if that is so."""
        port = self.port
        if self.snapshot.server.key_digests and not (port.is_owner or port.has_key):
            return "callers need a key, and none is known here (--key)"
        if self.knowing is Key.OWN or port.is_owner or port.has_admin_key:
            return None
        return (
            "config keeps names from callers (`server.expose: minimal`), and no admin key is known here (--admin-key)"
        )

    async def _post(self, path: str, content: bytes, headers: list[tuple[str, str]], key: Key) -> Answer:
        return await self.port.ask(Asked("POST", path, content, tuple(headers), key, timeout_s=self.options.answer_s))

    def _note(self, name: str, answer: Answer) -> None:
        meant = self.snapshot.resolve(name)
        if answer.status == _OK and meant is not None:
            self.answered[meant.name] += 1

    def _bound(self, deployment: DeploymentSpec, content: bytes, max_tokens: int) -> float:
        price = price_of(deployment)
        return 0.0 if price is None else most(price, content, max_tokens)

    def _spent(self, deployment: DeploymentSpec, answer: Answer, bound: float) -> float:
        """What an answer cost. One without a count of tokens is taken for as dear as it may have been."""
        price = price_of(deployment)
        if price is None or answer.status != _OK:
            return 0.0
        usage = _usage_in(answer.body)
        return bound if usage is None else price.of(usage.prompt_tokens, usage.completion_tokens)


_LATER = (("x-sixnines-priority", "low"),)
"""Callers go first."""


def hello(**more: object) -> dict[str, object]:
    """The body of a chat with a short answer."""
    return {"messages": [{"role": "user", "content": "Say hello in a few words."}], "max_tokens": 16, **more}


def _usage_in(body: bytes) -> Usage | None:
    """The last count of tokens in an answer, whole or streamed."""
    for line in reversed(body.split(b"\n")):
        data = line.removeprefix(b"data:").strip()
        if b'"usage"' in data:
            try:
                found = msgspec.json.decode(data, type=_Billed).usage
            except (msgspec.MsgspecError, RecursionError):
                continue
            if found is not None:
                return found
    return None


def check_answered(answer: Answer) -> None:
    """It is an answer.

    Raises:
        Unsettled: whoever was asked has too much to do, or is loading.
        CheckFailed: it is another error.
    """
    told = answer.error()
    if answer.status in _NOT_NOW and told is not None and told.code in _HINDERED:
        raise Unsettled(answer.summary())
    expect(answer.status == _OK, answer.summary())
