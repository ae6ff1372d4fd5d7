"""Durations and sizes: read exactly, written the short way, never guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sixnines.config.quantities import parse_duration, parse_size, render_duration, render_size


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("300ms", 0.3), ("1100ms", 1.1), ("1.5s", 1.5), ("0s", 0.0), ("5m", 300.0), ("0.5h", 1800.0), ("24h", 86400.0)],
)
def test_a_duration_is_read(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "30", "s", "30 s", "-1s", "+1s", "1e3s", "1m30s", "30S", "30sec", ".5s", "1.s", "9" * 10 + "s", "٣s"]
)
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(ValueError, match="a duration is"):
        parse_duration(text)


@pytest.mark.parametrize(("text", "count"), [("1B", 1), ("1KiB", 1024), ("32MiB", 32 * 1024**2), ("2GiB", 2 * 1024**3)])
def test_a_size_is_read(text, count):
    assert parse_size(text) == count


@pytest.mark.parametrize("text", ["", "32", "MiB", "1.5MiB", "32MB", "32M", "32 MiB", "-1B", "9" * 13 + "B"])
def test_what_is_no_size_is_refused(text):
    with pytest.raises(ValueError, match="a size is"):
        parse_size(text)


@given(st.integers(0, 86_400_000))
def test_a_written_duration_reads_back(milliseconds):
    assert parse_duration(render_duration(milliseconds / 1000)) == milliseconds / 1000


@given(st.integers(0, 10**12 - 1))
def test_a_written_size_reads_back(count):
    assert parse_size(render_size(count)) == count


@pytest.mark.parametrize(
    ("seconds", "text"), [(300.0, "5m"), (90.0, "90s"), (86400, "24h"), (0.001, "1ms"), (1.5, "1500ms")]
)
def test_a_duration_is_written_the_short_way(seconds, text):
    assert render_duration(seconds) == text
