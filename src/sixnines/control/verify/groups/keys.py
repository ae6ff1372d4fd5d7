"""Checks of who is let in: keys of callers, the admin's, and pages of foreign hosts. Always where callers come in."""

from collections.abc import Iterator
from http import HTTPStatus

from sixnines.control.verify.answer import Answer
from sixnines.control.verify.interface import Check, Group
from sixnines.control.verify.port import Asked, Door, Key
from sixnines.control.verify.scene import Scene
from sixnines.control.verify.verdict import NotAsked, Seen, expect

_LIST = "/v1/models"
_ADMIN = "/admin/v1/providers"
_WRONG = (("authorization", "Bearer sixnines-verify-no-such-key"),)


def checks(scene: Scene) -> Iterator[Check]:
    """All of them."""
    keys = _Keys(scene)
    yield Check("", "a caller without a key is refused", keys.none)
    yield Check("", "a caller with a wrong key is refused", keys.wrong)
    yield Check("", "a caller with a key is let in", keys.right)
    yield Check("", "admin paths need the admin key", keys.admin)
    yield Check("", "admin paths refuse the key of a caller", keys.admin_caller)
    yield Check("", "admin paths refuse pages of other sites", keys.foreign)


class _Keys:
    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._server = scene.snapshot.server

    async def none(self) -> Seen:
        self._only_with_keys()
        return _refused(await self._get(_LIST, Key.NONE), 401)

    async def wrong(self) -> Seen:
        self._only_with_keys()
        return _refused(await self._get(_LIST, Key.NONE, _WRONG), 401)

    async def right(self) -> Seen:
        if self._server.key_digests and not self._scene.port.has_key:
            raise NotAsked("no key is known here; give one with --key")
        answer = await self._get(_LIST, Key.OWN)
        expect(answer.status == HTTPStatus.OK, answer.summary())
        return Seen("" if self._server.key_digests else "none is configured, and none is needed")

    async def admin(self) -> Seen:
        if self._server.admin_key_digest is None:
            raise NotAsked("no admin key is configured")
        _refused(await self._get(_ADMIN, Key.NONE), 401)
        if not self._scene.port.has_admin_key:
            return Seen("refused without it; with it nothing was asked: none is known here (--admin-key)")
        answer = await self._get(_ADMIN, Key.ADMIN)
        expect(answer.status == HTTPStatus.OK, answer.summary())
        return Seen()

    async def admin_caller(self) -> Seen:
        if self._server.admin_key_digest is None:
            raise NotAsked("no admin key is configured")
        answer = await self._get(_ADMIN, Key.CALLER)
        if answer.status == HTTPStatus.UNAUTHORIZED:
            raise NotAsked("no key of a caller is known here; give one with --key")
        return _refused(answer, 403)

    async def foreign(self) -> Seen:
        headers = (("sec-fetch-site", "cross-site"), ("origin", "https://sixnines-verify.invalid"))
        return _refused(await self._get(_ADMIN, Key.ADMIN, headers), 403)

    def _only_with_keys(self) -> None:
        if not self._server.key_digests:
            raise NotAsked("no keys are configured")

    async def _get(self, path: str, key: Key, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
        return await self._scene.ask(Asked("GET", path, headers=headers, key=key, door=Door.FRONT))


def _refused(answer: Answer, status: int) -> Seen:
    expect(answer.status == status and answer.error() is not None, f"not a {status}: {answer.summary()}")
    return Seen()


GROUP = Group("keys", "Who may come in does, and nobody else.", checks)
