"""The table of metrics and what a scrape sees."""

import re

import msgspec
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics_families
from prometheus_client.parser import text_string_to_metric_families

from sixnines.telemetry.counting import Metrics
from sixnines.telemetry.metric_info import MetricType
from sixnines.telemetry.metrics import (
    ATTEMPTS,
    BREAKER_STATE,
    COST,
    DURATION,
    FIRST_CONTENT,
    IN_FLIGHT,
    REQUESTS,
    TABLE,
    TRAFFIC_SHARE,
)  # fmt: skip
from sixnines.telemetry.stock import Stock


def scraped(metrics):
    return {family.name: family for family in text_string_to_metric_families(metrics.render().decode())}


def test_counts_come_out_as_they_went_in():
    metrics = Metrics()
    metrics.count(ATTEMPTS, ("a", "ok"))
    metrics.count(ATTEMPTS, ("a", "ok"))
    (sample,) = scraped(metrics)["sixnines_attempts"].samples
    assert (sample.name, sample.labels, sample.value) == (
        "sixnines_attempts_total", {"provider": "a", "outcome": "ok"}, 2.0,
    )  # fmt: skip


def test_a_histogram_is_cumulative_and_keeps_its_sum():
    metrics = Metrics()
    for seconds in (0.001, 0.02, 0.02, 1000.0):
        metrics.observe(DURATION, ("m", "chat"), seconds)
    samples = scraped(metrics)["sixnines_request_duration_seconds"].samples
    buckets = {sample.labels["le"]: sample.value for sample in samples if sample.name.endswith("_bucket")}
    assert (buckets["0.005"], buckets["0.025"], buckets["300.0"], buckets["+Inf"]) == (1, 3, 3, 4)
    assert next(s.value for s in samples if s.name.endswith("_sum")) == 1000.041


def test_a_metric_without_labels_is_there_from_the_start():
    assert scraped(Metrics())["sixnines_in_flight_requests"].samples[0].value == 0.0


def test_gauges_go_down_again():
    metrics = Metrics()
    metrics.count(IN_FLIGHT)
    metrics.count(IN_FLIGHT, (), -1)
    assert metrics.value(IN_FLIGHT) == 0


def test_what_several_have_counted_is_added_and_what_is_a_mean_is_weighed():
    one, other, together = Metrics(), Metrics(), Metrics()
    one.count(ATTEMPTS, ("a", "ok"))
    one.replace_means(TRAFFIC_SHARE, {("m", "a"): 0.5, ("m", "b"): 0.5}, {"m": 30.0})
    other.count(ATTEMPTS, ("a", "ok"), 2)
    other.replace_means(TRAFFIC_SHARE, {("m", "a"): 1.0, ("n", "a"): 1.0}, {"m": 10.0, "n": 7.0})
    for each in (one, other):
        together.add(each.stock())
    assert together.value(ATTEMPTS, ("a", "ok")) == 3
    shares = [together.value(TRAFFIC_SHARE, each) for each in (("m", "a"), ("m", "b"), ("n", "a"), ("n", "b"))]
    assert shares == [0.625, 0.375, 1.0, 0.0]
    shown = {tuple(each.labels.values()): each.value for each in scraped(together)[TRAFFIC_SHARE.name].samples}
    assert shown == {("m", "a"): 0.625, ("m", "b"): 0.375, ("n", "a"): 1.0}


def test_of_what_is_no_sum_the_greatest_counts():
    together = Metrics()
    for state in (0, 2, 1):
        one = Metrics()
        one.assign(BREAKER_STATE, ("a/up", "a"), state)
        together.add(one.stock())
    assert together.value(BREAKER_STATE, ("a/up", "a")) == 2


def example():
    metrics = Metrics()
    metrics.count(ATTEMPTS, ("a", "ok"))
    metrics.count(COST, ("m", "a", ""), 0.25)
    metrics.observe_of(DURATION, ("m", "chat"), 0.02, "0af7651916cd43dd")
    metrics.observe_of(DURATION, ("m", "chat"), 0.021, "b7ad6b7169203331")
    metrics.observe(FIRST_CONTENT, ("m", "a"), 0.02)
    metrics.replace_means(TRAFFIC_SHARE, {("m", "a"): 1.0}, {"m": 1.0})
    return metrics


def test_the_page_in_open_metrics_is_read_by_its_own_parser_and_says_units():
    families = {each.name: each for each in open_metrics_families(example().render(open_metrics=True).decode())}
    assert families.keys() == {info.name for info in TABLE}
    assert families["sixnines_request_duration_seconds"].unit == "seconds"
    assert families["sixnines_cost_dollars"].unit == "dollars"
    assert families["sixnines_attempts"].type == "counter"


def test_exemplars_are_the_last_request_of_each_bucket_and_only_open_metrics_has_them():
    metrics = example()
    families = {each.name: each for each in open_metrics_families(metrics.render(open_metrics=True).decode())}
    shown = {
        sample.labels["le"]: sample.exemplar
        for sample in families["sixnines_request_duration_seconds"].samples
        if sample.exemplar
    }
    assert shown.keys() == {"0.025"}
    assert (shown["0.025"].labels, shown["0.025"].value) == ({"request_id": "b7ad6b7169203331"}, 0.021)
    assert b"request_id" not in metrics.render()


def test_exemplars_go_from_worker_to_worker():
    told = msgspec.msgpack.decode(msgspec.msgpack.encode(example().stock()), type=Stock)
    together = Metrics()
    together.add(told)
    assert b'le="0.025"} 2 # {request_id="b7ad6b7169203331"} 0.021\n' in together.render(open_metrics=True)


def test_figures_of_a_worker_without_exemplars_are_read():
    old = msgspec.msgpack.encode({"numbers": {}, "weights": {}, "histograms": {}})
    assert msgspec.msgpack.decode(old, type=Stock).exemplars == {}


def test_names_follow_the_prometheus_rules():
    for info in TABLE:
        assert re.fullmatch(r"sixnines_[a-z_]+", info.name)
        assert not info.name.endswith(("_total", "_count", "_sum", "_bucket"))
        assert info.help.endswith(".")
        assert bool(info.buckets) is (info.type is MetricType.HISTOGRAM)
    assert len({info.name for info in TABLE}) == len(TABLE)


def test_answers_that_are_counted_together_are_the_same_as_counted_each_by_itself():
    together, apart = Metrics(), Metrics()
    for seconds, request_id in ((0.02, "a"), (0.021, "b"), (4.0, "c")):
        together.answers(("m", "n", "p", "chat")).note(seconds, request_id)
        apart.count(REQUESTS, ("m", "n", "p", "chat", "ok"))
        apart.observe_of(DURATION, ("m", "chat"), seconds, request_id)
        for open_metrics in (False, True):
            assert together.render(open_metrics=open_metrics) == apart.render(open_metrics=open_metrics)
    assert together.stock() == apart.stock()
    assert together.value(REQUESTS, ("m", "n", "p", "chat", "ok")) == 3


def test_whoever_reads_sees_answers_that_were_counted_just_now():
    for read in (
        lambda metrics: metrics.value(REQUESTS, ("m", "m", "p", "chat", "ok")),
        lambda metrics: sum(metrics.values(REQUESTS).values()),
        lambda metrics: sum(number for _, number in metrics.stock().numbers["sixnines_requests"]),
        lambda metrics: metrics.render().count(b'sixnines_requests_total{model="m"'),
    ):
        metrics = Metrics()
        metrics.answers(("m", "m", "p", "chat")).note(0.1, "a")
        assert read(metrics) == 1
        assert not metrics._fresh
