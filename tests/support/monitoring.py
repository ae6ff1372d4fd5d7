"""What tests of monitoring need: the tools that write its files, and a real Prometheus.

A Prometheus listens on a free port of 127.0.0.1, keeps its data in a folder of the test, and is stopped when the block
ends, also when the test fails.
"""

import json
import re
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

import httpx

from sixnines.quickstart.ports import free_ports
from support.checkout import ROOT

PROMETHEUS = ROOT / "deploy" / "prometheus"
GRAFANA = ROOT / "deploy" / "grafana"
RULES = PROMETHEUS / "sixnines.rules.yml"
RUNBOOK = ROOT / "docs" / "guide" / "runbook.md"
WAIT_S = 30.0
# Recorded names hold a colon, and samples of the table none.
NAMES = re.compile(r"\b(?:sixnines:[a-z0-9_:]+|sixnines_[a-z0-9_]+)")


def load_tool(name):
    """The module `tools/NAME.py`; a dot in the name is a folder."""
    folder = str(ROOT / "tools")
    if folder not in sys.path:
        sys.path.append(folder)
    return import_module(name)


def program(name):
    """A program of Debian's package `prometheus`."""
    found = shutil.which(name)
    assert found is not None, f"no {name}: sh tools/debian.sh prometheus"
    return found


class Prometheus:
    """The API of one that runs."""

    def __init__(self, client):
        self._client = client

    def query(self, query):
        """The samples of an instant query: labels and value of each."""
        answer = self._client.post("/api/v1/query", data={"query": query}).json()
        assert answer["status"] == "success", f"{query}: {answer}"
        found = answer["data"]
        if found["resultType"] == "scalar":
            return [({}, float(found["result"][1]))]
        return [(each["metric"], float(each["value"][1])) for each in found["result"]]

    def exemplars(self, query):
        """The exemplars behind a query of the last minutes: labels and value of each."""
        now = time.time()
        answer = self._client.get(
            "/api/v1/query_exemplars", params={"query": query, "start": now - 300, "end": now + 5}
        )
        return [each for series in answer.json()["data"] for each in series["exemplars"]]

    def firing(self):
        """The names of the alerts that fire or are about to."""
        return {each["labels"]["alertname"] for each in self._client.get("/api/v1/alerts").json()["data"]["alerts"]}

    def targets(self):
        """The health of every target."""
        return [each["health"] for each in self._client.get("/api/v1/targets").json()["data"]["activeTargets"]]

    def until(self, condition, what):
        """Wait for something that is about to happen."""
        deadline = time.monotonic() + WAIT_S
        while not condition():
            assert time.monotonic() < deadline, f"it never happened: {what}"
            time.sleep(0.2)


@contextmanager
def prometheus(folder: Path, target: str, key: str | None = None):
    """A Prometheus with the config that ships, but that it scrapes `target`, and every second; with `key` if need be."""
    config = (PROMETHEUS / "prometheus.yml").read_text()
    assert config.count('targets: ["127.0.0.1:4000"]') == 1
    assert config.count("_interval: 15s") == 2
    config = config.replace("127.0.0.1:4000", target).replace("_interval: 15s", "_interval: 1s")
    if key is not None:
        (folder / "key").write_text(key)
        for line in ("    # authorization:\n", "    #   credentials_file: /etc/prometheus/sixnines-admin-key\n"):
            assert config.count(line) == 1
            config = config.replace(line, line.replace("# ", "", 1))
        config = config.replace("/etc/prometheus/sixnines-admin-key", str(folder / "key"))
    (folder / "prometheus.yml").write_text(config)
    shutil.copy(RULES, folder)
    (port,) = free_ports(1)
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                program("prometheus"), f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address=127.0.0.1:{port}", "--enable-feature=exemplar-storage",
            ],
            stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=WAIT_S, trust_env=False) as client:
            deadline = time.monotonic() + WAIT_S
            while not _ready(client):
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.1)
            yield Prometheus(client)
    finally:
        process.terminate()
        try:
            process.wait(WAIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _ready(client):
    try:
        return client.get("/-/ready").status_code == 200
    except httpx.TransportError:
        return False


def dashboards():
    """Every dashboard that ships, as it is imported."""
    return {path.stem: json.loads(path.read_text()) for path in sorted((GRAFANA / "dashboards").glob("*.json"))}


def panel_queries():
    """Dashboard, panel and query of each panel, with a window in the place of Grafana's variable."""
    return [
        (name, panel["title"], target["expr"].replace("$__rate_interval", "20s"))
        for name, dashboard in dashboards().items()
        for panel in dashboard["panels"]
        for target in panel.get("targets", ())
    ]
