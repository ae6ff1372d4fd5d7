"""What is counted where, what a report says of it, and what it never says."""

import json
import re
from html.parser import HTMLParser

import msgspec
import pytest

from sixnines.cli.bench_text import text
from sixnines.load import wording
from sixnines.load.judging import Fault, Wrong
from sixnines.load.page import render
from sixnines.load.report import Report, Setting, make_report
from sixnines.load.schedule import Arrivals, Plan, Profile
from sixnines.load.tally import OTHERS, UNTOLD, Outcome, Tally
from support.load_runs import Answer, measure, whole

EVIL = "<script>alert(1)</script>&\"'"


def setting(**more):
    values = {
        "url": "http://127.0.0.1:4000", "model": "m", "stream": False, "profile": Profile.STEADY,
        "arrivals": Arrivals.POISSON, "rps": 10.0, "duration_s": 60.0, "seed": 1, "most_open": 100, "timeout_s": 60.0,
        "prompts": 1, "max_tokens": None, "began_at": 1764100800.0, "version": "0.1.0",
    }  # fmt: skip
    return Setting(**(values | more))


def outcome(due_s=0.0, took_s=0.1, provider="a", fault=None, first_s=None):
    return Outcome(due_s, due_s, first_s, due_s + took_s, provider, fault)


def tally_of(*outcomes, duration_s=60.0):
    tally = Tally(duration_s)
    for each in outcomes:
        tally.became_due(each.due_s)
        tally.lateness.record(0.0005)
        tally.is_over(each)
    return tally


def report_of(tally, *, lasted_s=60.0, cpu_s=1.0, interrupted=False, **more):
    return make_report(setting(**more), tally, lasted_s=lasted_s, cpu_s=cpu_s, interrupted=interrupted)


def bad(kind=Wrong.TIME, said=""):
    return outcome(fault=Fault(kind, said))


def test_every_request_that_was_due_is_counted_once():
    tally = tally_of(*[outcome() for _ in range(7)], bad(), bad())
    tally.was_never_sent(3.0)
    tally.became_due(4.0)
    tally.was_given_up()
    report = report_of(tally)
    assert (report.due, report.good, report.bad, report.unfinished) == (11, 7, 3, 1)
    assert report.success.value == 0.7
    assert sum(point.due for point in report.series) == 11
    assert sum(point.good + point.bad for point in report.series) == 10


def test_bad_answers_are_in_the_time_of_all_and_not_in_that_of_the_good():
    report = report_of(tally_of(*[outcome(took_s=0.1)] * 100, *[outcome(took_s=60.0, fault=Fault(Wrong.TIME))] * 100))
    good, everything = report.spreads[2:]
    assert (good.count, everything.count) == (100, 200)
    assert good.p99_s == pytest.approx(0.1, rel=0.01)
    assert everything.p99_s == pytest.approx(60, rel=0.01)


def test_a_request_counts_in_the_slot_in_which_it_was_due():
    report = report_of(tally_of(outcome(due_s=1.0, took_s=50.0), outcome(due_s=2.0), outcome(due_s=60.0)))
    assert [point.start_s for point in report.series if point.due] == [1.0, 2.0, 59.5]


@pytest.mark.parametrize("duration_s", [0.1, 0.5, 7.3, 30, 60, 61, 600, 3600, 86400])
def test_plots_have_as_many_slots_as_can_be_told_apart(duration_s):
    tally = Tally(duration_s)
    assert 1 <= len(tally.slots) <= 120
    assert len(tally.slots) * tally.slot_s >= duration_s
    assert (len(tally.slots) - 1) * tally.slot_s < duration_s


def test_a_server_cannot_fill_the_memory_with_names():
    tally = tally_of(*[outcome(provider=f"p{number}") for number in range(100)], outcome(provider=""))
    assert len(tally.providers) == 14
    assert (tally.providers[OTHERS], tally.providers[UNTOLD]) == (88, 1)


def test_what_was_not_measured_is_said_so_and_never_a_number():
    report = report_of(Tally(60.0), lasted_s=0.0, cpu_s=None)
    assert (report.success.value, report.good_rps, report.spreads[0].p50_s, report.effort.cpu_share) == (
        None,
        None,
        None,
        None,
    )
    assert not report.is_clean
    for written in (text(report), render(report)):
        assert "not measured" in written
        assert "nan" not in re.sub(r"[a-z]*nan[a-z]+", "", written.lower())
    few = report_of(tally_of(*[outcome()] * 50))
    assert "not measured" in text(few)
    assert few.spreads[2].p99_s is None


@pytest.mark.parametrize(
    ("good", "bad_ones", "said"), [(1000, 0, "100 %"), (99_999, 1, "99.9990 %"), (3, 1, "75.0 %"), (0, 4, "0.0 %")]
)
def test_success_is_never_rounded_up_to_all(good, bad_ones, said):
    tally = Tally(60.0)
    tally.good, tally.bad = good, bad_ones
    assert wording.success(report_of(tally)) == said


def test_success_has_its_interval_and_the_nines_it_supports():
    tally = Tally(60.0)
    tally.good, tally.bad, tally.due = 408, 2, 410
    report = report_of(tally)
    assert (report.success.value, report.success.nines) == (408 / 410, 1)
    assert report.success.lower < 0.99 < report.success.value < report.success.upper < 1
    assert "408 good answers, 2 bad, of 410 requests that were due. Success: 99.51 % (98.2" in text(report)
    assert "may be claimed" in render(report)


@pytest.mark.parametrize(
    ("seconds", "said"), [(12.3456, "12.35 s"), (0.03814, "38.1 ms"), (0.000412, "0.41 ms"), (0, "0.00 ms")]
)
def test_times_are_written_with_their_unit(seconds, said):
    assert wording.time(seconds) == said


def test_a_late_generator_marks_the_run():
    tally = tally_of(*[outcome()] * 200)
    assert report_of(tally).is_clean
    for _ in range(10):
        tally.lateness.record(0.050)
    report = report_of(tally)
    assert not report.is_clean
    assert "The load machine was the limit: it sent requests up to 50.0 ms" in report.effort.remarks[0]
    assert report.effort.remarks[0] in render(report)
    assert f"NOTE: {report.effort.remarks[0]}" in text(report)


def test_lateness_that_is_little_beside_the_answers_is_none():
    tally = tally_of(*[outcome(took_s=2.0)] * 200)
    for _ in range(10):
        tally.lateness.record(0.050)
    assert report_of(tally).is_clean


def test_a_busy_generator_and_a_reached_limit_mark_the_run():
    tally = tally_of(*[outcome()] * 200)
    assert "used 90% of its core" in report_of(tally, cpu_s=54.0).effort.remarks[0]
    tally.held = 3
    assert "3 requests had to wait because 100 were open (--max-open)" in report_of(tally).effort.remarks[0]


def test_what_the_load_machine_lacks_is_not_said_of_the_endpoint():
    tally = tally_of(*[outcome()] * 200, bad(Wrong.OWN, "no connection could be made (Too many open files)"))
    (remark,) = report_of(tally).effort.remarks
    assert remark.startswith("The load machine was the limit: 1 connections could not be opened")
    assert "Too many open files" in remark


def test_a_run_with_a_bad_answer_or_without_a_good_one_is_not_clean():
    assert not report_of(tally_of(*[outcome()] * 200, bad())).is_clean
    assert not report_of(Tally(60.0)).is_clean


def test_the_first_words_of_each_kind_are_kept():
    report = report_of(tally_of(bad("HTTP 429", "slow down"), bad("HTTP 429", "later"), bad(Wrong.NOT_JSON, "<p>")))
    assert [(each.kind, each.count, each.example) for each in report.faults] == [
        ("HTTP 429", 2, "slow down"),
        ("not JSON", 1, "<p>"),
    ]
    assert "slow down" in text(report)


def test_a_soak_compares_its_first_quarter_with_its_last():
    outcomes = [outcome(due_s=at / 10, took_s=0.1 if at < 3000 else 0.3) for at in range(6000)]
    report = report_of(tally_of(*outcomes, duration_s=600.0), lasted_s=600.0, profile=Profile.SOAK, duration_s=600.0)
    assert report.drift is not None
    assert report.drift.first.p50_s == pytest.approx(0.1, rel=0.01)
    assert report.drift.last.p50_s == pytest.approx(0.3, rel=0.01)
    assert "last quarter" in text(report)
    assert "First against last" in render(report)
    assert report_of(tally_of(*outcomes, duration_s=600.0), duration_s=600.0).drift is None
    assert report_of(tally_of(outcome(), duration_s=1.0), profile=Profile.SOAK, duration_s=1.0).drift is None
    stopped = report_of(tally_of(*outcomes[:2000], duration_s=600.0), profile=Profile.SOAK, duration_s=600.0)
    assert stopped.drift is None


def test_a_run_that_was_stopped_says_so_and_counts_what_was_under_way_as_neither():
    tally = tally_of(*[outcome()] * 10)
    tally.was_given_up()
    said = text(report_of(tally, lasted_s=2.0, interrupted=True))
    assert "Stopped before its end" in said
    assert "1 were under way at the end and count as neither" in said
    assert "Success: 100 % (" in said


def test_the_json_is_the_report():
    report = report_of(tally_of(*[outcome(first_s=0.05)] * 30, bad()))
    assert msgspec.json.decode(msgspec.json.encode(report), type=Report) == report
    assert json.loads(msgspec.json.encode(report))["format"] == 1


def page():
    """Of a run with everything in it."""

    def play(number):
        if number % 10 == 0:
            return Answer([(0.1, f'{{"error": {json.dumps(EVIL)}}}'.encode())])
        return Answer([(0.05, whole())], provider=EVIL.encode() if number < 300 else b"b")

    tally, _, passed_s = measure(Plan(Profile.SPIKE, 10, 30), play)
    asked = setting(model=EVIL, profile=Profile.SPIKE, duration_s=30.0)
    return render(make_report(asked, tally, lasted_s=passed_s, cpu_s=0.1))


def test_the_page_needs_nothing_from_anywhere():
    html = page()
    assert not re.search(r"https?://(?!127\.0\.0\.1)", html)
    assert not re.search(r"<script|<link|<img|<iframe|@import|url\(|\son[a-z]+=|src=|href=", html)
    assert "default-src 'none'" in html


def test_what_a_server_says_is_text_on_the_page():
    html = page()
    assert "<script" not in html
    assert html.count("&lt;script&gt;alert(1)&lt;/script&gt;&amp;&quot;&#x27;") >= 3


def test_the_page_shows_rates_times_providers_and_faults_over_time():
    html = page()
    assert html.count("<svg") == 3
    for part in ("Over time", "Who answered", "What went wrong", "an error inside a 200", "prefers-color-scheme:dark",
                 "width=device-width", "time to first token", "not measured"):  # fmt: skip
        assert part in html, part
    assert "nan" not in html.split("</style>")[1].replace("tenant", "")
    assert "What went wrong</h2>\n<p>Nothing" in render(report_of(tally_of(outcome())))


def test_every_tag_of_the_page_is_closed():
    class Checked(HTMLParser):
        def handle_startendtag(self, tag, attrs):
            assert tag in {"path", "rect"}

        def handle_starttag(self, tag, attrs):
            if tag != "meta":
                left_open.append(tag)

        def handle_endtag(self, tag):
            assert left_open.pop() == tag

    left_open = []
    Checked().feed(page())
    assert left_open == []
