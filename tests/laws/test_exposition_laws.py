"""Laws of the metrics' text: Prometheus' own reader gets back every number that went in, and nothing else."""

import math

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics_families
from prometheus_client.parser import text_string_to_metric_families

from sixnines.telemetry import exposition
from sixnines.telemetry.metric_info import MetricInfo, MetricType

# Biased to what the format escapes, and to what could be taken for its own marks.
TEXTS = st.text(alphabet='a"\\\n,={} #é+', max_size=8)
NUMBERS = st.one_of(st.integers(0, 2**53), st.floats())
NAMES = ("model", "provider")
LABELS = st.tuples(TEXTS, TEXTS)
BOUNDS = (0.005, 1.0, 30.0)


def read(text, *, open_metrics=False):
    """Every sample: its name and labels, and its value."""
    if open_metrics:
        (family,) = open_metrics_families(text + exposition.OPEN_METRICS_END)
    else:
        (family,) = text_string_to_metric_families(text)
    samples = [((each.name, *sorted(each.labels.items())), each.value) for each in family.samples]
    assert len({key for key, _ in samples}) == len(samples)
    return family, dict(samples)


def same(one, other):
    return one == other or (math.isnan(one) and math.isnan(other))


@given(st.dictionaries(LABELS, NUMBERS, max_size=4), st.sampled_from(["counter", "gauge"]), TEXTS, st.booleans())
def test_counters_and_gauges_come_back(values, kind, text, open_metrics):
    if open_metrics and kind == "counter":  # that format has no counter that is negative or no number
        values = {labels: abs(value) for labels, value in values.items() if not math.isnan(value)}
    info = MetricInfo("sixnines_asked", MetricType(kind), NAMES, text)
    (name,) = info.samples
    family, samples = read(exposition.plain(info, values, open_metrics=open_metrics), open_metrics=open_metrics)
    assert family.type == kind
    assert family.documentation.strip() == text.strip()
    expected = {(name, *zip(NAMES, labels, strict=True)): float(value) for labels, value in values.items()}
    assert samples.keys() == expected.keys()
    assert all(same(samples[key], value) for key, value in expected.items())


TIMES = MetricInfo("sixnines_time_seconds", MetricType.HISTOGRAM, NAMES, "Time.", BOUNDS)
COUNTS = st.lists(st.integers(0, 10**9), min_size=4, max_size=4)
EXEMPLARS = st.one_of(
    st.none(), st.lists(st.one_of(st.none(), st.just(("0af7651916cd43dd", 2.5))), min_size=4, max_size=4)
)


@given(
    st.dictionaries(
        LABELS, st.tuples(COUNTS, st.floats(0, allow_nan=False, allow_infinity=False), EXEMPLARS), max_size=3
    ),
    st.booleans(),
)
def test_histograms_come_back_cumulative_and_with_their_exemplars(values, open_metrics):
    rows = [(labels, counts, total, exemplars) for labels, (counts, total, exemplars) in values.items()]
    text = exposition.histogram(TIMES, rows, open_metrics=open_metrics)
    family, samples = read(text, open_metrics=open_metrics)
    assert family.type == "histogram"
    assert len(samples) == len(rows) * (len(BOUNDS) + 3)
    shown = {(each.name, *sorted(each.labels.items())): each.exemplar for each in family.samples}
    for labels, counts, total, exemplars in rows:
        pairs = tuple(zip(NAMES, labels, strict=True))
        for place, bound in enumerate(("0.005", "1.0", "30.0", "+Inf")):
            key = ("sixnines_time_seconds_bucket", *sorted((*pairs, ("le", bound))))
            assert samples[key] == sum(counts[: place + 1])
            exemplar = exemplars[place] if exemplars and open_metrics else None
            assert (shown[key] is None) is (exemplar is None)
            if exemplar is not None:
                assert (shown[key].labels, shown[key].value) == ({"request_id": exemplar[0]}, exemplar[1])
        assert samples["sixnines_time_seconds_count", *pairs] == sum(counts)
        assert samples["sixnines_time_seconds_sum", *pairs] == total


@given(NUMBERS)
def test_what_has_no_labels_comes_back(value):
    info = MetricInfo("sixnines_now", MetricType.GAUGE, (), "Now.")
    _, samples = read(exposition.plain(info, {(): value}))
    ((key, read_value),) = samples.items()
    assert key == ("sixnines_now",)
    assert same(read_value, float(value))
