"""What pages about providers show of a picture."""

from datetime import UTC, datetime

from sixnines.client.picture import Picture
from sixnines.client.seen import Attempt, Deployment, Provider, Providers, Request, Served, ServedList
from sixnines.web.provider_view import Tried, failures, models_of, rows

NOW = 1_764_100_830.0
ARRIVED = datetime.fromtimestamp(NOW - 10, UTC).isoformat()
OLD = datetime.fromtimestamp(NOW - 9999, UTC).isoformat()


def request(*attempts, arrived=ARRIVED, streamed=True):
    made = tuple(
        Attempt(deployment=f"{name}/m", provider=name, kind=kind, ms=10.0 * at, role="first" if at == 1 else "fallback")
        for at, (name, kind) in enumerate(attempts, 1)
    )
    return Request(id="r", arrived_at=arrived, outcome="ok", attempts=made, streamed=streamed)


def picture(*requests):
    providers = tuple(Provider(name=name, state="healthy") for name in ("a", "b", "idle"))
    served = (
        Served(name="own", kind="model", state="ok", deployments=("a/m",), fallbacks=("b/m",)),
        Served(name="both", kind="route", state="ok", deployments=("b/m", "a/m")),
        Served(name="like", kind="model", state="ok", deployments=("ab/m",)),
    )
    return Picture("x", NOW, None, Providers(providers=providers), ServedList(models=served), requests, 1, None)


def test_calls_and_failures_are_those_of_the_last_hour_and_shares_those_of_the_answers():
    found = picture(
        request(("a", "server"), ("b", "ok")), request(("a", "ok")), request(("a", "rate"), arrived=OLD),
    )  # fmt: skip
    a, b, idle = rows(found)
    assert (a.tried, b.tried, idle.tried) == (Tried(2, 1), Tried(1, 0), Tried(0, 0))
    assert (a.share, b.share, idle.share) == (0.5, 0.5, None)
    assert b.first.median_ms == 20.0
    assert idle.first is None


def test_a_failure_is_told_with_its_request_and_answers_are_not():
    fell, good = request(("a", "server"), ("b", "ok")), request(("a", "ok"))
    (found,) = failures("a", [good, fell])
    assert (found.request, found.attempt.kind, found.ended_unix_s) == (fell, "server", NOW - 10)
    assert list(failures("b", [good, fell])) == []


def test_its_models_are_those_that_it_serves_as_their_own():
    assert models_of("a", picture()) == ["own", "both"]
    assert models_of("b", picture()) == ["both"]


def test_what_an_operator_should_see_of_it_is_what_status_says():
    shut = Provider(
        name="a", state="healthy", reason="lists its models",
        deployments=(Deployment(id="a/m", state="down", reason="breaker open", breaker="open", for_s=9),),
    )  # fmt: skip
    (row,) = rows(Picture("x", NOW, None, Providers(providers=(shut,)), None, (), 0, None))
    assert (row.now.state, row.now.why) == ("down", "breaker of a/m open, 9 s left")
