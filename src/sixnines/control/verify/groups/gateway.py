"""Checks of the gateway itself: is it up, does it serve this config, does it refuse what is wrong."""

from collections.abc import Iterator
from http import HTTPStatus

from sixnines.control.verify.answer import Answer
from sixnines.control.verify.interface import Check, Group
from sixnines.control.verify.port import Asked, Door, Key
from sixnines.control.verify.scene import CHAT, Scene, hello
from sixnines.control.verify.verdict import NotAsked, Seen, expect

_ORIGIN = "https://sixnines-verify.invalid"  # RFC 6761, section 6.4: nobody has such a name


def checks(scene: Scene) -> Iterator[Check]:
    """All of them."""
    gateway = _Gateway(scene)
    yield Check("", "it is alive", gateway.live)
    yield Check("", "it is ready", gateway.ready)
    yield Check("", "it serves this config", gateway.digest)
    yield Check("", "it lists the models and routes of the config", gateway.lists)
    yield Check("", "an unknown model is a 404 that names the nearest", gateway.unknown_model)
    yield Check("", "an unknown path is a 404", gateway.unknown_path)
    yield Check("", "a wrong method is a 405 that says which there are", gateway.wrong_method)
    yield Check("", "a body that is no JSON is a 400", gateway.bad_json)
    yield Check("", "a body without messages is a 400 that says so", gateway.no_messages)
    yield Check("", "a candidate that there is not is a 400 that says which there are", gateway.unknown_candidate)
    yield Check("", "every answer has a request id of its own", gateway.request_ids)
    yield Check("", "pages of other origins may read answers only as configured", gateway.cors)


class _Gateway:
    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    async def live(self) -> Seen:
        answer = await self._get("/health/live")
        expect(answer.status == HTTPStatus.OK, answer.summary())
        expect(answer.document() == {"status": "live"}, f"it says {answer.excerpt()}")
        return Seen()

    async def ready(self) -> Seen:
        answer = await self._get("/health/ready")
        expect(answer.status == HTTPStatus.OK, answer.summary())
        expect(_member(answer, "status") == "ready", f"it says {answer.excerpt()}")
        return Seen()

    async def digest(self) -> Seen:
        answer = await self._get("/health/ready")
        found, wanted = str(_member(answer, "config")), self._scene.snapshot.digest
        expect(found == wanted, f"it serves sha256 {found[:12]}, and this config is {wanted[:12]}")
        return Seen(f"sha256 {found[:12]}")

    async def lists(self) -> Seen:
        answer = await self._get("/v1/models")
        expect(answer.status == HTTPStatus.OK, answer.summary())
        data = _member(answer, "data")
        expect(isinstance(data, list), "there is no list in the answer")
        found = [str(each.get("id")) for each in data if isinstance(each, dict)] if isinstance(data, list) else []
        wanted = [*self._scene.snapshot.models, *self._scene.snapshot.routes]
        missing, more = [each for each in wanted if each not in found], [each for each in found if each not in wanted]
        expect(not missing, f"not listed: {', '.join(missing)}")
        expect(not more, f"listed, and not in the config: {', '.join(more)}")
        return Seen(f"{len(found)} names")

    async def unknown_model(self) -> Seen:
        snapshot = self._scene.snapshot
        if snapshot.default_model is not None:
            raise NotAsked(f"default_model answers for every name (it means {snapshot.default_model})")
        names = [f"{each}-x" for each in (*snapshot.models, *snapshot.routes)]
        name = next((each for each in names if snapshot.meaning(each) is None), None)
        if name is None:
            raise NotAsked("patterns answer for every name that was tried")
        answer = await self._post({**hello(), "model": name})
        _refused(answer, 404, "model_not_found")
        wanted = snapshot.unknown(name).message
        told = answer.error()
        expect(told is not None and told.message == wanted, f"it says: {answer.summary()}")
        return Seen(wanted)

    async def unknown_path(self) -> Seen:
        answer = await self._get("/v1/no-such-path")
        _refused(answer, 404, "unknown_url")
        return Seen()

    async def wrong_method(self) -> Seen:
        answer = await self._scene.ask(Asked("DELETE", CHAT))
        _refused(answer, 405, "method_not_allowed")
        expect("POST" in answer.headers.get("allow", ""), "there is no Allow header with POST in it")
        return Seen()

    async def bad_json(self) -> Seen:
        answer = await self._scene.ask(Asked("POST", CHAT, b'{"model": '))
        expect(answer.status == HTTPStatus.BAD_REQUEST and answer.error() is not None, answer.summary())
        return Seen()

    async def no_messages(self) -> Seen:
        answer = await self._post({"model": self._some_name()})
        told = answer.error()
        expect(answer.status == HTTPStatus.BAD_REQUEST and told is not None, answer.summary())
        expect(told is not None and told.param == "messages", f"it does not name `messages`: {answer.summary()}")
        return Seen()

    async def unknown_candidate(self) -> Seen:
        headers = (("x-sixnines-candidate", "no/such"),)
        body = {**hello(), "model": self._some_name()}
        answer = await self._scene.ask(Asked("POST", CHAT, body, headers, self._scene.knowing))
        if answer.status == HTTPStatus.FORBIDDEN and self._scene.knowing is Key.ADMIN:
            raise NotAsked("config keeps names from callers, and no admin key is known here")
        _refused(answer, 400, "invalid_candidate")
        return Seen()

    async def request_ids(self) -> Seen:
        answers = [await self._get("/health/live"), await self._get("/v1/no-such-path"), await self._post({})]
        ids = [each.headers.get("x-sixnines-request-id") for each in answers]
        expect(all(ids), "an answer without x-sixnines-request-id")
        expect(len({*ids}) == len(ids), "two answers with the same x-sixnines-request-id")
        return Seen()

    async def cors(self) -> Seen:
        origins = self._scene.snapshot.server.cors_origins
        strange = await self._origin(_ORIGIN)
        if "*" in origins:
            expect(strange == "*", "config allows all origins, and the answer does not")
            return Seen("any origin, as configured")
        expect(strange is None, f"a page of any origin may read answers ({strange})")
        for origin in sorted(origins)[:1]:
            allowed = await self._origin(origin)
            expect(allowed == origin, f"config allows {origin}, and the answer does not")
        return Seen(f"{len(origins)} origins" if origins else "off")

    async def _origin(self, origin: str) -> str | None:
        """The origin that an answer to a page of `origin` allows to read it."""
        asked = Asked("GET", "/health/live", headers=(("origin", origin),), door=Door.FRONT)
        return (await self._scene.ask(asked)).headers.get("access-control-allow-origin")

    def _some_name(self) -> str:
        name = next(iter(self._scene.snapshot.models), None)
        if name is None:
            raise NotAsked("there is no model in the config")
        return name

    async def _get(self, path: str) -> Answer:
        return await self._scene.ask(Asked("GET", path))

    async def _post(self, body: object) -> Answer:
        return await self._scene.ask(Asked("POST", CHAT, body))


def _member(answer: Answer, name: str) -> object:
    document = answer.document()
    return document.get(name) if isinstance(document, dict) else None


def _refused(answer: Answer, status: int, code: str) -> None:
    told = answer.error()
    expect(
        answer.status == status and told is not None and told.code == code, f"not a {status} {code}: {answer.summary()}"
    )


GROUP = Group("gateway", "The gateway is up, serves this config, and refuses what is wrong.", checks)
