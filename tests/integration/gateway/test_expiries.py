"""When certificates and keys expire: seen with the handshake and in the key itself, told by figures, pages and status."""

import base64
import json
import time

import pytest

from sixnines.client.verdict import EXPIRES_SOON_S
from support.certificates import make_authority
from support.gateway_process import GatewayProcess
from support.lab import Lab, chat
from support.tls_front import tls_front
from support.watched import run_command
from support.worker_processes import samples_in

DAY_S = 86_400
CERTIFICATE = "sixnines_certificate_expiry_timestamp_seconds"
KEY = "sixnines_key_expiry_timestamp_seconds"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return make_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


def part(values):
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def token(expires):
    return f"{part({'alg': 'HS256'})}.{part({'exp': expires, 'sub': 'nobody-may-see'})}.c2lnbmVk"


def https(lab, authority, engine, days):
    port = int(engine.base_url.rpartition(":")[2])
    front = lab.call(
        lab._stack.enter_async_context(tls_front(port, authority.server_context("IP:127.0.0.1", days=days)))
    )
    return f"https://127.0.0.1:{front}"


def config(authority, secure, plain):
    return f"""
providers:
  secure: {{kind: openai-compatible, base_url: "{secure}", tls: {{ca_file: "{authority.ca_file}"}}, api_key: env:TOKEN}}
  plain: {{kind: openai-compatible, base_url: "{plain}", api_key: env:OPAQUE}}
models:
  m: {{deployments: [{{provider: secure, model: up}}, {{provider: plain, model: up}}]}}
"""


def secrets(days):
    return {"TOKEN": token(int(time.time()) + days * DAY_S), "OPAQUE": "sk-opaque"}


def test_figures_and_the_page_of_providers_tell_what_is_known_and_nothing_else(lab, authority):
    engine, environment = lab.engine(), secrets(30)
    client = lab.serve(config(authority, https(lab, authority, engine, 9), engine.base_url), environment)
    assert samples_in(client.get("/metrics").text).keys() >= {(KEY, (("provider", "secure"),))}
    assert (CERTIFICATE, (("provider", "secure"),)) not in samples_in(
        client.get("/metrics").text
    )  # nobody has connected
    assert client.post("/v1/chat/completions", json=chat()).headers["x-sixnines-provider"] == "secure"
    found = {name: labels for name, labels in samples_in(client.get("/metrics").text) if "expiry" in name}
    assert found == {CERTIFICATE: (("provider", "secure"),), KEY: (("provider", "secure"),)}
    values = samples_in(client.get("/metrics").text)
    left = {name: values[name, (("provider", "secure"),)] - time.time() for name in found}
    assert left[CERTIFICATE] == pytest.approx(9 * DAY_S, abs=120)
    assert left[KEY] == pytest.approx(30 * DAY_S, abs=120)
    page = client.get("/admin/v1/providers")
    secure, plain = page.json()["providers"]
    assert secure["certificate_expires_unix_s"] == values[CERTIFICATE, (("provider", "secure"),)]
    assert secure["key_expires_unix_s"] == values[KEY, (("provider", "secure"),)]
    assert (plain["certificate_expires_unix_s"], plain["key_expires_unix_s"]) == (None, None)
    for text in (page.text, client.get("/metrics").text):
        assert not any(each in text for each in (*environment["TOKEN"].split("."), "nobody-may-see", "sk-opaque"))


@pytest.mark.slow
def test_status_warns_of_what_expires_soon(lab, authority, tmp_path):
    engine, environment = lab.engine(), secrets(3)
    assert EXPIRES_SOON_S == 14 * DAY_S
    text = config(authority, https(lab, authority, engine, 9), engine.base_url)
    with GatewayProcess(tmp_path, text, environment) as gateway:
        lab.until(lambda: "the certificate of secure expires in 8 d 23 h" in run_command(gateway, "status")[1])
        assert "the key of secure expires in 2 d 23 h" in run_command(gateway, "status")[1]
