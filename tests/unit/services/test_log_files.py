"""Logs that others write to are turned over without these having to know."""

from pathlib import Path

from sixnines.services.log_files import last_lines, turn_over


def test_a_small_log_is_left_alone(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    log.write_text("a" * 100)
    assert not turn_over(log, max_size=100)
    assert not turn_over(tmp_path / "none.log")
    assert [path.name for path in tmp_path.iterdir()] == ["x.log"]


def test_a_writer_that_holds_the_file_goes_on_in_the_new_one(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    with log.open("ab", buffering=0) as writer:
        for life in range(5):
            writer.write(b"life %d\n" % life)
            assert turn_over(log, max_size=3, keep=3)
        writer.write(b"now\n")
    assert log.read_text() == "now\n"
    texts = {path.name: path.read_text() for path in tmp_path.iterdir() if path != log}
    assert texts == {"x.log.1": "life 4\n", "x.log.2": "life 3\n", "x.log.3": "life 2\n"}
    assert {path.stat().st_mode & 0o777 for path in tmp_path.glob("x.log.*")} == {0o600}


def test_a_log_that_cannot_be_turned_over_grows(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    log.write_text("much")
    (tmp_path / "x.log.1").mkdir()
    assert not turn_over(log, max_size=1, keep=1)
    assert log.read_text() == "much"


def test_the_end_of_a_log_is_shown_whatever_is_in_it(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    log.write_bytes(b"one\ntwo\n\xff three\nfour")
    assert last_lines(log, 2) == ["\ufffd three", "four"]
    assert last_lines(tmp_path / "none", 2) == []
