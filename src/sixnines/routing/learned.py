"""All that strategies have learned, by the names of places: it outlives configs and, written to a file, the process.

Pure: it is told outcomes, and turned into bytes and back; it reads no file and no clock. Bounded: by what the config
names, and what it named a week ago at the longest.
"""

from collections.abc import Collection, Iterator, Mapping

import msgspec

from sixnines.config.snapshot import Snapshot
from sixnines.domain.reward import LearningSettings, speed, thrift
from sixnines.routing.buckets import buckets
from sixnines.routing.evidence import faded
from sixnines.routing.place import Place, Tally

# Who takes something out of a config for the weekend finds it learned on Monday.
KEPT_S = 7 * 86_400.0
# Names that came and went: beyond so many, the ones that went first are forgotten before their week is over.
_MOST_GONE = 1000


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """An answer: how long its caller waited for it to begin, and what it cost in micro-dollars, where that is known."""

    wait_s: float
    cost_micros: float | None


class Credit(msgspec.Struct, frozen=True, gc=False):
    """One choice that had a part in an answer: what feedback on that answer is about.

    Attributes:
        place, kind, choice: which.
        ticks: when it was made, by the clock of its kind of request.
        half_life: by which that clock discounts.
    """

    place: str
    kind: str
    choice: str
    ticks: int
    half_life: int


class Learned:
    """Places by name.

    Attributes:
        changes: how often something was learned.
        taken: how decisions had gone by the time that this process began, by place.
    """

    def __init__(self, places: Mapping[str, Place] | None = None) -> None:
        self._places = dict(places or {})
        self.changes = 0
        self.taken: dict[str, Tally] = {}

    def place(self, name: str) -> Place:
        """What is remembered of a place, made when first asked for."""
        found = self._places.get(name)
        if found is None:
            found = self._places[name] = Place()
        return found

    def places(self) -> list[tuple[str, Place]]:
        """All of them."""
        return list(self._places.items())

    def take(self, places: Mapping[str, Place]) -> None:
        """Begin with what was learned before."""
        self._places.update(places)
        self.taken = {name: msgspec.structs.replace(place.tally) for name, place in places.items()}

    def note(self, place: str, kind: str, choice: str, *, settings: LearningSettings, outcome: Outcome | None) -> None:
        """An attempt has ended: with an answer, or (None) without one."""
        bucket = self.place(place).bucket(kind)
        bucket.ticks += 1
        for each in bucket.evidence(choice, settings.half_life):
            each.success.add(0.0 if outcome is None else 1.0)
            if outcome is not None:
                each.speed.add(speed(outcome.wait_s))
                each.thrift.add(thrift(outcome.cost_micros))
        self.changes += 1

    def credit(self, place: str, kind: str, choice: str, *, half_life: int) -> Credit:
        """What feedback on an answer that is given now will be about."""
        return Credit(place, kind, choice, self.place(place).bucket(kind).ticks, half_life)

    def score(self, credit: Credit, score: float, instead_of: float | None) -> None:
        """A caller's opinion of an answer, from 0 to 1; it counts as if it had come with the answer.

        Args:
            credit: about what.
            score: the opinion.
            instead_of: what he said of it before, which counts no more; None if he said nothing.
        """
        place = self._places.get(credit.place)
        if place is None:  # the config has done without it for a week
            return
        bucket = place.bucket(credit.kind)
        weight = faded(bucket.ticks - credit.ticks, credit.half_life)
        for each in bucket.evidence(credit.choice, credit.half_life):
            if instead_of is None:
                each.feedback.add(score, weight)
            else:
                each.feedback.correct(instead_of, score, weight)
        self.changes += 1

    def forget(self, in_config: Mapping[str, Collection[str]], now_unix_s: float) -> None:
        """Forget what has not been in the config for a week.

        Args:
            in_config: the places of the config, and the choices of each.
            now_unix_s: seconds since 1970.
        """
        gone: list[tuple[float, str, str]] = []
        for name, place in self._places.items():
            known = in_config.get(name, ())
            place.seen_unix_s.update(dict.fromkeys(known, now_unix_s))
            for choice in {each for bucket in place.buckets.values() for each in bucket.choices}:
                place.seen_unix_s.setdefault(choice, now_unix_s)
            gone += [(seen, name, choice) for choice, seen in place.seen_unix_s.items() if choice not in known]
        gone.sort(reverse=True)
        for at, (seen, name, choice) in enumerate(gone):
            if at >= _MOST_GONE or now_unix_s - seen > KEPT_S:
                self._places[name].forget(choice)
        for name in [each for each, place in self._places.items() if not place.seen_unix_s]:
            if name not in in_config:
                del self._places[name]
                self.taken.pop(name, None)


def places_of(snapshot: Snapshot) -> dict[str, tuple[str, ...]]:
    """The places of a config where something is learned, and the names of the choices at each."""
    found: dict[str, tuple[str, ...]] = {
        name: tuple(each.id for each in model.deployments)
        for name, model in snapshot.models.items()
        if model.learning is not None
    }
    return found | {name: route.models for name, route in snapshot.routes.items() if route.learning is not None}


class _Head(msgspec.Struct):
    """What tells that a file is one of these, before anything else is believed of it."""

    version: int


class _File(msgspec.Struct):
    """The whole of one."""

    version: int
    places: dict[str, Place]


_VERSION = 1
_encode = msgspec.json.Encoder().encode
_decode_head = msgspec.json.Decoder(_Head).decode
_decode = msgspec.json.Decoder(_File).decode


def written(learned: Learned) -> Iterator[bytes]:
    """A file with all of it, piece by piece, so that between two pieces others can have a turn."""
    yield b'{"version":%d,"places":{' % _VERSION
    for number, (name, place) in enumerate(learned.places()):
        yield b"%b%b:%b" % (b",\n" if number else b"\n", _encode(name), _encode(place))
    yield b"\n}}\n"


def read(data: bytes) -> dict[str, Place]:
    """The places of a file.

    Raises:
        ValueError: it is none, or one of another version; says in which way.
    """
    try:
        version = _decode_head(data).version
        if version != _VERSION:
            raise ValueError(f"it has version {version}, and this gateway reads version {_VERSION}")
        places = _decode(data).places
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ValueError(f"it is no file of this gateway, or a broken one: {error}") from None
    known = frozenset(buckets())
    for place in places.values():
        for kind in place.buckets.keys() - known:  # a version that told requests apart in another way
            del place.buckets[kind]
    return places
