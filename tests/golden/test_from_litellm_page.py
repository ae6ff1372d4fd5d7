"""The guide for those who come from LiteLLM shows what the command prints: its own example is run again."""

import re

from sixnines.cli.app import main
from support.checkout import ROOT

BLOCK = re.compile(r"^```(?:yaml)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_example_of_the_guide_is_what_the_command_makes(tmp_path, capsys, monkeypatch):
    blocks = BLOCK.findall((ROOT / "docs" / "guide" / "from-litellm.md").read_text())
    _, old, report, new, *_ = blocks
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_text(old)
    command, _, told = report.partition("\n")
    assert command == "$ sixnines import litellm config.yaml --out sixnines.yaml"
    assert main(command.split()[2:]) == 0
    assert capsys.readouterr().out == told
    assert (tmp_path / "sixnines.yaml").read_text() == new
