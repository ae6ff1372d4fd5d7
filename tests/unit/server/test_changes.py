"""Files that are to be taken up while somebody else changes the config."""

import logging

import pytest

from sixnines.control.events import Ending
from sixnines.control.store import RevisionStore
from sixnines.server import changes as module
from sixnines.server.changes import Changes, Files
from sixnines.web import change_story
from support.changes import Desk, StandInGateway, config, files, load


class Office(Desk):
    """A desk, a gateway that serves A, and a file that says B.

    Attributes:
        results: what was counted.
    """

    def __init__(self, folder):
        super().__init__(folder)
        self.gateway = StandInGateway(load(files(config("a"))), 0)
        self.disk = config("b")
        self.results = []
        self.slept = 0
        self.changes = Changes(
            self.ports(gateway=self.gateway), self.gateway, Files(lambda: load(files(self.disk)), "x.yaml", "alice"),
            settled=lambda: None, count=self.results.append,
        )  # fmt: skip
        self.other = RevisionStore(folder, self.clock)
        self.when_slept = lambda: None

    async def sleep(self, seconds):
        await super().sleep(seconds)
        self.slept += 1
        self.when_slept()


@pytest.fixture
def office(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    return Office(tmp_path / "store")


async def test_what_the_files_say_when_the_other_change_is_over_is_served(office, caplog):
    lock = office.other.locked("bob", "apply")
    lock.__enter__()

    def over():
        if office.slept == 2:
            office.disk = config("c")
            lock.__exit__(None, None, None)

    office.when_slept = over
    await office.changes.renew()
    assert office.gateway.loaded.sources == files(config("c"))
    assert office.results == ["applied"]
    waiting, done = caplog.messages
    assert "config will be reloaded when another change is over" in waiting
    assert "apply by bob" in waiting
    assert "config reloaded from x.yaml (revision 1)" in done


async def test_it_does_not_wait_for_ever(office, caplog, monkeypatch):
    monkeypatch.setattr(module, "RENEWAL_WAIT_S", 3.0)
    with office.other.locked("bob", "apply"):
        await office.changes.renew()
    assert (office.slept, office.gateway.activated, office.results) == (3, [], ["refused"])
    assert "that has not ended within 3 s, so reload again when it has" in caplog.messages[-1]


@pytest.mark.parametrize("table", [module._LEVELS, change_story._ENDINGS], ids=["log", "page"])
def test_whatever_a_change_ends_with_can_be_told(table):
    assert set(table) == set(Ending)
