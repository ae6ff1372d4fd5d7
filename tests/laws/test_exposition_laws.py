"""Laws of the metrics' text: Prometheus' own reader gets back every number that went in, and nothing else."""

import math

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from sixnines.telemetry import exposition

# Biased to what the format escapes, and to what could be taken for its own marks.
TEXTS = st.text(alphabet='a"\\\n,={} #é+', max_size=8)
NUMBERS = st.one_of(st.integers(0, 2**53), st.floats())
NAMES = ("model", "provider")
LABELS = st.tuples(TEXTS, TEXTS)
BOUNDS = (0.005, 1.0, 30.0)


def read(text):
    """Every sample: its name and labels, and its value."""
    (family,) = text_string_to_metric_families(text)
    samples = [((each.name, *sorted(each.labels.items())), each.value) for each in family.samples]
    assert len({key for key, _ in samples}) == len(samples)
    return family, dict(samples)


def same(one, other):
    return one == other or (math.isnan(one) and math.isnan(other))


@given(st.dictionaries(LABELS, NUMBERS, max_size=4), st.sampled_from(["counter", "gauge"]), TEXTS)
def test_counters_and_gauges_come_back(values, kind, text):
    name = "sixnines_asked_total" if kind == "counter" else "sixnines_asked"
    family, samples = read(exposition.plain(name, kind, text, labels=NAMES, values=values))
    assert family.type == kind
    assert family.documentation.strip() == text.strip()
    expected = {(name, *zip(NAMES, labels, strict=True)): float(value) for labels, value in values.items()}
    assert samples.keys() == expected.keys()
    assert all(same(samples[key], value) for key, value in expected.items())


@given(
    st.dictionaries(LABELS, st.tuples(st.lists(st.integers(0, 10**9), min_size=4, max_size=4), st.floats()), max_size=3)
)
def test_histograms_come_back_cumulative(values):
    rows = [(labels, counts, total) for labels, (counts, total) in values.items()]
    family, samples = read(exposition.histogram("sixnines_time", "Time.", labels=NAMES, bounds=BOUNDS, values=rows))
    assert family.type == "histogram"
    assert len(samples) == len(rows) * (len(BOUNDS) + 3)
    for labels, counts, total in rows:
        pairs = tuple(zip(NAMES, labels, strict=True))
        for place, bound in enumerate(("0.005", "1.0", "30.0", "+Inf")):
            key = ("sixnines_time_bucket", *sorted((*pairs, ("le", bound))))
            assert samples[key] == sum(counts[: place + 1])
        assert samples["sixnines_time_count", *pairs] == sum(counts)
        assert same(samples["sixnines_time_sum", *pairs], total)


@given(NUMBERS)
def test_what_has_no_labels_comes_back(value):
    _, samples = read(exposition.plain("sixnines_now", "gauge", "Now.", labels=(), values={(): value}))
    ((key, read_value),) = samples.items()
    assert key == ("sixnines_now",)
    assert same(read_value, float(value))
