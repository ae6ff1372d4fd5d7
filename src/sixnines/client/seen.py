"""What a gateway's admin pages say, as values for whoever shows them. Values only.

Never stricter than it must be: a field that a gateway does not send is unknown, and one that is not known here is
passed over, so that another version can be watched too.
"""

import msgspec

GONE = frozenset({"down", "misconfigured"})
"""States of a provider that does not come back without somebody's doing."""
OUT = GONE | {"rate_limited"}
"""States in which a deployment answers nobody now."""


class Deployment(msgspec.Struct, frozen=True, kw_only=True):
    """One deployment: see `GET /admin/v1/providers`."""

    id: str
    state: str
    reason: str = ""
    for_s: float | None = None
    breaker: str = "closed"
    opened_by_hand: bool = False


class BrokenBy(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator has broken a provider by, and for how long still."""

    fault: str
    for_s: float = 0.0


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """One provider: see `GET /admin/v1/providers`."""

    name: str
    kind: str = ""
    optional: bool = False
    state: str
    reason: str = ""
    for_s: float | None = None
    since_unix_s: float | None = None
    in_flight: int = 0
    max_in_flight: int | None = None
    waiting: int = 0
    broken_on_purpose: BrokenBy | None = None
    certificate_expires_unix_s: float | None = None
    key_expires_unix_s: float | None = None
    deployments: tuple[Deployment, ...] = ()

    @property
    def is_out(self) -> bool:
        """It serves nobody: as a whole, or because none of its deployments does."""
        return self.state in GONE or (bool(self.deployments) and all(each.state in OUT for each in self.deployments))

    @property
    def is_held(self) -> bool:
        """An operator has others asked before it."""
        return self.reason == HELD


HELD = "held back by the operator"
"""The reason that a gateway gives for a provider that `POST /admin/v1/hold` was sent for."""


class Providers(msgspec.Struct, frozen=True, kw_only=True):
    """`GET /admin/v1/providers`."""

    providers: tuple[Provider, ...]
    missing_workers: tuple[int, ...] = ()


class Served(msgspec.Struct, frozen=True, kw_only=True):
    """One model or route: see `GET /admin/v1/models`."""

    name: str
    kind: str
    state: str
    deployments: tuple[str, ...] = ()
    fallbacks: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


class ServedList(msgspec.Struct, frozen=True, kw_only=True):
    """`GET /admin/v1/models`."""

    models: tuple[Served, ...]


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt of a request: see `GET /admin/v1/requests`."""

    deployment: str
    provider: str
    role: str = "first"
    kind: str = "ok"
    status: int | None = None
    message: str | None = None
    retry_after_s: float | None = None
    started_ms: float = 0.0
    ms: float = 0.0
    broke: bool = False


class Skipped(msgspec.Struct, frozen=True, kw_only=True):
    """A candidate that was passed over."""

    deployment: str
    reason: str


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens as the provider counted them."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One request: see `GET /admin/v1/requests`."""

    id: str
    arrived_at: str
    operation: str = ""
    asked_model: str | None = None
    model: str | None = None
    streamed: bool = False
    outcome: str
    kind: str | None = None
    status: int | None = None
    error: str | None = None
    first_content_ms: float | None = None
    total_ms: float = 0.0
    usage: Tokens | None = None
    cost_micros: int | None = None
    attempts: tuple[Attempt, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    revision: int | None = None

    @property
    def provider(self) -> str | None:
        """Who answered; None if nobody did."""
        return next((each.provider for each in reversed(self.attempts) if each.kind == "ok"), None)

    @property
    def fell_back(self) -> bool:
        """It was more than one provider's."""
        return len({each.provider for each in self.attempts}) > 1


class Requests(msgspec.Struct, frozen=True, kw_only=True):
    """`GET /admin/v1/requests`.

    Attributes:
        requests: the one that ended last first.
        held: how many the gateway remembers.
    """

    requests: tuple[Request, ...]
    held: int = 0


class Available(msgspec.Struct, frozen=True, kw_only=True):
    """How available one thing was: see `GET /admin/v1/availability`. `text` has the numbers in words."""

    name: str = ""
    text: str
    good: int = 0
    bad: int = 0
    ratio: float | None = None
    lower: float | None = None
    upper: float | None = None


class Ledger(msgspec.Struct, frozen=True, kw_only=True):
    """Where outcomes are recorded: `ok`, `failing`, `none`."""

    state: str = "ok"
    fault: str | None = None
    lost: int = 0


class Availability(msgspec.Struct, frozen=True, kw_only=True):
    """`GET /admin/v1/availability`; what is not there was not measured."""

    window: str
    ledger: Ledger = Ledger()
    recorded_since: str | None = None
    gateway: Available | None = None
    models: tuple[Available, ...] = ()
    routes: tuple[Available, ...] = ()
    providers: tuple[Available, ...] = ()


class Minute(msgspec.Struct, frozen=True, kw_only=True):
    """How many requests of one minute were good and bad."""

    unix_s: int
    good: int = 0
    bad: int = 0


class Minutes(msgspec.Struct, frozen=True, kw_only=True):
    """`GET /admin/v1/availability/minutes`: the minutes in which anything was counted, in order of time."""

    ledger: Ledger = Ledger()
    minutes: tuple[Minute, ...] = ()


class Spent(msgspec.Struct, frozen=True, kw_only=True):
    """What was spent on one thing: see `GET /admin/v1/spend`. Micro-dollars are millionths of a US dollar.

    Attributes:
        name: of the model, route or provider; "" for the total and for a day.
        day: `2026-11-26`, of a day.
        cost_micros: what is known of its cost; None where nothing is.
        unpriced_tokens: tokens whose cost is not in it, because no price is known.
        uncounted_answers: answers whose cost is not in it as a whole, because their tokens were not counted.
    """

    name: str = ""
    day: str = ""
    cost_micros: int | None = None
    answers: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    unpriced_tokens: int = 0
    uncounted_answers: int = 0

    @property
    def is_whole(self) -> bool:
        """All of its cost is known."""
        return not (self.unpriced_tokens or self.uncounted_answers)


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """How the budget stands: `period` is `day` or `month`, `to` the time of its end. Nothing is refused by it."""

    period: str
    to: str = ""
    budget_micros: int
    spent_micros: int
    spent_ratio: float = 0.0
    projected_micros: int = 0


class Spend(msgspec.Struct, frozen=True, kw_only=True):
    """`GET /admin/v1/spend`; `total` is None where it was not recorded.

    Attributes:
        window: `1h`, `24h`, `7d`, `30d`, `today`, `month`.
        models, routes, providers: the dearest first.
        days: the last days on which anything was spent, the oldest first.
        budget: None where config has none.
    """

    window: str
    ledger: Ledger = Ledger()
    recorded_since: str | None = None
    total: Spent | None = None
    models: tuple[Spent, ...] = ()
    routes: tuple[Spent, ...] = ()
    providers: tuple[Spent, ...] = ()
    days: tuple[Spent, ...] = ()
    budget: Budget | None = None


class ProviderShare(msgspec.Struct, frozen=True, kw_only=True):
    """One provider's part of the recent requests of a name."""

    provider: str
    target: float | None = None
    share: float | None = None


class Shares(msgspec.Struct, frozen=True, kw_only=True):
    """The shares of one model or route with targets: see `GET /admin/v1/shares`."""

    name: str
    kind: str
    requests: int = 0
    providers: tuple[ProviderShare, ...] = ()


class ShareList(msgspec.Struct, frozen=True, kw_only=True):
    """`GET /admin/v1/shares`."""

    shares: tuple[Shares, ...] = ()
