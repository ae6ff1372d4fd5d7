"""What is different between two configs: things that are added, changed or removed, and in each of them key by key.

Pure. Never looks behind a reference: a secret is `env:NAME`, so another value behind the same name is no change.
It goes by the shape of the document (`config.shapes`) and knows no key by its name but for what has to be told apart.
"""

import enum
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import cast

import msgspec

from sixnines.config.defaults_text import Plain
from sixnines.config.diagnostics import spell
from sixnines.config.document import Document
from sixnines.config.model_sections import Deployment, Pattern
from sixnines.config.shapes import Field, Items, Named, Section, Shape, TextOrSection, section_of
from sixnines.config.written import as_section, is_default, written

# What an item of a list is told by. Of other sections: by the keys that it must have.
_TOLD_BY: Mapping[type[msgspec.Struct], tuple[str, ...]] = {Deployment: ("provider", "model"), Pattern: ("match",)}
# Lists whose order means nothing.
_UNORDERED = frozenset({"aliases", "api_keys", "capabilities", "cors"})
# Which files a config is split into changes nothing of what it says.
_MEANINGLESS = frozenset({"include"})
# What the listener and its limits are made of (`bootstrap.needs_restart`).
_AT_THE_NEXT_START = frozenset({("server", "listen"), ("server", "max_body")})


class Action(enum.StrEnum):
    """What happens to a thing or a key."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    MOVED = "moved"  # the same items in another order


class Edit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One key that is different.

    Attributes:
        action: what happens to it.
        path: keys from the thing to it. An item of a list is named by what tells it from the others, such as
            `ollama/llama3.1:latest`. Empty: the thing itself.
        old, new: what the file says, as it is written there; None where nothing is. Of a list that is `moved` the names
            of the items that stay, in their order.
        old_is_default, new_is_default: it holds without being written.
        item: what `path` ends with names an item of a list.
        at: of an added item of a list whose order matters, its place among the new ones, from 0.
    """

    action: Action
    path: tuple[str, ...]
    old: object = None
    new: object = None
    old_is_default: bool = False
    new_is_default: bool = False
    item: bool = False
    at: int | None = None


class Change(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that is different.

    Attributes:
        action: what happens to it.
        section: the key at the root of the document: `providers`, `models`, `server`.
        name: of the thing in that section, such as a provider's; "" where the section is the thing.
        edits: its keys: of an added thing all that the file says of it, of a removed one all that it said.
        at: of an added thing whose place matters (a pattern), its place among the new ones, from 0.
    """

    action: Action
    section: str
    name: str = ""
    edits: tuple[Edit, ...] = ()
    at: int | None = None

    @property
    def noun(self) -> str:
        """Such as `provider`, or `server`."""
        return self.section.removesuffix("s") if self.name else self.section

    @property
    def path(self) -> str:
        """Such as `models.chat`."""
        return spell((self.section, self.name) if self.name else (self.section,))


class Tally(msgspec.Struct, frozen=True):
    """How many things are added, changed and removed."""

    added: int
    changed: int
    removed: int


def difference(old: Document | None, new: Document) -> tuple[Change, ...]:
    """What leads from one config to the other, in the order of the document; what is removed stands where it stood.

    Args:
        old: what holds; None: nothing does, and everything is new.
        new: what is to hold.

    Returns:
        Nothing, if both mean the same: the order of names, aliases, keys, origins and capabilities does not count, nor
        how the config is split into files.
    """
    base = Document(version=1) if old is None else old
    found: list[Change] = []
    for key, field in section_of(Document).fields.items():
        before, after = getattr(base, field.attribute), getattr(new, field.attribute)
        if before == after or key in _MEANINGLESS:
            continue
        if old is None and isinstance(field.shape, Section):
            edits = tuple(_whole(after, field.shape, Action.ADDED))
            found.append(Change(action=Action.ADDED, section=key, edits=edits))
        else:
            found += _changes(before, after, field, key)
    return tuple(found)


def tally(changes: Iterable[Change]) -> Tally:
    """How many there are of each."""
    actions = [each.action for each in changes]
    return Tally(actions.count(Action.ADDED), actions.count(Action.CHANGED), actions.count(Action.REMOVED))


def at_the_next_start(changes: Iterable[Change]) -> tuple[str, ...]:
    """The keys whose change a running gateway does not go by, such as `server.listen`."""
    return tuple(
        spell((change.section, *edit.path))
        for change in changes
        for edit in change.edits
        if (change.section, *edit.path) in _AT_THE_NEXT_START
    )


def _changes(before: object, after: object, field: Field, section: str) -> Iterator[Change]:
    """Those of one key at the root."""
    match field.shape:
        case Named(value=inner):
            yield from _things(_mapping(before), _mapping(after), inner, section)
        case Items(item=inner):
            yield from _listed(_tuple(before), _tuple(after), inner, section)
        case shape:
            edits = tuple(_edits(before, after, shape, (), field=field))
            if edits:
                action = Action.CHANGED if isinstance(shape, Section) else edits[0].action
                yield Change(action=action, section=section, edits=edits)


def _things(
    before: Mapping[str, object], after: Mapping[str, object], shape: Shape, section: str, *, places: bool = False
) -> Iterator[Change]:
    order = list(after)
    for name in _merged(before, after):
        if name not in after:
            edits = tuple(_whole(before[name], shape, Action.REMOVED))
            yield Change(action=Action.REMOVED, section=section, name=name, edits=edits)
        elif name not in before:
            edits = tuple(_whole(after[name], shape, Action.ADDED))
            at = order.index(name) if places else None
            yield Change(action=Action.ADDED, section=section, name=name, edits=edits, at=at)
        elif before[name] != after[name]:
            edits = tuple(_edits(before[name], after[name], shape, ()))
            if edits:
                yield Change(action=Action.CHANGED, section=section, name=name, edits=edits)


def _listed(before: Sequence[object], after: Sequence[object], shape: Shape, section: str) -> Iterator[Change]:
    """A list at the root, whose items are things."""
    old, new = _told_apart(before, shape), _told_apart(after, shape)
    if old is None or new is None:
        edit = Edit(action=Action.CHANGED, path=(), old=_written(before, shape), new=_written(after, shape))
        yield Change(action=Action.CHANGED, section=section, edits=(edit,))
        return
    yield from _things(old, new, shape, section, places=True)
    moved = _moved(old, new, ())
    if moved is not None:
        yield Change(action=Action.CHANGED, section=section, edits=(moved,))


def _whole(value: object, shape: Shape, action: Action) -> Iterator[Edit]:
    """All that the file says of a thing."""
    said = written(value, shape)
    for key, each in said.items() if isinstance(said, dict) else ():
        if action is Action.ADDED:
            yield Edit(action=action, path=(key,), new=each)
        else:
            yield Edit(action=action, path=(key,), old=each)


def _edits(
    before: object, after: object, shape: Shape, path: tuple[str, ...], *, field: Field | None = None
) -> Iterator[Edit]:
    """What leads from one value to another one; nothing if they mean the same."""
    if before is None or after is None:
        yield _single(before, after, shape, path, field=field)
        return
    match shape:
        case Section(fields=fields):
            for key, each in fields.items():
                old, new = getattr(before, each.attribute), getattr(after, each.attribute)
                if old != new:
                    yield from _edits(old, new, each.shape, (*path, key), field=each)
        case TextOrSection(section=section):
            yield from _edits(as_section(before, shape), as_section(after, shape), section, path)
        case Named(value=inner):
            yield from _entries(_mapping(before), _mapping(after), inner, path)
        case Items(item=inner):
            yield from _items(_tuple(before), _tuple(after), inner, path)
        case _:
            yield _single(before, after, shape, path, field=field)


def _single(before: object, after: object, shape: Shape, path: tuple[str, ...], *, field: Field | None) -> Edit:
    action = Action.ADDED if before is None else Action.REMOVED if after is None else Action.CHANGED
    return Edit(
        action=action,
        path=path,
        old=written(before, shape),
        new=written(after, shape),
        old_is_default=field is not None and is_default(before, field),
        new_is_default=field is not None and is_default(after, field),
    )


def _entries(
    before: Mapping[str, object], after: Mapping[str, object], shape: Shape, path: tuple[str, ...]
) -> Iterator[Edit]:
    """Names and their values, within a thing."""
    for name in _merged(before, after):
        old, new = before.get(name), after.get(name)
        if old != new:
            yield from _edits(old, new, shape, (*path, name))


def _items(before: Sequence[object], after: Sequence[object], shape: Shape, path: tuple[str, ...]) -> Iterator[Edit]:
    """A list within a thing."""
    old, new = _told_apart(before, shape), _told_apart(after, shape)
    if old is None or new is None:
        yield Edit(action=Action.CHANGED, path=path, old=_written(before, shape), new=_written(after, shape))
        return
    places = {} if path[-1] in _UNORDERED else {name: place for place, name in enumerate(new)}
    for name in _merged(old, new):
        here = (*path, name)
        if name not in new:
            yield Edit(action=Action.REMOVED, path=here, old=written(old[name], shape), item=True)
        elif name not in old:
            added = written(new[name], shape)
            yield Edit(action=Action.ADDED, path=here, new=added, item=True, at=places.get(name))
        elif old[name] != new[name]:
            yield from _edits(old[name], new[name], shape, here)
    moved = _moved(old, new, path) if places else None
    if moved is not None:
        yield moved


def _moved(old: Mapping[str, object], new: Mapping[str, object], path: tuple[str, ...]) -> Edit | None:
    stood, stand = [each for each in old if each in new], [each for each in new if each in old]
    return None if stood == stand else Edit(action=Action.MOVED, path=path, old=stood, new=stand)


def _told_apart(items: Sequence[object], shape: Shape) -> dict[str, object] | None:
    """The items by what tells them apart; None if nothing does: something stands there twice."""
    if isinstance(shape, TextOrSection):
        items = [as_section(each, shape) for each in items]
    found = {_label(each, shape): each for each in items}
    return found if len(found) == len(items) else None


def _label(item: object, shape: Shape) -> str:
    match shape:
        case Section(struct=struct, fields=fields) | TextOrSection(section=Section(struct=struct, fields=fields)):
            required = [field.key for field in fields.values() if field.required]
            return "/".join(str(getattr(item, fields[key].attribute)) for key in _TOLD_BY.get(struct, required))
        case _:
            return str(written(item, shape))


def _merged(old: Mapping[str, object], new: Mapping[str, object]) -> Iterator[str]:
    """All names in the order of the new ones, each removed one behind the one that it stood behind."""
    behind: dict[str | None, list[str]] = {}
    last: str | None = None
    for name in old:
        if name in new:
            last = name
        else:
            behind.setdefault(last, []).append(name)
    yield from behind.get(None, ())
    for name in new:
        yield name
        yield from behind.get(name, ())


def _written(items: Sequence[object], shape: Shape) -> list[Plain]:
    return [written(each, shape) for each in items]


def _mapping(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value)


def _tuple(value: object) -> tuple[object, ...]:
    return cast("tuple[object, ...]", value)
