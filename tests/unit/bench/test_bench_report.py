"""The tables of the bench: nothing unmeasured looks measured, and a bound has its sign."""

import pytest

from support.bench_scripts import load_bench

report, rounds, columns = load_bench("report"), load_bench("rounds"), load_bench("cases.columns")

SHOWN = (*columns.rate("requests", "nginx"), columns.LATENCY[0], columns.CPU)


def summaries(*made: tuple[str, float, bool]) -> list[object]:
    results = [
        rounds.Round(label, 1, {"rate": rate, "p50_ms": 1.0, "cpu_us": 61.3}, (), limited)
        for label, rate, limited in made
    ]
    return rounds.summarize(results, {label: "nginx" for label, _, _ in made})


def rows(*made: tuple[str, float, bool], missing: dict[str, str] | None = None) -> list[str]:
    return report.case_table(SHOWN, summaries(*made), missing or {}).splitlines()


def test_the_table_shows_every_figure_with_its_unit() -> None:
    assert rows(("nginx", 20000.0, False), ("ours", 8000.0, False)) == [
        "| system | requests/s | spread | of nginx | p50 | CPU/request | rounds |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
        "| nginx | 20,000 | 20,000 to 20,000 | 1.00 | 1.00 ms | 61 us | 1 of 1 |",
        "| ours | 8,000 | 8,000 to 8,000 | 0.40 | 1.00 ms | 61 us | 1 of 1 |",
    ]


def test_a_bound_has_its_sign_and_the_table_says_what_it_means() -> None:
    text = rows(("nginx", 20000.0, True), ("ours", 8000.0, False))
    assert text[2] == "| nginx | ≥ 20,000 | 20,000 to 20,000 | (1.00) | (1.00 ms) | (61 us) | 0 of 1 |"
    assert text[3] == "| ours | 8,000 | 8,000 to 8,000 | ≤ 0.40 | 1.00 ms | 61 us | 1 of 1 |"
    assert report.BOUNDS in text


def test_a_lower_bound_beside_a_measured_baseline_bounds_the_ratio_from_below() -> None:
    text = rows(("nginx", 20000.0, False), ("ours", 8000.0, True))
    assert "| ours | ≥ 8,000 | 8,000 to 8,000 | ≥ 0.40 |" in text[3]


def test_a_system_without_a_good_round_is_shown_as_not_measured() -> None:
    (summary,) = rounds.summarize([rounds.Round("ours", 1, {"rate": 50.0}, ("no answer at all",))], {})
    row = report.case_table(SHOWN, [summary], {}).splitlines()[2]
    assert row == "| ours | not measured | - | - | not measured | not measured | 0 of 1 |"


def test_a_system_that_is_not_there_has_a_row_and_its_reason() -> None:
    text = rows(("nginx", 1.0, False), missing={"Portkey": "node not found\n\nand more"})
    assert text[3] == "| Portkey | not measured | - | - | - | - | - |"
    assert "Not measured, Portkey: node not found / and more" in text


def test_the_block_of_a_document_is_replaced_and_nothing_else() -> None:
    document = "a\n<!-- bench:results -->\nold\n<!-- /bench:results -->\nb \\1\n"
    new = report.replace_block(document, "results", "| \\g<0> |\n")
    assert new == "a\n<!-- bench:results -->\n| \\g<0> |\n<!-- /bench:results -->\nb \\1\n"
    assert report.replace_block(new, "results", "| \\g<0> |\n") == new


@pytest.mark.parametrize("document", ["", "<!-- bench:results -->", "<!-- bench:x --><!-- /bench:x -->" * 2])
def test_a_document_without_exactly_one_block_is_refused(document: str) -> None:
    with pytest.raises(ValueError, match="once"):
        report.replace_block(document, "x" if "bench:x" in document else "results", "new")


@pytest.mark.parametrize(
    ("show", "value", "text"),
    [
        ("times", 0.27, "0.27"),
        ("times", 0.0019, "0.0019"),
        ("microseconds", 3.04, "3.0 us"),
        ("microseconds", 61.3, "61 us"),
        ("signed_milliseconds", -0.5, "-0.50 ms"),
        ("number", 20270.4, "20,270"),
        ("percent", 0.975, "98%"),
    ],
)
def test_values_are_written_as_precisely_as_they_mean(show: str, value: float, text: str) -> None:
    assert getattr(columns, show)(value) == text
