"""What a difference lists, applied to a config as plain data: written beside the difference, for its law."""

import copy
import json

from sixnines.config.document import Document
from sixnines.config.load import read_text
from sixnines.config.shapes import section_of
from sixnines.config.written import written
from sixnines.control.difference import Action
from sixnines.registry import CATALOG

_SETS = {"aliases", "api_keys", "capabilities", "cors"}


def document_of(plain):
    """The document that a config as plain data is, whatever its references lead to."""
    loaded = read_text(json.dumps(plain), "x", None, CATALOG)
    assert loaded.document is not None, loaded.report()
    return loaded.document


def plain_of(document):
    """What two documents have in common that mean the same."""
    plain = _canonical(written(document, section_of(Document)))
    plain.pop("include", None)  # which files it is split into means nothing
    return plain


def applied(document, changes):
    """The document that comes of it, as plain data in canonical form."""
    plain = copy.deepcopy(written(document, section_of(Document)))
    for change in sorted(changes, key=_phase):
        if change.section == "patterns":
            _apply_pattern(plain.setdefault("patterns", []), change)
        elif not change.name:
            _apply_edits(plain, [(edit, (change.section, *edit.path)) for edit in change.edits])
        elif change.action is Action.REMOVED:
            del plain[change.section][change.name]
        elif change.action is Action.ADDED:
            said = {edit.path[0]: copy.deepcopy(edit.new) for edit in change.edits}
            plain.setdefault(change.section, {})[change.name] = said
        else:
            thing = plain[change.section][change.name]
            _apply_edits(thing, [(edit, edit.path) for edit in change.edits])
    return plain_of(document_of(plain))


def _phase(thing):
    """Removed and changed first, then moved, then added by their place."""
    moved = thing.action is Action.MOVED or any(each.action is Action.MOVED for each in getattr(thing, "edits", ()))
    return (2, thing.at or 0) if thing.action is Action.ADDED else (1 if moved else 0, 0)


def _apply_pattern(patterns, change):
    if change.action is Action.REMOVED:
        patterns[:] = [each for each in patterns if each["match"] != change.name]
    elif change.action is Action.ADDED:
        patterns.insert(change.at, {edit.path[0]: edit.new for edit in change.edits})
    elif change.name:
        thing = next(each for each in patterns if each["match"] == change.name)
        _apply_edits(thing, [(edit, edit.path) for edit in change.edits])
    elif change.edits[0].action is Action.MOVED:
        _move(patterns, change.edits[0].new)
    else:
        patterns[:] = change.edits[0].new


def _apply_edits(thing, edits):
    for edit, path in sorted(edits, key=lambda pair: _phase(pair[0])):
        *way, last = path
        if edit.action is Action.MOVED:
            _move(_reached(thing, path), edit.new)
        elif edit.item:
            items = _reached(thing, way, empty=list)
            if edit.action is Action.REMOVED:
                items[:] = [each for each in items if _label(each) != last]
            else:
                items.insert(len(items) if edit.at is None else edit.at, copy.deepcopy(edit.new))
        elif edit.action is Action.REMOVED:
            del _reached(thing, way)[last]
        else:
            _reached(thing, way)[last] = copy.deepcopy(edit.new)


def _reached(thing, path, empty=dict):
    """What the path leads to; what is not there is made, as it holds its defaults."""
    for index, key in enumerate(path):
        if isinstance(thing, list):
            place = next(place for place, each in enumerate(thing) if _label(each) == key)
            if isinstance(thing[place], str):
                thing[place] = {"model": key}
            thing = thing[place]
        else:
            thing = thing.setdefault(key, empty() if index == len(path) - 1 else {})
    return thing


def _move(items, order):
    """Those that stay change places among each other."""
    kept = {_label(each): each for each in items}
    items[:] = [kept[name] for name in order]


def _label(item):
    if isinstance(item, dict):
        return item["match"] if "match" in item else "/".join(item[key] for key in ("provider", "model") if key in item)
    return str(item)


def _canonical(plain, key=None):
    """Sets sorted; the rest is written in one way only."""
    if isinstance(plain, dict):
        return {name: _canonical(each, name) for name, each in plain.items()}
    if isinstance(plain, list):
        items = [_canonical(each) for each in plain]
        return sorted(items) if key in _SETS else items
    return plain
