"""Services under our own supervisor, as a command sees them: it starts the supervisor where it is needed, and asks it.

Never signals a process: the supervisor does, whose they are.
"""

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from sixnines.quickstart.private_line import NoAnswer, ask_line
from sixnines.services.interface import ServiceReport, ServiceState
from sixnines.services.keeping import log_name
from sixnines.services.log_files import last_lines
from sixnines.services.orders import LOG_FILE, STATE_FILE, Ask, Reply, Wish
from sixnines.services.plan import ServicePlan
from sixnines.services.trouble import ServiceError

# Stopping takes as long as a gateway drains, and longer where an engine does not want to end.
_ANSWER_S = 120.0
_COMES_UP_S = 20.0
_POLL_S = 0.05


class BuiltinHost:
    """The services of one config under its supervisor.

    Args:
        folder: where the supervisor has its files and the logs of the services.
        environment_file: the user's file with secrets, if there is one.
        sleep: waits for some seconds.
    """

    def __init__(self, folder: Path, environment_file: Path, sleep: Callable[[float], None]) -> None:
        self.folder = folder
        self._environment_file = environment_file
        self._sleep = sleep

    def start(self, plan: ServicePlan) -> None:
        """Have it run by this plan; does nothing while it runs."""
        self._tell(Wish.START, plan)

    def stop(self, name: str) -> None:
        """End it, and wait for that."""
        self._ask(Wish.STOP, name=name)

    def require_unchanged(self, plan: ServicePlan) -> None:
        """There is nothing that anybody could change by hand."""

    def replace(self, plan: ServicePlan) -> None:
        """End it, and start it by another plan."""
        self._tell(Wish.REPLACE, plan)

    def report(self, names: Sequence[str]) -> list[ServiceReport]:
        """How they are; where no supervisor runs, everything is stopped."""
        reply = self._ask(Wish.STATUS)
        known = {} if reply is None else {each.name: each for each in reply.services}
        return [known.get(name) or ServiceReport(name=name, state=ServiceState.STOPPED) for name in names]

    def known(self) -> list[str]:
        """Those that the supervisor runs."""
        reply = self._ask(Wish.STATUS)
        return [] if reply is None else [each.name for each in reply.services]

    def supervisor(self) -> int | None:
        """The process of the supervisor, while it runs."""
        reply = self._ask(Wish.STATUS)
        return None if reply is None else reply.pid

    def logs_command(self, name: str, *, lines: int, follow: bool) -> list[str]:
        """What shows the log."""
        log = self.folder / log_name(name)
        if not log.exists():
            raise ServiceError(f"{name} has no log yet: it was never started here (looked at {log})")
        return ["tail", "-n", str(lines), *(["-F"] if follow else []), str(log)]

    def _ask(self, wish: Wish, *, plan: ServicePlan | None = None, name: str = "") -> Reply | None:
        """What the supervisor answers, or None where none runs."""
        try:
            answer = ask_line(
                self.folder / STATE_FILE,
                lambda token: msgspec.json.encode(Ask(token=token, wish=wish, plan=plan, name=name)),
                answer_s=_ANSWER_S + (0.0 if plan is None else plan.stop_within_s),
            )
            return None if answer is None else msgspec.json.decode(answer, type=Reply)
        except NoAnswer:
            raise ServiceError(f"the supervisor of {self.folder} does not answer; its log is there") from None
        except msgspec.MsgspecError:
            return None

    def _tell(self, wish: Wish, plan: ServicePlan) -> None:
        """Tell a supervisor. One that is about to end does not answer: then another one is told."""
        for _ in range(2):
            self._require_supervisor()
            if self._ask(wish, plan=plan) is not None:
                return
        raise ServiceError(f"the supervisor of {self.folder} ends again and again; its log is there")

    def _require_supervisor(self) -> None:
        """Start it where it does not run.

        Raises:
            ServiceError: it does not come up.
        """
        if self._ask(Wish.STATUS) is not None:
            return
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            log = self.folder / LOG_FILE
            with log.open("ab") as output:
                log.chmod(0o600)
                subprocess.run(  # noqa: S603 - our own program
                    [
                        *(sys.executable, "-P", "-m", "sixnines.services.supervise"),
                        *(str(self.folder), str(self._environment_file)),
                    ],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    check=True,
                )
        except (OSError, subprocess.CalledProcessError) as problem:
            raise ServiceError(f"the supervisor cannot be started in {self.folder}: {problem}") from None
        for _ in range(int(_COMES_UP_S / _POLL_S)):
            if self._ask(Wish.STATUS) is not None:
                return
            self._sleep(_POLL_S)
        words = "\n".join(last_lines(log, 10))
        raise ServiceError(f"the supervisor did not come up within {_COMES_UP_S:.0f} s. The end of {log}:\n{words}")
