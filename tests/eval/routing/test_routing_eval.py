"""The labelled prompts are what they are said to be, the score does as well on them as was measured, and the report is true."""

import json
import re
from collections import Counter

import pytest

from eval.routing.__main__ import main
from eval.routing.confusion import confusion
from eval.routing.judges import by_length, by_score
from eval.routing.prompts import FOLDER, read
from eval.routing.report import report
from sixnines.domain.complexity import Complexity

# Measured: 88.6 % and 78.5 %; three prompts of a half may change sides before somebody has to look.
TUNING_AT_LEAST = 0.87
HELD_OUT_AT_LEAST = 0.76


@pytest.fixture(scope="module")
def prompts():
    return read()


def half(prompts, *, tuning):
    return [each for each in prompts if each.tuning is tuning]


def matrices(text):
    """The numbers of each matrix in a report, row by row."""
    rows = re.findall(r"^\| is \w+ +\| (\d+) +\| (\d+) +\| (\d+) +\|", text, re.MULTILINE)
    counts = [[int(each) for each in row] for row in rows]
    return [counts[at : at + 3] for at in range(0, len(counts), 3)]


def test_there_are_enough_prompts_and_each_has_its_own_name(prompts):
    assert len(prompts) >= 200
    assert len({each.id for each in prompts}) == len(prompts)
    assert all(each.id.rsplit("-", 1)[0] == each.kind for each in prompts)
    assert f"{len(prompts)} requests" in (FOLDER.parent / "README.md").read_text()


@pytest.mark.parametrize("tuning", [True, False])
def test_each_half_has_enough_of_every_label_and_of_every_kind(prompts, tuning):
    of_it = half(prompts, tuning=tuning)
    assert min(Counter(each.label for each in of_it)[label] for label in Complexity) >= 30
    assert {each.kind for each in of_it} == {each.kind for each in prompts}


def test_a_prompt_stays_in_its_half():
    """By a rule that depends on nothing but its name."""
    known = {"chat-01": False, "chat-04": True, "code-27": True, "maths-15": False, "short_hard-01": True}
    assert {each.id: each.tuning for each in read() if each.id in known} == known


def test_the_score_is_as_good_as_it_was(prompts):
    assert confusion(half(prompts, tuning=True), by_score).accuracy >= TUNING_AT_LEAST
    assert confusion(half(prompts, tuning=False), by_score).accuracy >= HELD_OUT_AT_LEAST


def test_the_score_is_far_better_than_length(prompts):
    length, _, _ = by_length(half(prompts, tuning=True))
    held_out = half(prompts, tuning=False)
    assert confusion(held_out, by_score).accuracy > confusion(held_out, length).accuracy + 0.2


def test_the_score_seldom_takes_one_extreme_for_the_other(prompts):
    assert confusion(prompts, by_score).far_off <= 6


def test_the_thresholds_by_length_are_the_best_there_are(prompts):
    tuning = half(prompts, tuning=True)
    judge, lower, upper = by_length(tuning)
    best = confusion(tuning, judge).right
    assert lower <= upper
    assert best >= Counter(each.label for each in tuning).most_common(1)[0][1]


def test_the_printed_matrices_count_every_prompt_of_their_half(prompts):
    sizes = [len(half(prompts, tuning=tuning)) for tuning in (True, False)] * 2
    assert [sum(map(sum, each)) for each in matrices(report(prompts))] == sizes


def test_the_printed_figures_follow_from_the_printed_matrix(prompts):
    text = report(prompts)
    right = [sum(each[at][at] for at in range(3)) for each in matrices(text)]
    said = re.findall(r"(\d+) of (\d+) right, (\d+\.\d) %", text)
    assert [int(each[0]) for each in said] == right
    assert all(float(each[2]) <= 100 * int(each[0]) / int(each[1]) < float(each[2]) + 0.1 for each in said)


def test_the_matrix_is_computed_from_the_files(tmp_path, prompts):
    for path in FOLDER.glob("*.jsonl"):
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        changed = [{**each, "label": "complex" if each["label"] == "simple" else each["label"]} for each in lines]
        (tmp_path / path.name).write_text("\n".join(map(json.dumps, changed)) + "\n")
    before, after = matrices(report(prompts)), matrices(report(read(tmp_path)))
    for was, now in zip(before[:2], after[:2], strict=True):
        assert now[0] == [0, 0, 0]
        assert now[2] == [one + other for one, other in zip(was[0], was[2], strict=True)]


def test_a_label_that_is_none_is_an_error(tmp_path):
    (tmp_path / "x.jsonl").write_text('{"id": "x-01", "label": "hard", "body": {"messages": []}}\n')
    with pytest.raises(ValueError, match="hard"):
        read(tmp_path)


def test_the_command_prints_the_report_and_the_mistakes_of_the_tuning_half_only(prompts, capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["eval", "--mistakes"])
    assert main() == 0
    printed = capsys.readouterr().out
    assert printed.startswith(report(prompts))
    mistaken = re.findall(r"^([a-z_]+-\d+): is", printed, re.MULTILINE)
    wrong = {each.id for each in prompts if each.tuning and by_score(each) is not each.label}
    assert {*mistaken} == wrong
