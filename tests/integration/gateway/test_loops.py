"""A request that comes back to a gateway it has been through ends there."""

import socket

import pytest

from support.lab import Lab, chat, config_text


def gateway(lab, port, upstream, more=""):
    return lab.serve(f"""
server: {{listen: "127.0.0.1:{port}"}}
providers:
  other: {{kind: openai-compatible, base_url: "http://127.0.0.1:{upstream}"}}
{more or "models: {m: {deployments: [{provider: other, model: m}]}}"}
""")


@pytest.fixture
def ports():
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
        return one.getsockname()[1], two.getsockname()[1]


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_two_gateways_that_point_at_each_other_are_a_508_within_two_hops(ports, stream):
    one, two = ports
    with Lab() as first, Lab() as second:
        client = gateway(first, one, two)
        gateway(second, two, one)
        answer = client.post("/v1/chat/completions", json=chat(stream=stream))
        assert answer.status_code == 508
        assert answer.json()["error"]["code"] == "gateway_loop"


def test_a_way_out_of_the_loop_is_taken(ports):
    one, two = ports
    with Lab() as first, Lab() as second:
        engine = second.engine("openai", {"default": {"text": "out"}})
        more = f"""
  way-out: {{kind: openai-compatible, base_url: "{engine.base_url}"}}
models: {{m: {{deployments: [{{provider: other, model: m}}, {{provider: way-out, model: up}}]}}}}
"""
        client = gateway(first, one, two)
        gateway(second, two, one, more)
        assert client.post("/v1/chat/completions", json=chat()).json()["choices"][0]["message"]["content"] == "out"


def test_a_provider_that_is_the_gateway_itself_is_a_config_error():
    from pathlib import Path

    from sixnines.config.load import read_text
    from sixnines.registry import CATALOG

    text = config_text("""
server: {listen: "127.0.0.1:4000"}
providers: {self: {kind: openai-compatible, base_url: "http://localhost:4000"}}
models: {m: {deployments: [{provider: self, model: m}]}}
""")
    loaded = read_text(text, "lab.yaml", {}, CATALOG, directory=Path.cwd())
    assert loaded.snapshot is None
