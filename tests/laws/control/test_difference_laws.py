"""What a difference lists is what is different: all of it and nothing else."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sixnines.config.document import Document
from sixnines.config.shapes import section_of
from sixnines.control.change_plan import compare
from sixnines.control.difference import Action, difference, tally
from sixnines.control.plan_markdown import render as render_markdown
from sixnines.control.plan_text import render, summary
from sixnines.registry import CATALOG
from support.applying import applied, document_of, plain_of
from support.whole_document import changes_of, whole_document
from support.yaml_text import configs

relaxed = settings(max_examples=150, deadline=None)
WHOLE = whole_document()
NAMED = ("domains", "providers", "models", "routes", "patterns")
ONE_LEAF = dict(changes_of(WHOLE, section_of(Document)))


def test_the_whole_document_has_a_value_for_every_key():
    def unset(struct, path=""):
        for key, field in section_of(type(struct)).fields.items():
            value = getattr(struct, field.attribute)
            if value == field.default:
                yield f"{path}{key}"
            elif hasattr(value, "__struct_fields__"):
                yield from unset(value, f"{path}{key}.")

    assert [*unset(WHOLE)] == []
    assert len(ONE_LEAF) > 150


@pytest.mark.parametrize("path", ONE_LEAF, ids=".".join)
def test_one_changed_key_is_one_change_and_no_other(path):
    other = ONE_LEAF[path]
    changes = difference(WHOLE, other)
    edits = [edit for change in changes for edit in change.edits]
    removed, added = ([edit for edit in edits if edit.action is each] for each in (Action.REMOVED, Action.ADDED))
    if path[0] == "include":  # how it is split into files
        assert changes == ()
    elif len(changes) == 2:  # a pattern is told by its expression: another expression is another pattern
        assert path[0] == "patterns"
        assert sorted(each.action for each in changes) == ["added", "removed"]
    elif path[-1] == "gone" and len(path) == 3 and path[0] in NAMED:
        assert [(each.action, each.section) for each in changes] == [(Action.REMOVED, path[0])]
    elif len(edits) == 2:  # what tells the items of a list apart
        assert len(changes) == len(removed) == len(added) == 1
        assert removed[0].item
        assert added[0].item
    else:
        assert len(changes) == len(edits) == 1
        assert changes[0].section == path[0]
        assert path[-1] == "gone" or path[-1] == (*path[:1], *edits[0].path)[-1] or edits[0].path[-1] in path
    assert applied(WHOLE, changes) == plain_of(other)


@pytest.mark.parametrize("path", ONE_LEAF, ids=".".join)
def test_it_is_undone_by_the_difference_the_other_way(path):
    assert applied(ONE_LEAF[path], difference(ONE_LEAF[path], WHOLE)) == plain_of(WHOLE)


@st.composite
def pairs(draw):
    """Two documents that have much in common. Their references may lead nowhere: a difference does not follow them."""
    first, other = draw(configs()), draw(configs())
    second = copy.deepcopy(first)
    for section in ("domains", "providers", "models", "routes"):
        names = [*first[section], *other[section]]
        chosen = draw(st.lists(st.sampled_from(names), unique=True)) if names else []
        second[section] = {name: _mixed(draw, first[section].get(name), other[section], name) for name in chosen}
    patterns = {each["match"]: each for each in (*first["patterns"], *other["patterns"])}
    second["patterns"] = draw(st.permutations([*patterns.values()]))[: draw(st.integers(0, 3))]
    second["default_model"] = draw(st.sampled_from([None, first["default_model"], "another"]))
    if draw(st.booleans()):
        second["server"] = {"api_keys": draw(st.permutations(["env:A", "env:B"])), "drain": "1s"}
        first["server"] = {"api_keys": ["env:A"], "listen": "127.0.0.1:4001"}
    return document_of(first), document_of(second)


def _mixed(draw, own, others, name):
    """A thing as it was, as another one is, or with keys of both."""
    other = others[name] if name in others else draw(st.sampled_from([*others.values()])) if others else {}
    if own is None:
        return copy.deepcopy(other)
    mixed = own | {key: each for key, each in other.items() if draw(st.booleans())}
    for key in ("fallbacks", "deployments", "models"):
        if len(mixed.get(key, [])) > 1 and draw(st.booleans()):
            mixed[key] = draw(st.permutations(mixed[key]))
    return copy.deepcopy(mixed)


@given(pairs())
@relaxed
def test_nothing_is_different_from_itself(pair):
    for document in pair:
        assert difference(document, document) == ()


@given(pairs())
@relaxed
def test_applying_what_is_listed_leads_from_one_to_the_other(pair):
    old, new = pair
    assert applied(old, difference(old, new)) == plain_of(new)


@given(pairs())
@relaxed
def test_from_nothing_everything_is_new(pair):
    _, new = pair
    changes = difference(None, new)
    assert {each.action for each in changes} <= {Action.ADDED}
    assert applied(Document(version=1), changes) == plain_of(new)


@given(pairs())
@relaxed
def test_it_is_in_the_order_of_the_document_and_says_the_same_each_time(pair):
    old, new = pair
    changes = difference(old, new)
    sections = [*section_of(Document).fields]
    assert [each.section for each in changes] == sorted((each.section for each in changes), key=sections.index)
    assert changes == difference(old, new)
    for section in ("providers", "models", "routes"):
        listed = [each.name for each in changes if each.section == section and each.action is not Action.REMOVED]
        assert listed == [name for name in getattr(new, section) if name in {*listed}]


@given(pairs())
@relaxed
def test_whatever_is_different_can_be_shown_in_one_line_each(pair):
    changes = difference(*pair)
    text = render(changes, ())
    assert all(line.isprintable() for line in text.split("\n"))
    assert "\x1b" in render(changes, (), colour=True) or not changes
    marked = render_markdown(changes, (), title="x")
    assert (marked.count("```") == 2) == bool(changes)
    counts = tally(changes)
    assert counts.added + counts.changed + counts.removed == len(changes)
    assert summary(changes, ()).startswith(f"Plan: {counts.added} to add, ")


@given(configs(), configs())
@relaxed
def test_no_rule_fails_on_any_two_good_configs(first, second):
    old, new = document_of(first), document_of(second)
    for one, other in ((old, new), (new, old)):
        for risk in compare(one, other, CATALOG).risks:
            assert risk.message
            assert risk.path
            assert not risk.message.endswith(".")
    assert compare(old, old, CATALOG).risks == ()
