"""Another model for a provider whose engine serves one: drain, start again, verify, record; or everything as it was.

One procedure over ports. Never writes the config before the engine has shown that it serves the new model, and never
leaves the gateway holding requests back.
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import Protocol

from sixnines.services.interface import Host, ServiceReport, ServiceState
from sixnines.services.plan import ServicePlan
from sixnines.services.readiness import is_ready
from sixnines.services.trouble import ServiceError

_POLL_S = 0.2


class Gateway(Protocol):
    """The gateway in front of the provider, if one runs."""

    def hold(self, provider: str, seconds: float) -> None:
        """Ask others first for so long; 0 ends it."""
        ...

    def in_flight(self, provider: str) -> int:
        """Requests that the provider is answering."""
        ...


class Engine(Protocol):
    """The engine, asked directly."""

    def verify(self, plan: ServicePlan) -> str:
        """Have it say which model it serves, and answer with one token.

        Returns:
            What it says, for people.

        Raises:
            ServiceError: it serves another model, or does not answer.
        """
        ...


class Switch:
    """One change of a model.

    Args:
        host: runs the service.
        engine: asks the engine.
        gateway: in front of it; None where none runs.
        say: told each step.
        monotonic_s, sleep: time.
    """

    def __init__(
        self,
        host: Host,
        engine: Engine,
        gateway: Gateway | None,
        *,
        say: Callable[[str], None],
        monotonic_s: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        self._host = host
        self._engine = engine
        self._gateway = gateway
        self._say = say
        self._now_s = monotonic_s
        self._sleep = sleep

    def run(self, old: ServicePlan, new: ServicePlan, record: Callable[[], None], *, drain_s: float) -> None:
        """Do it.

        Args:
            old: what runs.
            new: what shall run.
            record: writes the config; called once the new model has been seen to be served.
            drain_s: how long requests under way may go on.

        Raises:
            ServiceError: it failed; the message says why, and whether the old model is served again.
        """
        with self._held(old, drain_s):
            try:
                self._host.replace(new)
                self._until_ready(new)
                self._say(f"verified: {self._engine.verify(new)}")
                record()
            except (ServiceError, OSError) as problem:
                self._go_back(old, str(problem))
            except BaseException:  # Ctrl-C: whoever gives up wants what was
                self._go_back(old, "interrupted")
                raise

    @contextlib.contextmanager
    def _held(self, plan: ServicePlan, drain_s: float) -> Iterator[None]:
        """While requests are held back from the provider, and those under way have ended."""
        gateway = self._gateway
        if gateway is None:
            self._say("no gateway runs: nothing to drain")
            yield
            return
        # It ends by itself, should nobody come to end it.
        gateway.hold(plan.name, drain_s + 2 * plan.ready_within_s)
        try:
            self._drain(gateway, plan.name, drain_s)
            yield
        finally:
            try:
                gateway.hold(plan.name, 0.0)
            except ServiceError as problem:
                self._say(f"the gateway could not be told that {plan.name} is back: {problem}")

    def _drain(self, gateway: Gateway, name: str, drain_s: float) -> None:
        until_s = self._now_s() + drain_s
        while (left := gateway.in_flight(name)) and self._now_s() < until_s:
            self._sleep(_POLL_S)
        self._say(
            f"drained: {name} answers nothing" if not left else f"{left} requests did not end within {drain_s:g} s"
        )

    def _until_ready(self, plan: ServicePlan) -> ServiceReport:
        """Wait until the service is ready.

        Raises:
            ServiceError: it has ended, or is not ready in time.
        """
        self._say(f"starting {plan.name} with {plan.model}")
        until_s = self._now_s() + plan.ready_within_s
        while True:
            (report,) = self._host.report([plan.name])
            if report.state is ServiceState.READY and is_ready(plan):
                return report
            if report.state not in {ServiceState.STARTING, ServiceState.READY} or report.restarts:
                raise ServiceError(f"{plan.name} {report.note or 'has ended'}")
            if self._now_s() >= until_s:
                raise ServiceError(f"{plan.name} was not ready within {plan.ready_within_s:g} s")
            self._sleep(_POLL_S)

    def _go_back(self, old: ServicePlan, why: str) -> None:
        """Serve the old model again.

        Raises:
            ServiceError: always; says why and what became of it.
        """
        self._say(f"going back: {why}")
        try:
            self._host.replace(old)
            self._until_ready(old)
            self._engine.verify(old)
        except ServiceError as problem:
            raise ServiceError(
                f"{old.name} does not serve {old.model} again: {problem}. Its change had failed: {why}. "
                f"The config is as it was; `sixnines service logs {old.name}` says more"
            ) from None
        raise ServiceError(
            f"the model was not changed: {why}. {old.name} serves {old.model} again, and the config is as it was; "
            f"`sixnines service logs {old.name}` says more"
        )
