"""Laws of figures that several workers add up: they are what one process would have counted."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from sixnines.telemetry.counting import Metrics
from sixnines.telemetry.metric_info import MetricType
from sixnines.telemetry.metrics import TABLE
from sixnines.telemetry.stock import Stock

WORKERS = 3
INFOS = [info for info in TABLE if not info.mean and not info.greatest]
NAMES = st.sampled_from(["a", "b", 'odd "\\\n name'])
# In eighths, so that sums do not depend on the order in which they are made.
AMOUNTS = st.integers(0, 4000).map(lambda eighths: eighths / 8)


@st.composite
def events(draw):
    """What is counted: where, of what, with which labels, how much."""
    info = draw(st.sampled_from(INFOS))
    labels = tuple(draw(NAMES) for _ in info.labels)
    return draw(st.integers(0, WORKERS - 1)), info, labels, draw(AMOUNTS)


def note(metrics, info, labels, amount):
    if info.type is MetricType.HISTOGRAM:
        metrics.observe(info, labels, amount)
    else:
        metrics.count(info, labels, amount)


def shown(metrics):
    """Every sample of the page."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(metrics.render().decode())
        for sample in family.samples
    }


def told(metrics):
    """The stock as another worker gets it."""
    return msgspec.msgpack.decode(msgspec.msgpack.encode(metrics.stock()), type=Stock)


@given(st.lists(events(), max_size=40))
def test_the_sum_over_workers_is_what_one_process_would_have_counted(happened):
    one, workers, together = Metrics(), [Metrics() for _ in range(WORKERS)], Metrics()
    for worker, info, labels, amount in happened:
        note(one, info, labels, amount)
        note(workers[worker], info, labels, amount)
    for worker in workers:
        together.add(told(worker))
    assert shown(together) == shown(one)


@given(st.lists(events(), max_size=30), st.lists(events(), max_size=30))
def test_who_goes_on_from_a_predecessor_has_counted_both(before, after):
    """Counters and histograms go on; what was the case (a gauge) is only what is the case now."""
    one, predecessor, successor = Metrics(), Metrics(), Metrics()
    for _, info, labels, amount in before:
        note(predecessor, info, labels, amount)
        if info.type is not MetricType.GAUGE:
            note(one, info, labels, amount)
    for _, info, labels, amount in after:
        note(one, info, labels, amount)
        note(successor, info, labels, amount)
    successor.add(told(predecessor), {MetricType.COUNTER, MetricType.HISTOGRAM})
    assert shown(successor) == shown(one)
