"""`sixnines verify` as a person types it, against `sixnines serve` in a process of its own."""

import json
import xml.etree.ElementTree as ET

import pytest

from support.gateway_process import GatewayProcess
from support.lab import Lab
from support.typed import typed

KEYS = 'server: {{listen: "127.0.0.1:0", expose: {expose}, api_keys: ["env:CALLER"], admin_key: "env:ADMIN"}}\n'
SECRETS = {"CALLER": "sk-caller", "ADMIN": "sk-admin"}
CONFIG = """
providers:
  a: {{kind: openai-compatible, base_url: "{a}"}}
  b: {{kind: ollama, base_url: "{b}"}}
models:
  m: {{deployments: [{{provider: a, model: up}}], fallbacks: [other]}}
  other: {{deployments: [{{provider: b, model: up}}]}}
routes:
  chat: {{models: [m, other]}}
"""

pytestmark = pytest.mark.slow


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


@pytest.fixture
def home(tmp_path):
    """An environment in which nobody else's gateway is found."""
    return {"XDG_STATE_HOME": str(tmp_path / "state"), "XDG_RUNTIME_DIR": str(tmp_path)}


def config(lab, *, a=None, server=""):
    lab.a, lab.b = lab.engine("openai", a), lab.engine("ollama")
    return server + CONFIG.format(a=lab.a.base_url, b=lab.b.base_url)


def verify(*words, environment):
    return typed("verify", *words, environment=environment)


def test_a_gateway_in_which_nothing_is_wrong(lab, home, tmp_path):
    with GatewayProcess(tmp_path, config(lab), home) as gateway:
        done = verify("--config", gateway.file, "--samples", "2", environment=home)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    *_, last = done.stdout.splitlines()
    assert " passed" in last
    assert "failed" not in last
    assert "spent $0.00000 of at most $0.00000" in last
    assert "  ok       m: a/up alone answers [a] - finish_reason stop" in done.stdout
    assert "  ok       m -> other: the fallback alone answers [b]" in done.stdout


def test_a_fault_is_told_once_more_at_the_end_and_is_the_exit_status(lab, home, tmp_path):
    broken = {"models": ["another"]}
    with GatewayProcess(tmp_path, config(lab, a=broken), home) as gateway:
        done = verify("--config", gateway.file, "--only", "models,chains", environment=home)
    assert done.returncode == 1
    assert done.stdout.count("m: a/up alone answers") == 2
    assert "1 failed" in done.stdout.splitlines()[-1]


def test_reports_for_programs_and_for_the_record(lab, home, tmp_path):
    record = tmp_path / "record.md"
    with GatewayProcess(tmp_path, config(lab), home) as gateway:
        words = ("--config", gateway.file, "--only", "gateway,models,latency,metrics", "--samples", "2")
        told = verify(*words, "--format", "json", "--report", record, environment=home)
        junit = verify(*words, "--format", "junit", environment=home)
    report = json.loads(told.stdout)
    assert report["counts"]["failed"] == 0
    assert sum(report["counts"].values()) == len(report["results"])
    assert {each["served_by"] for each in report["results"] if each["group"] == "models"} == {"a", "b"}
    assert len(ET.fromstring(junit.stdout).findall("testsuite/testcase")) == len(report["results"])
    page = record.read_text()
    assert page.startswith("# Verification record\n")
    assert "| models | m | a/up alone answers | passed | a |" in page
    assert "100.00 % (95 % interval" in page


@pytest.mark.parametrize("expose", ["trail", "minimal"])
def test_its_owner_needs_no_key_and_sees_who_answered(lab, home, tmp_path, expose):
    with GatewayProcess(tmp_path, config(lab, server=KEYS.format(expose=expose)), home | SECRETS) as gateway:
        done = verify("--config", gateway.file, environment=home)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "not all secrets of the config are here" in done.stderr
    assert "  ok       m: a/up alone answers [a]" in done.stdout
    assert "  ok       a caller without a key is refused" in done.stdout


@pytest.mark.parametrize("expose", ["trail", "minimal"])
def test_a_gateway_at_an_address_with_keys(lab, home, tmp_path, expose):
    keys = ("--key", "env:CALLER", "--admin-key", "env:ADMIN")
    with GatewayProcess(tmp_path, config(lab, server=KEYS.format(expose=expose)), home | SECRETS) as gateway:
        done = verify("--config", gateway.file, "--gateway", gateway.url, *keys, environment=home | SECRETS)
    assert "  ok       m -> other: the fallback alone answers [b]" in done.stdout, done.stdout + done.stderr


def test_a_gateway_that_does_not_run_is_a_failure_that_says_so(lab, home, tmp_path):
    file = tmp_path / "sixnines.yaml"
    file.write_text('version: 1\nserver: {listen: "127.0.0.1:1"}\n' + config(lab))
    done = verify("--config", file, environment=home)
    assert done.returncode == 1
    assert "it can be asked - the gateway cannot be asked" in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--only", "nonsense"), "there is no group nonsense; there are: gateway, keys"),
        (("--gateway", "nonsense"), "give an address as http://HOST:PORT"),
        (("--key", "sk-secret"), "a secret is never written here"),
        (("--key", "env:NOT_SET_ANYWHERE"), "the environment variable NOT_SET_ANYWHERE is not set"),
        ((), "no gateway of it is running here"),
        (("--max-cost", "-1"), "--max-cost"),
    ],
)
def test_wrong_usage_is_told_before_anything_is_asked(lab, home, tmp_path, words, said):
    file = tmp_path / "sixnines.yaml"
    port = 1 if words else 0
    file.write_text(f'version: 1\nserver: {{listen: "127.0.0.1:{port}"}}\n' + config(lab))
    done = verify("--config", file, *words, environment=home)
    assert done.returncode == 2, done.stderr
    assert said in " ".join(done.stderr.replace("│", " ").split())
    assert "sk-secret" not in done.stderr
    assert lab.a.total == 0


def test_without_a_config_it_says_where_one_was_looked_for(home, tmp_path):
    done = verify(environment=home | {"XDG_CONFIG_HOME": str(tmp_path / "none")})
    assert done.returncode == 2
    assert "no config at sixnines.yaml" in done.stderr
