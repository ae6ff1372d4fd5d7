"""What a config would change in a gateway that runs: planned from here and from another machine, applied, and stale."""

import pytest

from sixnines.cli.app import main
from support.changing import apply, archive_of
from support.gateway_process import GatewayProcess
from support.lab import Lab, one_engine

pytestmark = pytest.mark.slow

KEYS = {"CALLER": "caller-key-0123456789", "ADMIN": "admin-key-0123456789"}
WITH_KEYS = 'server: {listen: "127.0.0.1:0", api_keys: ["env:CALLER"], admin_key: "env:ADMIN"}\n'


@pytest.fixture
def two():
    """Two configs."""
    with Lab() as lab:
        yield [one_engine(lab.engine("openai", {"default": {"text": text}})) for text in ("old", "new")]


@pytest.fixture
def run(tmp_path, monkeypatch, capfd):
    """A command, as the owner of the gateway types it: its exit status, and what it printed."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)

    def typed(*words):
        capfd.readouterr()
        status = main([*words])
        printed = capfd.readouterr()
        return status, printed.out, printed.err

    return typed


def test_a_plan_is_made_against_what_runs_applied_once_and_stale_then(tmp_path, two, run):
    old, new = two
    with GatewayProcess(tmp_path, old) as gateway:
        gateway.write(new)
        status, printed, _ = run("plan", "--out", "next.plan")
        assert status == 0
        assert printed.startswith("sixnines.yaml against revision 1 (running)\n\n  ~ provider ")
        assert "base_url: http://127.0.0.1:" in printed
        gateway.write("version: 1\nthis: is not what was planned\n")
        assert run("apply", "next.plan", "--watch", "0", "--no-verify")[0] == 0, gateway.log
        assert archive_of(gateway).head() == 2
        assert run("plan", "--format", "json")[0] == 1, "the file on disk has errors"
        status, printed, complaint = run("apply", "next.plan", "--watch", "0", "--no-verify")
        assert status == 1
        assert "planned from revision 1, and revision 2 holds by now" in printed + complaint
        gateway.write(new)
        assert run("plan")[1] == "No changes: sixnines.yaml means the same as revision 2 (running).\n"
        assert run("diff", "1", "2", "--exit-code")[0] == 1


def test_from_another_machine_it_is_asked_over_the_network(tmp_path, two, run, monkeypatch):
    old, new = two
    with GatewayProcess(tmp_path, WITH_KEYS + old, environment=KEYS) as gateway:
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "elsewhere"))
        (tmp_path / "other.yaml").write_text(gateway.file.read_text())
        status, _, complaint = run("plan", "other.yaml", "--gateway", gateway.url)
        assert status == 1
        assert "--admin-key" in complaint
        monkeypatch.setenv("ADMIN", KEYS["ADMIN"])
        reach = ("--gateway", gateway.url, "--admin-key", "env:ADMIN")
        assert run("plan", "other.yaml", *reach)[1] == (
            "No changes: other.yaml means the same as revision 1 (running).\n"
        )
        apply(gateway, WITH_KEYS + new)
        status, printed, _ = run("diff", "2", "other.yaml", *reach)
        assert status == 0
        assert printed.startswith("from revision 2 to other.yaml\n\n  ~ provider ")
        assert run("diff", "9", "other.yaml", *reach)[0] == 1
        assert KEYS["ADMIN"] not in printed
