"""What ships in deploy/ goes by the table of metrics, and is what its tools write."""

import re
from itertools import combinations

import pytest
from ruamel.yaml import YAML

from sixnines.telemetry.metrics import ATTEMPTS, FIRST_CONTENT, IN_FLIGHT, TABLE
from support.checkout import ROOT
from support.monitoring import GRAFANA, NAMES, RULES, RUNBOOK, dashboards, load_tool, panel_queries

FILES = load_tool("monitoring_files").files()
promql = load_tool("monitoring.promql")
ALERTS = load_tool("monitoring.alerts").ALERTS
RECORDINGS = load_tool("monitoring.recordings").RECORDINGS
SAMPLES = {name for info in TABLE for name in info.samples}
LABELS = {label for info in TABLE for label in info.labels} | {"le", "instance", "job"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_file_is_what_its_tool_writes(path):
    assert path.read_text() == FILES[path], "run .venv/bin/python tools/monitoring_files.py"


def test_the_runbook_may_be_elsewhere():
    rules = load_tool("monitoring.rules_file").rules_file("https://wiki.example.org/runbook")
    found = {line.split('"')[1] for line in rules.splitlines() if "runbook:" in line}
    assert found == {f"https://wiki.example.org/runbook#{each.name.lower()}" for each in ALERTS}


def test_no_dashboard_is_left_over():
    assert set((GRAFANA / "dashboards").glob("*")) <= set(FILES)


QUERIES = [
    *(each.query for each in ALERTS),
    *(each.query for each in RECORDINGS),
    *(each[2] for each in panel_queries()),
]


@pytest.mark.parametrize("query", QUERIES)
def test_every_query_names_what_is_there(query):
    known = SAMPLES | {each.name for each in RECORDINGS}
    assert set(NAMES.findall(query)) <= known
    for labels in re.findall(r"(?:by|on|ignoring) \(([^)]*)\)", query):
        assert {each.strip() for each in labels.split(",")} <= LABELS | {"state"}


def test_a_query_of_what_is_not_there_is_not_made():
    with pytest.raises(ValueError, match="no label model, only provider, outcome"):
        promql.rate(ATTEMPTS, by=("model",))
    with pytest.raises(ValueError, match="is a gauge, no counter"):
        promql.rate(IN_FLIGHT)
    with pytest.raises(ValueError, match="cannot be matched"):
        promql.quantile(0.5, FIRST_CONTENT, model='a"b')


def test_the_rules_are_those_that_are_declared():
    groups = YAML(typ="safe").load(RULES.read_text())["groups"]
    written = {rule["alert"]: rule for group in groups for rule in group["rules"] if "alert" in rule}
    assert {name: rule["expr"] for name, rule in written.items()} == {each.name: each.query for each in ALERTS}
    assert all(rule["annotations"].keys() == {"summary", "runbook"} for rule in written.values())


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_every_alert_has_a_section_in_the_runbook_that_says_what_it_means_and_what_to_do(alert):
    path, _, anchor = alert.section().partition("#")
    assert ROOT / path == RUNBOOK
    sections = {each.partition("\n")[0].strip().lower(): each for each in RUNBOOK.read_text().split("\n### ")[1:]}
    section = sections[anchor]
    assert "**Look**" in section
    assert "**Do**" in section


def test_the_runbook_has_no_section_of_an_alert_that_is_gone():
    headings = re.findall(r"^### (\w+)$", RUNBOOK.read_text(), re.MULTILINE)
    assert headings == [each.name for each in ALERTS]


@pytest.mark.parametrize("name", dashboards())
def test_a_dashboard_is_whole(name):
    dashboard = dashboards()[name]
    panels = dashboard["panels"]
    assert (dashboard["uid"], dashboard["tags"]) == (name, ["sixnines"])
    assert [each["name"] for each in dashboard["templating"]["list"]] == ["source"]
    assert len({each["id"] for each in panels}) == len(panels)
    pictures = [each for each in panels if each["type"] != "row"]
    assert len({each["title"] for each in pictures}) == len(pictures)
    for panel in pictures:
        assert panel["description"].endswith(".")
        assert panel["datasource"] == {"type": "prometheus", "uid": "${source}"}
        assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"]) > 0
        assert panel["fieldConfig"]["defaults"]["unit"]
    places = [tuple(each["gridPos"][key] for key in "xywh") for each in panels]
    assert all(x >= 0 and x + w <= 24 for x, _, w, _ in places)
    assert not any(overlap(one, other) for one, other in combinations(places, 2))


def overlap(one, other):
    (x, y, w, h), (left, top, width, height) = one, other
    return x < left + width and left < x + w and y < top + height and top < y + h


def test_dashboards_have_uids_of_their_own():
    uids = [each["uid"] for each in dashboards().values()]
    assert len(set(uids)) == len(uids) >= 5


def test_what_is_provisioned_is_there():
    (source,) = YAML(typ="safe").load((GRAFANA / "provisioning/datasources/sixnines.yaml").read_text())["datasources"]
    assert source["type"] == "prometheus"
    (exemplars,) = source["jsonData"]["exemplarTraceIdDestinations"]
    assert exemplars["name"] == "request_id"
    (provider,) = YAML(typ="safe").load((GRAFANA / "provisioning/dashboards/sixnines.yaml").read_text())["providers"]
    assert provider["type"] == "file"
