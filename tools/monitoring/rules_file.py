"""Rules as a file of Prometheus: YAML of a form that a person can read and change."""

import json

from monitoring.alerts import GROUPS
from monitoring.recordings import RECORDINGS
from monitoring.rules import RUNBOOK, Alert

_HEAD = """\
# Rules for the metrics of sixnines. Written by tools/monitoring_files.py from tools/monitoring/: change those, or copy
# this file and change the copy. What each alert means and what to do about it: docs/guide/runbook.md.
groups:
  - name: sixnines-recorded
    rules:
"""


def rules_file(runbook: str = RUNBOOK) -> str:
    """The whole file.

    Args:
        runbook: where whoever is called finds docs/guide/runbook.md.
    """
    lines = [_HEAD]
    lines += [f"      - record: {each.name}\n        expr: {_text(each.query)}\n" for each in RECORDINGS]
    for name, alerts in GROUPS:
        lines.append(f"  - name: {name}\n    rules:\n")
        lines += [_alert(each, runbook) for each in alerts]
    return "".join(lines)


def _alert(alert: Alert, runbook: str) -> str:
    return (
        f"      - alert: {alert.name}\n"
        f"        expr: {_text(alert.query)}\n"
        f"        for: {alert.wait}\n"
        f"        labels:\n          severity: {alert.severity}\n"
        f"        annotations:\n"
        f"          summary: {_text(alert.summary)}\n"
        f"          runbook: {_text(alert.section(runbook))}\n"
    )


def _text(text: str) -> str:
    """As a scalar in double quotes, which JSON's strings are; in single ones where it has double ones."""
    if '"' not in text:
        return json.dumps(text)
    return "'" + text.replace("'", "''") + "'"
