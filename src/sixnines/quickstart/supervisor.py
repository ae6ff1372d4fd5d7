"""Starts the engines and the gateway, watches them, and ends all of them whatever happens.

Never leaves a process behind: what it started is stopped in `finally`, and each child ends by itself when the
supervisor is gone (`tether.py`).
"""

import asyncio
import contextlib
import signal
from collections.abc import Callable, Coroutine, Iterator

from sixnines.quickstart.ask import get
from sixnines.quickstart.child import Child
from sixnines.quickstart.control import ControlServer, EngineReport, EngineState, Report, Wish
from sixnines.quickstart.layout import GATEWAY, Layout
from sixnines.quickstart.screen import Screen
from sixnines.quickstart.trouble import QuickstartError

# Loading takes half a second here; a cold disk or a busy machine may need a hundred times that.
_READY_S = 120.0
_POLL_S = 0.05
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Supervisor:
    """One running quickstart. Must be made inside the event loop that runs it."""

    def __init__(self, layout: Layout, screen: Screen) -> None:
        self._layout = layout
        self._screen = screen
        self._gateway = Child(GATEWAY, command=layout.gateway_command(), log=layout.log_file(GATEWAY))
        self._engines = {
            name: Child(name, command=layout.engine_command(name), log=layout.log_file(name))
            for name in layout.engine_ports
        }
        self._states = dict.fromkeys(self._engines, EngineState.STOPPED)
        self._watchers: set[asyncio.Task[None]] = set()
        self._one_wish_at_a_time = asyncio.Lock()
        # Done when there is nothing to stay for any more; an exception where that is a fault.
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def run(self) -> None:
        """Start everything, stay until a signal asks to stop, stop everything.

        Raises:
            QuickstartError: something did not start, or the gateway ended by itself.
        """
        with self._signals():
            try:
                async with ControlServer(self._layout.folder, self._grant):
                    await self._unless_over(self._start_all())
                    if not self._over.done():
                        self._screen.ready(self._layout)
                    await self._over
            finally:
                await self._stop_all()

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in _STOP_SIGNALS:
            loop.add_signal_handler(number, self._asked_to_stop)
        try:
            yield
        finally:
            for number in _STOP_SIGNALS:
                loop.remove_signal_handler(number)

    def _asked_to_stop(self) -> None:
        """A first signal asks to stop; whoever sends a second one is in a hurry."""
        if not self._over.done():
            self._over.set_result(None)
            return
        for child in (self._gateway, *self._engines.values()):
            child.kill()

    async def _unless_over(self, work: Coroutine[None, None, None]) -> None:
        """Do `work`; leave it when everything is over before it is done."""
        task = asyncio.ensure_future(work)
        try:
            await asyncio.wait({task, self._over}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                await task
        finally:
            task.cancel()

    async def _start_all(self) -> None:
        with self._screen.progress(len(self._engines) + 1) as done:
            tasks = [asyncio.ensure_future(self._start_engine(name, done)) for name in self._engines]
            try:
                await asyncio.gather(*tasks)
            finally:
                for task in tasks:
                    task.cancel()
            # Last: a gateway that has seen an engine load asks the other one until its next probe.
            await self._start_gateway(done)

    async def _start_gateway(self, done: Callable[[str], None]) -> None:
        self._watch(await self._gateway.start(), self._gateway_ended)
        await self._until_ready(self._gateway, self._layout.port, "/health/ready")
        done("gateway")

    async def _start_engine(self, name: str, done: Callable[[str], None]) -> None:
        engine = self._engines[name]
        self._states[name] = EngineState.STARTING
        self._watch(await engine.start(), lambda status: self._engine_ended(name, status))
        await self._until_ready(engine, self._layout.engine_ports[name], "/health")
        self._states[name] = EngineState.READY
        done(f"engine {name}")

    async def _until_ready(self, child: Child, port: int, path: str) -> None:
        """Wait until `child` answers 200.

        Raises:
            QuickstartError: it ended, or did not answer in time.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_READY_S):
                while child.pid is not None:
                    answer = await asyncio.to_thread(get, port, path)
                    if answer is not None and answer.ok:
                        return
                    await asyncio.sleep(_POLL_S)
        raise QuickstartError(
            f"{child.name} did not start on port {port}. The end of {child.log}:\n{child.last_words()}"
        )

    def _watch(self, ended: Callable[[], Coroutine[None, None, int]], report: Callable[[int], None]) -> None:
        """Call `report` with the status when a process has ended."""

        async def wait() -> None:
            report(await ended())

        task = asyncio.ensure_future(wait())
        self._watchers.add(task)
        task.add_done_callback(self._watchers.discard)

    def _gateway_ended(self, status: int) -> None:
        """Without the gateway there is nothing to stay for."""
        if not self._over.done():
            self._over.set_exception(
                QuickstartError(
                    f"the gateway ended by itself (status {status}). The end of {self._gateway.log}:\n"
                    f"{self._gateway.last_words()}"
                )
            )

    def _engine_ended(self, name: str, status: int) -> None:
        """An engine may die: showing what happens then is the point of the quickstart."""
        if self._states[name] is EngineState.READY and not self._over.done():
            self._states[name] = EngineState.FAILED
            self._screen.say(f"Engine {name} ended by itself (status {status}); its log is {self._engines[name].log}.")

    async def _grant(self, wish: Wish, name: str | None) -> Report:
        """Do what another invocation asks for, and say how things are then."""
        problem = None
        if wish is not Wish.STATUS:
            async with self._one_wish_at_a_time:
                problem = await self._change(wish, name)
        return Report(self._layout.url, tuple(self._engine_report(each) for each in self._engines), problem)

    async def _change(self, wish: Wish, name: str | None) -> str | None:
        """Stop or start one engine. Returns why not, where it did not."""
        if name not in self._engines:
            return f"there is no engine {name!r}; the engines are {' and '.join(self._engines)}"
        state = self._states[name]
        if state is EngineState.STARTING:
            return f"engine {name} is still starting"
        if wish is Wish.STOP and state is EngineState.READY:
            self._states[name] = EngineState.STOPPED
            await self._engines[name].stop()
            self._screen.say(f"Engine {name} stopped, as asked.")
        elif wish is Wish.START and state is not EngineState.READY:
            try:
                await self._start_engine(name, lambda _: self._screen.say(f"Engine {name} started, as asked."))
            except QuickstartError as error:
                self._states[name] = EngineState.FAILED
                await self._engines[name].stop()
                return str(error)
        return None

    def _engine_report(self, name: str) -> EngineReport:
        url = f"http://127.0.0.1:{self._layout.engine_ports[name]}"
        return EngineReport(name, url, self._states[name], self._engines[name].pid)

    async def _stop_all(self) -> None:
        """The gateway first, so that it never sees its engines go."""
        if not self._over.done():
            self._over.set_result(None)
        self._over.exception()  # seen, also where a failed start is what gets reported
        await self._gateway.stop()
        await asyncio.gather(*(engine.stop() for engine in self._engines.values()))
        await asyncio.gather(*self._watchers)
