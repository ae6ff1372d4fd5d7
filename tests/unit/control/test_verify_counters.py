"""The page that Prometheus reads, read strictly."""

import pytest

from sixnines.control.verify.counters import by_model, calls_in, read_samples
from sixnines.control.verify.verdict import CheckFailed
from sixnines.telemetry.counting import Metrics
from sixnines.telemetry.metrics import ATTEMPTS, REQUESTS

PAGE = b"""\
# HELP sixnines_requests_total Requests.
# TYPE sixnines_requests_total counter
sixnines_requests_total{model="m",operation="chat",outcome="ok"} 3
sixnines_requests_total{model="m",operation="embedding",outcome="ok"} 2
sixnines_requests_total{model="m",operation="chat",outcome="broken_truncated"} 1
sixnines_requests_total{model="m",operation="chat",outcome="failed"} 7
sixnines_attempts_total{provider="a",outcome="ok"} 5
sixnines_attempts_total{provider="a",outcome="caller"} 1
sixnines_attempts_total{provider="a",outcome="server"} 2
sixnines_attempts_total{provider="a",outcome="cancelled"} 9
plain 1.5e3
timed 1 1700000000
odd{text="a \\"quoted\\" \\\\ and\\nmore, {x}"} +Inf
"""


def test_samples_have_names_labels_and_values():
    samples = read_samples(PAGE)
    assert len(samples) == 11
    assert samples[-1].labels == {"text": 'a "quoted" \\ and\nmore, {x}'}
    assert samples[-3].value == 1500


def test_answers_that_began_are_counted_by_model():
    assert by_model(read_samples(PAGE)) == {"m": 6}


def test_calls_are_good_or_bad_and_those_that_were_cancelled_neither():
    assert calls_in(read_samples(PAGE)) == {"a": (6, 2)}


@pytest.mark.parametrize(
    "line", [b"name{", b'name{a="x} 1', b"name{a=x} 1", b"name one", b"na-me 1", b'name{a="x"b="y"} 1', b"name"]
)
def test_a_line_that_is_no_sample_is_told_with_its_number(line):
    with pytest.raises(CheckFailed, match=r"^line 2 is no sample"):
        read_samples(b"fine 1\n" + line + b"\n")


def test_what_is_counted_is_what_the_gateway_writes():
    metrics = Metrics()
    metrics.count(REQUESTS, ("m", "m", "a", "chat", "ok"))
    metrics.count(ATTEMPTS, ("a", "ok"))
    samples = read_samples(metrics.render().encode() if isinstance(metrics.render(), str) else metrics.render())
    assert by_model(samples) == {"m": 1}
    assert calls_in(samples) == {"a": (1, 0)}
