"""`sixnines --help` is quick because it loads nothing that it does not print."""

import resource
import subprocess
import sys

BUDGET_S = 0.3
# What the server, the config reader or the metrics need, and help does not.
HEAVY = {"asyncio", "httptools", "msgspec", "rich", "ruamel", "uvloop", "xllamacpp"}


def seconds_to_help() -> float:
    """How much processor time `sixnines --help` takes in a process of its own.

    It waits for nothing, so on an idle machine this is also the time on the clock (`bench/startup.py` measures that).
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "sixnines", "--help"], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


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
