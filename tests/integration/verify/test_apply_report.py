"""`sixnines apply --report`: the page says what was done, by what was told and what is kept, and nothing else."""

import pytest

from support.changing import archive_of
from support.gateway_process import GatewayProcess
from support.lab import Lab, config_text
from support.typed import typed

pytestmark = pytest.mark.slow

CONFIG = """
providers:
  a: {{kind: openai-compatible, base_url: "{a}"}}
models:
  m: {{deployments: [{{provider: a, model: {model}}}]{more}}}
"""


@pytest.fixture
def lab():
    with Lab() as lab:
        lab.a = lab.engine("openai")
        yield lab


def config(lab, *, model="up", more=""):
    return CONFIG.format(a=lab.a.base_url, model=model, more=more)


def apply(gateway, tmp_path, text, *words):
    page = tmp_path / "record.md"
    gateway.write(text)
    environment = {"XDG_STATE_HOME": str(gateway.state_home)}
    done = typed("apply", gateway.file, "--watch", "0", "--report", page, *words, environment=environment)
    return done, page


def test_a_change_that_holds(lab, tmp_path):
    with GatewayProcess(tmp_path, config(lab)) as gateway:
        done, page = apply(gateway, tmp_path, config(lab, more=", context_window: 4096"), "--note", "a window")
        digest = archive_of(gateway).read(2).digest
    assert done.returncode == 0, done.stdout + done.stderr
    text = page.read_text()
    assert text.startswith("# Deployment record: revision 2\n")
    for line in (
        "| note | a window |", "| outcome | applied |", f"sha256 {digest}", "* changed: model m",
        "| preflight | a | it has up | passed |  |", "| models | m | a/up alone answers | passed | a |",
        "100.00 % (95 % interval", f"    sixnines rollback 1 --config {gateway.file}",
    ):  # fmt: skip
        assert line in text, text
    assert "| activate |" in text


def test_a_change_that_went_back_by_itself(lab, tmp_path):
    with GatewayProcess(tmp_path, config(lab)) as gateway:
        done, page = apply(gateway, tmp_path, config(lab, model="typo"), "--no-preflight")
    assert done.returncode == 1
    text = page.read_text()
    assert "| outcome | rolled back: verify failed" in text
    assert "| models | m | a/typo alone answers | failed |" in text


def test_a_change_without_a_gateway_says_that_nothing_was_asked(lab, tmp_path):
    file, page, state = tmp_path / "sixnines.yaml", tmp_path / "record.md", tmp_path / "state"
    file.write_text(config_text(config(lab)))
    done = typed("apply", file, "--report", page, environment={"XDG_STATE_HOME": str(state)})
    assert done.returncode == 0, done.stdout + done.stderr
    text = page.read_text()
    assert "| gateway | not asked |" in text
    assert "not measured" in text
    assert "nothing to go back to" in text


def test_a_record_that_cannot_be_written_takes_nothing_back(lab, tmp_path):
    with GatewayProcess(tmp_path, config(lab)) as gateway:
        gateway.write(config(lab, more=", context_window: 4096"))
        environment = {"XDG_STATE_HOME": str(gateway.state_home)}
        nowhere = tmp_path / "none" / "record.md"
        done = typed("apply", gateway.file, "--watch", "0", "--report", nowhere, environment=environment)
        assert archive_of(gateway).head() == 2
    assert done.returncode == 0
    assert "the record cannot be written" in done.stderr
