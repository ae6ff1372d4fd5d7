"""What the benches make of their figures: nothing is lost, nothing wrong counts, nothing unmeasured looks measured."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.bench_scripts import load_bench

report = load_bench("report")

WRK_OUTPUT = """\
Running 4s test @ http://127.0.0.1:4000/v1/chat/completions
  1 threads and 16 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.05ms  400.00us   9.00ms   90.00%
    Req/Sec    15.20k     1.00k   17.00k    75.00%
  60800 requests in 4.00s, 31.31MB read
Requests/sec:  15200.00
Transfer/sec:      7.83MB
SIXNINES-WRK {"duration_us": 4000000, "requests": 60800, "bytes": 32832540, "p50_us": 1020, "p99_us": 2400, \
"connect": 0, "read": 2, "write": 0, "status": 0, "timeout": 0}
"""


def made_round(system: str, rate: float, *faults: str, cpu_us: float | None = None) -> object:
    return report.Round(system, rate, 1000, 2000, cpu_us, None, faults)


def test_wrks_own_figures_are_read_exactly() -> None:
    result = report.read_wrk(WRK_OUTPUT)
    assert result.requests == 60800
    assert result.received == 32832540
    assert result.rate == 15200.0
    assert (result.p50_us, result.p99_us) == (1020, 2400)
    assert result.errors == {"read": 2}


def test_output_without_a_result_is_an_error_that_shows_it() -> None:
    with pytest.raises(ValueError, match="unable to connect"):
        report.read_wrk("unable to connect to 127.0.0.1:1 Connection refused\n")


@given(st.text())
def test_any_body_survives_as_a_lua_string(body: str) -> None:
    literal = report._lua_string(body)
    assert literal.isascii()
    # Lua's escapes as Lua reads them: a backslash and three decimal digits are one byte.
    data, at, inner = bytearray(), 0, literal[1:-1]
    while at < len(inner):
        escaped = inner[at] == "\\"
        data.append(int(inner[at + 1 : at + 4]) if escaped else ord(inner[at]))
        at += 4 if escaped else 1
    assert data.decode() == body


def test_the_script_for_wrk_prints_the_mark_that_is_looked_for() -> None:
    script = report.wrk_script('{"a": "b"}')
    assert report.WRK_MARK in script
    assert r'wrk.body = "{\034a\034: \034b\034}"' in script


@pytest.mark.parametrize(
    ("received", "right"),
    [(1000 * 540, True), (1000 * 540 + 16 * 540, True), (1000 * 540 - 1, False), (1000 * 541 + 16 * 540, False)],
)
def test_bytes_that_do_not_fit_the_answers_are_a_fault(received: int, right: bool) -> None:
    result = report.WrkResult(4.0, 1000, received, 1, 2, {})
    assert (report.faults(result, answer_size=540, connections=16) == ()) is right


def test_every_kind_of_error_is_a_fault() -> None:
    result = report.WrkResult(4.0, 0, 0, 0, 0, {"status": 3, "timeout": 1})
    found = report.faults(result, answer_size=540, connections=16)
    assert found == ("3 status errors", "1 timeout errors", "no answer at all")


def test_a_round_with_a_fault_is_counted_as_made_but_not_in_the_figures() -> None:
    rounds = [
        made_round("nginx", 100.0),
        made_round("ours", 50.0, cpu_us=20.0),
        made_round("ours", 1.0, "others used 0.90 cores", cpu_us=900.0),
        made_round("nginx", 300.0),
    ]
    nginx, ours = report.summarize(rounds, "nginx")
    assert (nginx.rate, nginx.lowest, nginx.highest, nginx.counted, nginx.rounds) == (200.0, 100.0, 300.0, 2, 2)
    assert (ours.rate, ours.counted, ours.rounds, ours.cpu_us) == (50.0, 1, 2, 20.0)


def test_ratios_are_taken_within_a_turn() -> None:
    # The machine was twice as fast in the second turn; the ratio did not change.
    rounds = [
        made_round("nginx", 100.0),
        made_round("ours", 40.0),
        made_round("ours", 80.0),
        made_round("nginx", 200.0),
    ]
    assert [each.ratio for each in report.summarize(rounds, "nginx")] == [1.0, 0.4]


def test_a_system_without_a_good_round_is_shown_as_not_measured() -> None:
    (summary,) = report.summarize([made_round("ours", 50.0, "no answer at all")], "ours")
    assert summary.rate is None
    row = report.overhead_table([summary], "ours").splitlines()[-1]
    assert row == "| ours | not measured | - | - | not measured | not measured | - | 0 of 1 |"


def test_the_table_shows_every_figure_with_its_unit() -> None:
    rounds = [made_round("nginx", 20000.0), made_round("ours", 8000.0, cpu_us=61.3)]
    table = report.overhead_table(report.summarize(rounds, "nginx"), "nginx")
    assert table.splitlines() == [
        "| system | requests/s | spread | of nginx | p50 | p99 | CPU/request | rounds |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
        "| nginx | 20,000 | 20,000 to 20,000 | 1.00 | 1.00 ms | 2.00 ms | - | 1 of 1 |",
        "| ours | 8,000 | 8,000 to 8,000 | 0.40 | 1.00 ms | 2.00 ms | 61 us | 1 of 1 |",
    ]


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0, 1))
def test_a_percentile_is_the_smallest_value_that_enough_values_do_not_exceed(values: list[float], share: float) -> None:
    found = report.percentile(values, share)
    assert found in values
    assert sum(each <= found for each in values) >= share * len(values) - 1e-9
    smaller = [each for each in values if each < found]
    assert not smaller or len(smaller) < share * len(values) + 1e-9


def test_no_values_have_no_percentile() -> None:
    with pytest.raises(ValueError, match="no values"):
        report.percentile([], 0.5)


def test_the_block_of_a_document_is_replaced_and_nothing_else() -> None:
    document = "a\n<!-- bench:overhead -->\nold\n<!-- /bench:overhead -->\nb \\1\n"
    new = report.replace_block(document, "overhead", "| \\g<0> |\n")
    assert new == "a\n<!-- bench:overhead -->\n| \\g<0> |\n<!-- /bench:overhead -->\nb \\1\n"
    assert report.replace_block(new, "overhead", "| \\g<0> |\n") == new


@pytest.mark.parametrize("document", ["", "<!-- bench:overhead -->", "<!-- bench:x --><!-- /bench:x -->" * 2])
def test_a_document_without_exactly_one_block_is_refused(document: str) -> None:
    with pytest.raises(ValueError, match="once"):
        report.replace_block(document, "x" if "bench:x" in document else "overhead", "new")


def test_the_results_of_a_round_are_plain_json() -> None:
    line = report.WRK_MARK + json.dumps(
        dict.fromkeys(("connect", "read", "write", "status", "timeout"), 0)
        | {"duration_us": 1, "requests": 1, "bytes": 1, "p50_us": 1, "p99_us": 1}
    )
    assert report.read_wrk(line).errors == {}
