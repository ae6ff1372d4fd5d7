"""What `sixnines service` does with the services of one config, whichever runs them. Says what it does, line by line.

Never starts with a config that has an error, except to stop, to look, or to clean up.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sixnines.services.interface import Host, ServiceReport, ServiceState
from sixnines.services.plan import GATEWAY, ServicePlan
from sixnines.services.readiness import is_ready
from sixnines.services.systemd import ready_now
from sixnines.services.trouble import ServiceError

ALL = "all"
_POLL_S = 0.2


@dataclass(frozen=True, slots=True)
class Desk:
    """The services of one config, and who runs them.

    Attributes:
        plans: by name, in the order in which they are started.
        host: runs them.
        say: told each line.
        monotonic_s, sleep: time.
    """

    plans: Mapping[str, ServicePlan]
    host: Host
    say: Callable[[str], None]
    monotonic_s: Callable[[], float]
    sleep: Callable[[float], None]

    def named(self, words: Sequence[str]) -> list[str]:
        """The services that are meant.

        Raises:
            ServiceError: one is none.
        """
        if not self.plans:  # the config cannot be read
            return self.host.known() if ALL in words else list(words)
        if ALL in words:
            return list(self.plans)
        for word in words:
            if word not in self.plans:
                raise ServiceError(f"{word} is no service of this config; there are {', '.join(self.plans)}, and {ALL}")
        return [name for name in self.plans if name in words]

    def start(self, names: Sequence[str]) -> int:
        """Start them, and wait until all are ready. Returns the exit status."""
        for name in names:
            self._require_a_port(name)
            self.host.start(self.plans[name])
        return self._wait(names)

    def restart(self, names: Sequence[str]) -> int:
        """End them and start them by the config as it is now. Returns the exit status."""
        for name in names:
            self._require_a_port(name)
            self.host.replace(self.plans[name])
        return self._wait(names)

    def stop(self, names: Sequence[str]) -> int:
        """End them, the gateway first. Returns the exit status."""
        for name in sorted(names, key=lambda each: each != GATEWAY):
            self.host.stop(name)
            self.say(f"{name}: stopped")
        return 0

    def reports(self, names: Sequence[str]) -> list[ServiceReport]:
        """How they are."""
        found = self.host.report(names)
        return [ready_now(each, self.plans[each.name]) if each.name in self.plans else each for each in found]

    def _require_a_port(self, name: str) -> None:
        if self.plans[name].port == 0:
            raise ServiceError("server.listen has port 0, which is any: a service needs an address that stays")

    def _wait(self, names: Sequence[str]) -> int:
        """Until each is ready or has failed."""
        began_s = self.monotonic_s()
        left = list(names)
        status = 0
        while left:
            for report in self.reports(left):
                plan = self.plans[report.name]
                waited_s = self.monotonic_s() - began_s
                if report.state is ServiceState.READY and (plan.port == 0 or is_ready(plan)):
                    self.say(f"{report.name}: ready on {plan.address} after {waited_s:.1f} s (process {report.pid})")
                elif report.state in {ServiceState.FAILED, ServiceState.STOPPED, ServiceState.WAITING}:
                    self.say(f"{report.name}: {_what_came(report)}")
                    status = 1
                elif waited_s > plan.ready_within_s:
                    self.say(f"{report.name}: not ready within {plan.ready_within_s:g} s")
                    status = 1
                else:
                    continue
                left.remove(report.name)
            if left:
                self.sleep(_POLL_S)
        return status


def status_lines(reports: Sequence[ServiceReport], plans: Mapping[str, ServicePlan]) -> Iterator[tuple[str, ...]]:
    """A table of services: name, state, address, process, restarts, what there is to say."""
    yield ("service", "state", "address", "process", "restarts", "")
    for report in reports:
        pid = "" if report.pid is None else str(report.pid)
        address = plans[report.name].address if report.name in plans else ""
        yield (report.name, report.state, address, pid, str(report.restarts), report.note)


def _what_came(report: ServiceReport) -> str:
    again = " (it is tried again)" if report.state is ServiceState.WAITING else ""
    return f"{report.note or report.state}{again}; `sixnines service logs {report.name}` says more"
