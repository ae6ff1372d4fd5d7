"""Measures each provider: time to first content and pace of streams. Nothing else is asked meanwhile.

No two prompts begin alike, so that no cache of prompts helps. Fails only where answers fail: what is too slow is for
people to say.
"""

from collections.abc import Iterator

from sixnines.config.snapshot import ProviderSpec
from sixnines.control.percentile import spread
from sixnines.control.verify.interface import Check, Group
from sixnines.control.verify.place import Place
from sixnines.control.verify.reading import Streamed, streamed
from sixnines.control.verify.scene import Scene
from sixnines.control.verify.verdict import NotAsked, Seen

_TOKENS = 32


def checks(scene: Scene) -> Iterator[Check]:
    """One for each provider."""
    for spec, place in scene.representatives():
        yield Check(
            spec.name,
            f"its streams are measured ({scene.options.samples})",
            _Measured(scene, spec, place).measure,
            alone=True,
        )


class _Measured:
    def __init__(self, scene: Scene, spec: ProviderSpec, place: Place | None) -> None:
        self._scene = scene
        self._spec = spec
        self._place = place

    async def measure(self) -> Seen:
        place = self._place
        if place is None:
            raise NotAsked("no model that chats names it")
        streams = [await self._stream(place) for _ in range(self._scene.options.samples)]
        first = spread([each.first_s for each in streams], higher_is_better=False)
        measured = {"samples": float(len(streams)), "ttfb_p50_s": first.p50, "ttfb_p95_s": first.p95}
        detail = f"first content after {first.p50 * 1000:.0f} ms (P95 {first.p95 * 1000:.0f} ms)"
        rates = [rate for each in streams if (rate := each.tokens_per_s) is not None]
        if rates:
            pace = spread(rates, higher_is_better=True)
            measured |= {"tokens_per_s_p50": pace.p50, "tokens_per_s_p95": pace.p95}
            detail += f"; {pace.p50:.0f} tokens/s (P95 {pace.p95:.0f})"
        return Seen(detail, place.provider, measured)

    async def _stream(self, place: Place) -> Streamed:
        nonce = f"{self._scene.rng.getrandbits(64):016x}"
        text = f"{nonce} is a number that you may forget. Tell me a little about the sea."
        body: dict[str, object] = {
            "messages": [{"role": "user", "content": text}],
            "max_tokens": _TOKENS,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        return streamed(await self._scene.answers(place.model.name, place, body))


GROUP = Group("latency", "Time to first content and pace of each provider, measured.", checks)
