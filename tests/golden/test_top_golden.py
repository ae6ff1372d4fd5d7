"""Screens of `sixnines top` beside those in the folder `top`. `PYTHONPATH=tests python -m support.golden_top` writes them."""

import pytest

from support.golden_top import FOLDER, SCREENS, svg


@pytest.mark.parametrize("name", SCREENS)
async def test_the_screen_is_the_one_in_the_file(name: str) -> None:
    assert await svg(name) + "\n" == (FOLDER / f"{name}.svg").read_text()


def test_there_is_nothing_beside_the_screens() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(SCREENS)
