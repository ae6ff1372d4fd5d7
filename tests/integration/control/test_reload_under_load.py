"""A short version of `make reload-under-load`: no request suffers from changes of the config."""

import pytest

from reloading.run import run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


@pytest.mark.parametrize("workers", [1, 2])
def test_no_request_fails_while_the_config_is_changed_again_and_again(tmp_path, workers):
    report = run(tmp_path, changes=10, rate=150, workers=workers)
    print(report)
    assert report.wrong == []
    assert report.requests > 100
    assert report.changes["applied"] == 10
    assert len(report.by_revision) >= 5
