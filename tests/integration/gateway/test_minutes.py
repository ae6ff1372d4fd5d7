"""`GET /admin/v1/availability/minutes`: the last hour, minute by minute."""

import sqlite3
import time

import pytest

from support.lab import Lab, chat, two_engines


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


def test_it_tells_good_and_bad_requests_by_the_minute(lab, tmp_path):
    client = lab.serve(two_engines(lab.engine(), lab.engine()), ledger=tmp_path / "ledger")
    before = int(time.time()) // 60 * 60
    for _ in range(3):
        assert client.post("/v1/chat/completions", json=chat()).status_code == 200
    found = client.get("/admin/v1/availability/minutes").json()
    assert found["ledger"] == {"state": "ok"}
    assert all(before <= each["unix_s"] <= time.time() and each["unix_s"] % 60 == 0 for each in found["minutes"])
    assert sum(each["good"] for each in found["minutes"]) == 3
    assert client.get("/admin/v1/availability/minutes?window=1h").status_code == 400


def test_a_request_that_nobody_could_answer_is_a_bad_one(lab, tmp_path):
    broken = {"default": {"fault": {"kind": "close_before_head"}}}
    client = lab.serve(two_engines(lab.engine(script=broken), lab.engine(script=broken)), ledger=tmp_path / "ledger")
    assert client.post("/v1/chat/completions", json=chat()).status_code >= 500
    found = client.get("/admin/v1/availability/minutes").json()["minutes"]
    assert [(each["good"], each["bad"]) for each in found] == [(0, 1)]


def test_without_a_ledger_it_says_so(lab):
    client = lab.serve(two_engines(lab.engine(), lab.engine()))
    found = client.get("/admin/v1/availability/minutes").json()
    assert found["ledger"]["state"] == "none"
    assert "minutes" not in found


def test_a_ledger_that_cannot_be_read_is_no_hour_of_zeros(lab, tmp_path):
    file = tmp_path / "ledger"
    client = lab.serve(two_engines(lab.engine(), lab.engine()), ledger=file)
    client.get("/admin/v1/availability/minutes")
    with sqlite3.connect(file) as other:
        other.execute("DROP TABLE minutes")
    other.close()
    found = client.get("/admin/v1/availability/minutes").json()
    assert found["ledger"]["state"] == "failing"
    assert "minutes" not in found
