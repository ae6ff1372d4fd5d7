"""A config as it goes from the parent to its workers."""

import os

import pytest

from sixnines.config.load import read_config
from sixnines.registry import CATALOG
from sixnines.workers.payload import read_payload, write_payload
from support.checkout import ROOT

EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))
NAMES = ("OLLAMA_API_KEY", "OPENAI_API_KEY", "ANTHROPIC_API_KEY", "SIXNINES_ADMIN_KEY", "SIXNINES_KEY_WEB")
SECRETS = {name: f"sk-{name}" for name in NAMES}


def snapshot_of(path):
    loaded = read_config(path, SECRETS, CATALOG)
    assert loaded.snapshot is not None, loaded.report()
    return loaded.snapshot


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_config_arrives_as_it_was(path):
    snapshot = snapshot_of(path)
    file = write_payload(snapshot, {"a": 0})
    try:
        assert read_payload(file) == (snapshot, {"a": 0})
        assert read_payload(file) == (snapshot, {"a": 0})  # every worker reads the same file
    finally:
        os.close(file)


def test_what_is_one_thing_is_one_thing_again():
    snapshot = snapshot_of(EXAMPLES[0])
    file = write_payload(snapshot, {})
    received, _ = read_payload(file)
    os.close(file)
    for model in received.models.values():
        for deployment in model.deployments:
            assert deployment.provider.kind is received.providers[deployment.provider.name].kind
