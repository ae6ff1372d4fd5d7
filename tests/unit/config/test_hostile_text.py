"""Text that is meant to take all the time or memory there is: it ends with errors, and soon."""

import time

import pytest

from sixnines.config.load import read_text
from support.catalog import CATALOG


def alias_bomb(levels, width):
    """The billion laughs: each line names the one before it `width` times."""
    lines = ["a0: &a0 [lol]"]
    lines += [f"a{number}: &a{number} [{', '.join([f'*a{number - 1}'] * width)}]" for number in range(1, levels + 1)]
    return "\n".join(lines) + "\n"


TEXTS = {
    "billion laughs": alias_bomb(9, 10),
    "a thousand aliases of a thousand": alias_bomb(2, 1000),
    "aliases of models": "version: 1\nx: &x {deployments: [{provider: p, model: m}]}\nmodels:\n"
    + "".join(f"  m{number}: *x\n" for number in range(20_000)),
    "aliases of nonsense": "version: 1\nx: &x {" + ", ".join(f"k{number}: 1" for number in range(100)) + "}\nmodels:\n"
    + "".join(f"  m{number}: *x\n" for number in range(3_000)),
    "brackets": "[" * 100_000,
    "braces": "{a: " * 100_000,
    "dashes": "- " * 100_000,
    "questions": "? " * 100_000,
    "a long line": "a" * 4_000_000,
    "a long key": "version: 1\n" + "k" * 1_000_000 + ": 1\n",
    "a long quote": 'version: 1\nx: "' + "y" * 4_000_000,
    "quotes": "x: " + "'" * 1_000_001,
    "many lines": "\n" * 2_000_000 + "version: 2\n",
    "items of nothing": "version: 1\nmodels:\n" + "- x\n" * 200_000,
    "anchors": "".join(f"- &a{number} x\n" for number in range(50_000)),
    "keys of nothing": "version: 1\n" + "".join(f"k{number}: 1\n" for number in range(30_000)),
    "a key again and again": "version: 1\n" + "k: 1\n" * 50_000,
    "comments": "version: 1\n" + "# c\n" * 500_000 + "x: 1\n",
    "tabs": "\t" * 1_000_000,
    "unknown names": "version: 1\nmodels:\n  m:\n    deployments: [{provider: p, model: x}]\n    fallbacks:\n"
    + "".join(f"      - model-{number}\n" for number in range(20_000)),
}  # fmt: skip

A_WHILE_S = 15.0
"""Processor time for the worst that fits into such a text; ten times less on the machine that this was written on."""


@pytest.mark.slow
@pytest.mark.parametrize("name", TEXTS)
def test_hostile_text_ends_with_errors(name):
    started = time.process_time()
    loaded = read_text(TEXTS[name], "bad.yaml", {}, CATALOG)
    assert loaded.report()
    assert loaded.snapshot is None
    assert time.process_time() - started < A_WHILE_S
