"""Pages that a gateway may not have."""

import httpx
import pytest

from sixnines.client.gateway import GatewayClient
from sixnines.client.seen import ServedList
from sixnines.errors import GatewayUnreachable, Unauthenticated


def asked(status, body) -> ServedList | None:
    transport = httpx.MockTransport(lambda _: httpx.Response(status, json=body))
    with GatewayClient(httpx.Client(transport=transport, base_url="http://lab"), "http://lab") as client:
        return client.find("/admin/v1/models", ServedList)


def refusal(code):
    return {"error": {"message": "why", "type": "x", "param": None, "code": code}}


def test_a_page_that_is_there_is_read():
    assert asked(200, {"models": []}) == ServedList(models=())


def test_a_gateway_that_knows_no_such_path_has_nothing_to_tell():
    assert asked(404, refusal("unknown_url")) is None


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (404, {"detail": "not found"}, GatewayUnreachable),  # no gateway of ours
        (404, refusal("request_not_found"), Exception),
        (401, refusal("invalid_api_key"), Unauthenticated),
        (200, {"models": 3}, GatewayUnreachable),
    ],
)
def test_everything_else_is_said(status, body, kind):
    with pytest.raises(kind):
        asked(status, body)
