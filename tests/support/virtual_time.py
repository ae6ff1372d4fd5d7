"""An event loop whose time jumps to the next timer as soon as nothing else is to be done: hours pass in milliseconds."""

import asyncio
import selectors


class _Jumping(selectors.DefaultSelector):
    """Waits for nothing: moves the loop's time instead."""

    loop: "VirtualLoop"

    def select(self, timeout=None):
        assert timeout is not None, "everything waits and no timer is set"
        if timeout > 0:
            self.loop.now += timeout
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """For code that waits for timers only; `now` is what `time()` says."""

    def __init__(self):
        self.now = 1000.0
        selector = _Jumping()
        selector.loop = self
        super().__init__(selector)

    def time(self):
        return self.now


def run(coroutine):
    """Run `coroutine` in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(coroutine)
