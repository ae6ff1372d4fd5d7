"""Whatever text is spliced into a config is read back as that text, and all other values as they were."""

from hypothesis import given
from hypothesis import strategies as st

from sixnines.config.nodes import Mapping, Node, Scalar, Sequence
from sixnines.config.scalars import resolve
from sixnines.config.splice import replace_texts
from sixnines.config.yaml_tree import parse_yaml

TEXTS = {
    "block": "a: 1\nm:\n  x: old   # why\n  y: [p, q]\n",
    "flow": "{a: 1, m: {x: old, y: [p, q]}}\n",
    "quoted": "a: 1\nm: {x: 'old', y: [p, q]} # end",
    "last": 'a: 1\nm:\n  y: [p, q]\n  x: "old"',
}
# Names, paths, and what YAML has a meaning for; nothing that a config refuses to hold anyway.
VALUES = st.one_of(
    st.text(st.sampled_from("ab0.-_/: #,[]{}&*!|>'\"%@`~\\é"), min_size=1, max_size=12),
    st.text(st.characters(min_codepoint=32, exclude_categories=["Cs", "Cc", "Zl", "Zp", "Co", "Cn", "Cf"]), min_size=1),
    st.sampled_from(
        ["null", "true", "no", "1.0", "0x10", "-", "--- a", "? b", "=", "<<", ".inf", "1e9", "a:b", "a: b"]
    ),
)


def values(node: Node) -> object:
    """What a tree means."""
    match node:
        case Scalar():
            return resolve(node)
        case Mapping():
            return {key: values(entry.value) for key, entry in node.entries.items()}
        case Sequence():
            return [values(item) for item in node.items]


@given(st.sampled_from(sorted(TEXTS)), VALUES)
def test_what_was_written_is_what_is_read(name: str, value: str) -> None:
    text = replace_texts(TEXTS[name], {("m", "x"): value})
    tree = parse_yaml(text, "x")
    assert tree.problems == ()
    assert tree.root is not None
    assert values(tree.root) == {"a": 1, "m": {"x": value, "y": ["p", "q"]}}
    before, _, after = TEXTS[name].partition("old")
    assert text.startswith(before.rstrip("'\""))
    assert text.endswith(after.lstrip("'\""))
