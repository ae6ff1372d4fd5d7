"""Runs pytest, and the few tests that failed once more, alone: a machine that many share is late at times.

Never turns a failure that comes again into a success, never tries many, and never hides a test that needed its second
chance: it is named at the end, to be mended.

    python tools/once_more.py [pytest's own words ...]
"""

import subprocess
import sys

import pytest

# So many can be one slow minute of the machine. More are a bug.
MOST = 4


class Failures:
    """What pytest is asked to tell: the tests that failed, in the order in which they did, each once."""

    def __init__(self) -> None:
        self.tests: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """One step of a test (set-up, call, tear-down) has ended."""
        if report.failed and report.nodeid not in self.tests:
            self.tests.append(report.nodeid)


def main(words: list[str]) -> int:
    """Run the tests; 0 if all have passed, if only at their second try, and pytest's own status otherwise."""
    failures = Failures()
    status = int(pytest.main(words, plugins=[failures]))
    if status != pytest.ExitCode.TESTS_FAILED or not 0 < len(failures.tests) <= MOST:
        return status
    print(f"\nonce more, alone: {len(failures.tests)} of these tests failed", flush=True)
    # In a process of its own: what the first run left in memory is not what failed.
    again = subprocess.run([sys.executable, "-m", "pytest", "-v", *failures.tests], check=False).returncode
    if again == 0:
        print("passed at the second try only; unsteady, to be mended:", *failures.tests, sep="\n  ", flush=True)
    return again


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
