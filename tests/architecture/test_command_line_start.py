"""`sixnines --help` is quick because it loads nothing that it does not print."""

import subprocess
import sys
import time

BUDGET_S = 0.3
# What the server, the config reader or the metrics need, and help does not.
HEAVY = {"asyncio", "httptools", "msgspec", "prometheus_client", "rich", "ruamel", "uvloop", "xllamacpp"}


def seconds_to_help() -> float:
    """How long `sixnines --help` takes in a process of its own."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-m", "sixnines", "--help"], check=True, capture_output=True)
    return time.perf_counter() - started


def loaded_by(statement: str) -> set[str]:
    """The top-level modules in a fresh interpreter after `statement`."""
    program = f"import sys\n{statement}\nprint(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    return set(done.stdout.splitlines()[-1].split())


def test_help_answers_within_its_budget() -> None:
    # The best of five: what else the machine does is not what is measured.
    assert min(seconds_to_help() for _ in range(5)) < BUDGET_S


def test_help_loads_no_server_code() -> None:
    loaded = loaded_by("from sixnines.cli.app import main\nassert main(['--help']) == 0")
    assert "sixnines" in loaded
    assert loaded & HEAVY == set()


def test_the_gate_sees_what_an_import_pulls_in() -> None:
    assert {"rich", "msgspec"} <= loaded_by("import rich, msgspec")
