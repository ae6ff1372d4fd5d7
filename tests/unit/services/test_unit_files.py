"""Unit files are written, compared and removed, and what somebody else has done is his."""

from pathlib import Path

import pytest

from sixnines.services.trouble import ServiceError
from sixnines.services.unit_files import Written, remove_unit, unit_folder, write_unit, written_for
from sixnines.services.units import unit_text
from support.units import machine, plans_of

LAB = Path(__file__).parents[2] / "golden" / "units" / "lab.yaml"


@pytest.fixture
def text() -> str:
    return unit_text(plans_of(LAB)["ollama"], machine())


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    return tmp_path / "systemd" / "user" / "x.service"


def test_units_lie_beside_the_folder_of_the_config():
    assert unit_folder(Path("/home/ada/.config/sixnines")) == Path("/home/ada/.config/systemd/user")


def test_writing_twice_changes_nothing(unit, text):
    assert write_unit(unit, text, force=False) is Written.NEW
    before = unit.stat()
    assert write_unit(unit, text, force=False) is Written.SAME
    assert unit.stat().st_mtime_ns == before.st_mtime_ns
    assert written_for(unit) == ("ollama", "/home/ada/lab/sixnines.yaml")


def test_what_nobody_has_touched_is_brought_up_to_date(unit, text):
    write_unit(unit, text, force=False)
    newer = unit_text(plans_of(LAB)["ollama"], machine(systemd=252))
    assert write_unit(unit, newer, force=False) is Written.CHANGED
    assert unit.read_text() == newer
    assert sorted(path.name for path in unit.parent.iterdir()) == ["x.service"]


@pytest.mark.parametrize("change", ["changed by hand", "none of ours"])
def test_what_somebody_else_has_done_stays_unless_he_says_otherwise(unit, text, change):
    write_unit(unit, text, force=False)
    his = (
        text.replace("KillMode=mixed", "KillMode=process")
        if change == "changed by hand"
        else "[Service]\nExecStart=x\n"
    )
    unit.write_text(his)
    with pytest.raises(ServiceError, match=f"{change}.*--force overwrites it"):
        write_unit(unit, text, force=False)
    with pytest.raises(ServiceError, match=change):
        remove_unit(unit, force=False)
    assert unit.read_text() == his
    assert write_unit(unit, text, force=True) is Written.CHANGED
    assert unit.read_text() == text


def test_what_is_none_of_ours_is_never_removed(unit, text):
    unit.parent.mkdir(parents=True)
    unit.write_text("[Service]\nExecStart=x\n")
    with pytest.raises(ServiceError, match="none of ours"):
        remove_unit(unit, force=True)
    assert unit.exists()


def test_a_unit_that_was_changed_is_removed_by_force(unit, text):
    write_unit(unit, text, force=False)
    unit.write_text(text + "# mine\n")
    assert remove_unit(unit, force=True) is Written.GONE
    assert remove_unit(unit, force=False) is Written.ABSENT


def test_a_folder_that_may_not_be_written_to_is_named(tmp_path, text):
    (tmp_path / "file").write_text("")
    with pytest.raises(ServiceError, match=r"x\.service cannot be (read|written): Not a directory"):
        write_unit(tmp_path / "file" / "x.service", text, force=False)


def test_a_file_that_is_no_text_is_none_of_ours(unit):
    unit.parent.mkdir(parents=True)
    unit.write_bytes(b"\xff\xfe")
    assert written_for(unit) is None
    with pytest.raises(ServiceError, match="it is not text"):
        remove_unit(unit, force=True)
