"""The look-up order for the config."""

from pathlib import Path

from sixnines.config.find import find_config, places
from sixnines.settings import read_settings

SETTINGS = read_settings({"HOME": "/home/u", "XDG_CONFIG_HOME": "/etc/xdg"})


def test_a_named_file_is_taken_even_if_it_is_not_there():
    assert find_config(Path("x.yaml"), SETTINGS, lambda _: False) == Path("x.yaml")


def test_the_working_directory_comes_before_the_home():
    assert find_config(None, SETTINGS, lambda _: True) == Path("sixnines.yaml")


def test_the_config_home_comes_last():
    last = Path("/etc/xdg/sixnines/sixnines.yaml")
    assert places(SETTINGS) == (Path("sixnines.yaml"), last)
    assert find_config(None, SETTINGS, lambda path: path == last) == last


def test_there_may_be_none():
    assert find_config(None, SETTINGS, lambda _: False) is None
