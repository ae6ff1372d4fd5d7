"""Pictures of a gateway for whoever shows them: made up, without a gateway."""

from dataclasses import replace
from datetime import UTC, datetime

from sixnines.client.picture import Picture
from sixnines.client.seen import (
    Attempt,
    Availability,
    Available,
    Budget,
    Deployment,
    Provider,
    Providers,
    Request,
    Served,
    ServedList,
    Skipped,
    Spend,
    Spent,
)
from sixnines.control.asked import GatewayState

NOW = 1_795_662_000.0
"""2026-11-26 03:00 UTC."""
NINES = "99.97 % (99.93-99.99), 3 nines supported; 294,118 more clean requests before 5 nines may be claimed"

SPEND = Spend(
    window="24h",
    total=Spent(
        cost_micros=12_345_678, answers=1204, prompt_tokens=2_000_000, cached_tokens=500_000, completion_tokens=340_000
    ),
    budget=Budget(
        period="month", budget_micros=100_000_000, spent_micros=34_100_000, spent_ratio=0.341, projected_micros=61_000_000
    ),
)  # fmt: skip

STATE = GatewayState(
    revision=3, digest="d", since_unix_s=NOW - 7500, head=3, changing=None, restart=[], problem="", store="/s",
    config="/srv/lab.yaml", version="0.1.0", instance="i", pid=7, workers=2, missing_workers=[],
    started_unix_s=NOW - 90_000, in_flight=2, good=1204, bad=3,
)  # fmt: skip


def provider(name: str, state: str = "healthy", reason: str = "answers", **more) -> Provider:
    """A provider with one deployment in the same state."""
    owned = (Deployment(id=f"{name}/up", state=state, reason=reason),)
    return Provider(
        **{"name": name, "state": state, "reason": reason, "since_unix_s": NOW - 180, "deployments": owned, **more}
    )


def request(name: str = "r1", ago_s: float = 10.0, attempts=(("a", "ok", 20.0),), **more) -> Request:
    """A request by what its attempts came to: provider, kind, milliseconds."""
    tried = tuple(
        Attempt(deployment=f"{who}/up", provider=who, kind=kind, ms=ms, role="fallback" if number else "first")
        for number, (who, kind, ms) in enumerate(attempts)
    )
    arrived = datetime.fromtimestamp(NOW - ago_s, UTC).isoformat(timespec="milliseconds")
    found = {
        "id": name,
        "arrived_at": arrived,
        "outcome": "ok",
        "asked_model": "m",
        "streamed": True,
        "attempts": tried,
    }
    return Request(**{**found, **more})


def picture(*providers: Provider, **more) -> Picture:
    """A gateway where all is well, but for what is said of it."""
    models = (Served(name="m", kind="model", state="ok"), Served(name="chat", kind="route", state="ok"))
    well = Picture(
        "http://lab:4000", NOW, STATE, Providers(providers=providers or (provider("a"), provider("b"))),
        ServedList(models=models), (), 0, Availability(window="24h", gateway=Available(text=NINES, good=9)),
        spend=SPEND,
    )  # fmt: skip
    return replace(well, **more)


FELL_BACK = request(
    "r2", 5.0, (("a", "transport", 3.0), ("b", "ok", 40.0)),
    skipped=(Skipped(deployment="c/up", reason="breaker open"),),
)  # fmt: skip
