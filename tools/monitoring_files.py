"""Writes the rules of Prometheus and the dashboards of Grafana in deploy/, by tools/monitoring/ and the metrics.

A test compares the files with what this would write. With `--runbook URL` it writes nothing and prints the rules, whose
annotation `runbook` then leads there.
"""

import argparse
from pathlib import Path

from monitoring.dashboards import BOARDS
from monitoring.dashboards.panels import rendered
from monitoring.rules_file import rules_file

DEPLOY = Path(__file__).parent.parent / "deploy"


def files() -> dict[Path, str]:
    """Every file, and what it holds."""
    boards = DEPLOY / "grafana" / "dashboards"
    return {
        DEPLOY / "prometheus" / "sixnines.rules.yml": rules_file(),
        **{boards / f"{board.uid}.json": rendered(board) for board in BOARDS},
    }


def main() -> None:
    """See the top of the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runbook", metavar="URL", help="where your copy of docs/guide/runbook.md is read")
    runbook = parser.parse_args().runbook
    if runbook is not None:
        print(rules_file(runbook), end="")
        return
    for path, text in files().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(f"wrote {path}")


if __name__ == "__main__":
    main()
