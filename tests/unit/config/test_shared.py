"""Values that are the same are one object, in a snapshot too; those that only compare equal are not."""

from sixnines.config.load import read_text
from sixnines.config.shared import Shared
from support.catalog import CATALOG

CONFIG = """version: 1
providers:
  a: {kind: openai-compatible, base_url: "http://127.0.0.1:1/p"}
  b: {kind: openai-compatible, base_url: "http://127.0.0.1:1/q"}
models:
  m: {deployments: [{provider: a, model: up, price: {input: 2, output: 8}}], context_window: 100000}
  n: {deployments: [{provider: b, model: up, price: {input: 2, output: 8}}], context_window: 100000}
  o: {deployments: [{provider: b, model: up}], timeouts: {total: 7s}, attempts: 2}
"""


def test_the_first_of_the_same_values_is_the_one():
    shared = Shared()
    first, second = (str(number) for number in (1000, 1000))
    assert first is not second
    assert shared.one(first) is shared.one(second) is first


def test_values_of_other_types_are_others():
    shared = Shared()
    found = [shared.one(1), shared.one(1.0), shared.one(True)]
    assert [type(each) for each in found] == [int, float, bool]


def test_models_share_what_they_do_not_declare_and_have_their_own_where_they_do():
    snapshot = read_text(CONFIG, "x.yaml", {}, CATALOG).snapshot
    m, n, o = (snapshot.models[name] for name in "mno")
    one, other = m.deployments[0], n.deployments[0]
    assert m.timeouts is n.timeouts
    assert m.limits is n.limits
    assert one.price is other.price
    assert one.context_window is other.context_window
    assert one.upstream_model is other.upstream_model
    assert one.provider.origin is other.provider.origin
    assert (o.timeouts.total_s, o.limits.attempts) == (7.0, 2)
    assert o.timeouts is not m.timeouts
