"""Which format a scrape asks for."""

import pytest

from sixnines.server.metrics_format import wants_open_metrics

# What Prometheus 2.42 sends, and 3.x.
OF_PROMETHEUS_2 = (
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)
OF_PROMETHEUS_3 = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;"
    "q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)


@pytest.mark.parametrize(
    "accept",
    [OF_PROMETHEUS_2, OF_PROMETHEUS_3, "application/openmetrics-text", "Application/OpenMetrics-Text; version=1.0.0"],
)
def test_whoever_puts_open_metrics_first_gets_it(accept):
    assert wants_open_metrics(accept.encode())


@pytest.mark.parametrize(
    "accept",
    [
        None, "", "*/*", "text/plain", "text/html,*/*;q=0.8", "application/openmetrics-text;q=0",
        "application/openmetrics-text;q=0.2,text/plain;q=0.5", "application/openmetrics-text;version=0.0.1",
        "application/openmetrics-text;q=nan", "application/openmetrics-text;q=7", "application/openmetrics-text;q=x",
        ",;,;q=,", "\xff\xfe",
    ],
)  # fmt: skip
def test_everybody_else_gets_what_everything_reads(accept):
    assert not wants_open_metrics(None if accept is None else accept.encode("latin-1"))
