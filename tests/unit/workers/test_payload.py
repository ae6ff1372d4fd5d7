"""A config as it goes from one process of a gateway to another."""

import os

import pytest

from sixnines.config.load import read_config
from sixnines.registry import CATALOG
from sixnines.server.running import Held
from sixnines.workers.payload import read_payload, write_payload
from support.checkout import ROOT

EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))
NAMES = ("OLLAMA_API_KEY", "OPENAI_API_KEY", "ANTHROPIC_API_KEY", "SIXNINES_ADMIN_KEY", "SIXNINES_KEY_WEB")
SECRETS = {name: f"sk-{name}" for name in NAMES}


def held(path):
    loaded = read_config(path, SECRETS, CATALOG)
    assert loaded.snapshot is not None, loaded.report()
    return Held(loaded, 7)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_config_arrives_as_it_was(path):
    sent = held(path)
    file = write_payload(sent, {"a": 0})
    try:
        assert read_payload(file) == (sent, {"a": 0})
        assert read_payload(file) == (sent, {"a": 0})  # every worker reads the same file
    finally:
        os.close(file)


def test_what_is_one_thing_is_one_thing_again():
    file = write_payload(held(EXAMPLES[0]), {})
    received = read_payload(file)[0].snapshot
    os.close(file)
    for model in received.models.values():
        for deployment in model.deployments:
            assert deployment.provider.kind is received.providers[deployment.provider.name].kind
