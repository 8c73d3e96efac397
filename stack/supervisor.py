"""Keeping services running: what dies is started again, and all are stopped in order."""

import asyncio
import signal
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from stack.errors import StackError
from stack.processes import Child, Emit, Service

T = TypeVar("T")
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LOOK_EVERY = 0.02
# Seconds of a start after which the log names what is being waited for.
SLOW_AFTER = 15.0
SHORTEST_PAUSE, LONGEST_PAUSE = 0.2, 30.0
# A service that lives for these seconds has overcome what it died of before.
LONG_LIFE = 60.0


class EarlyEndError(StackError):
    """A service ended before it was ready, or with an error when it had a task to complete."""

    def __init__(self, child: Child, status: int) -> None:
        text = f"{child.service.name} {describe(status)}.\n{child.last_words()}"
        super().__init__(text.rstrip())


class Supervisor:
    """The parent of the services of one stack. Use it from the main thread.

    At the end the services that work stop together, then the servers, the last one first.
    """

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        # In the order of their first start.
        self._children: dict[str, Child] = {}
        self._keepers: list[asyncio.Task[None]] = []
        self._stop = asyncio.Event()
        self._on_signal: Callable[[signal.Signals], None] = self._stop_or_hurry

    async def run(self, work: Coroutine[Any, Any, int]) -> int:
        """Wait for the end of `work` or a stop signal, then stop every service.

        Returns what `work` returned, 0 after a stop signal. Raises what `work` raised.
        """
        self._listen()
        working = asyncio.create_task(work)
        stopping = asyncio.create_task(self._stop.wait())
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        self._stop.set()
        working.cancel()
        await asyncio.wait({working})
        await self._stop_all()
        return 0 if working.cancelled() else working.result()

    async def start(self, service: Service) -> None:
        """Start a service, wait until it is ready, and keep it running from then on.

        Raises EarlyEndError if it ends before it is ready.
        """
        child = self._spawn(service)
        await self._until_ready(child)
        self._keepers.append(asyncio.create_task(self._keep(child)))

    async def complete(self, service: Service) -> None:
        """Run a service to its end. Raises EarlyEndError if its exit status is not 0."""
        child = self._spawn(service)
        status = await child.wait()
        del self._children[service.name]
        if status:
            raise EarlyEndError(child, status)

    @contextmanager
    def passing_signals(self, receiver: Callable[[signal.Signals], None]) -> Iterator[None]:
        """Hand the signals that would stop the services to `receiver` for the time of a block."""
        self._on_signal = receiver
        try:
            yield
        finally:
            self._on_signal = self._stop_or_hurry

    def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGCHLD, self._reap)
        for number in STOP_SIGNALS:
            # Under nohup the hang-up is ignored, and stays so.
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                loop.add_signal_handler(number, self._receive, number)

    def _receive(self, number: signal.Signals) -> None:
        self._on_signal(number)

    def _reap(self) -> None:
        for child in self._children.values():
            child.reap()

    def _stop_or_hurry(self, _: signal.Signals) -> None:
        if self._stop.is_set():
            for child in self._children.values():
                if not child.service.keeps_data:
                    child.kill()
        self._stop.set()

    def _spawn(self, service: Service) -> Child:
        service.recover()
        child = self._children[service.name] = Child(service, self._emit)
        return child

    async def _until_ready(self, child: Child) -> None:
        service, complain_at = child.service, time.monotonic() + SLOW_AFTER
        while not await service.ready(child):
            if child.status is not None:
                raise EarlyEndError(child, await child.wait())
            if time.monotonic() > complain_at:
                self._emit("up", f"Still waiting for {service.name} … {child.last_words()}")
                complain_at += SLOW_AFTER
            await asyncio.sleep(LOOK_EVERY)
        child.unmute()

    async def _keep(self, child: Child) -> None:
        pause, service = 0.0, child.service
        while True:
            started = time.monotonic()
            status = await child.wait()
            pause = pause_after(time.monotonic() - started, pause)
            self._emit("up", f"{service.name} {describe(status)}; starting it again.")
            await asyncio.sleep(pause)
            try:
                child = self._spawn(service)
                child.unmute()
            except (OSError, StackError) as error:
                self._emit("up", f"{service.name} can't be started: {error}")

    async def _stop_all(self) -> None:
        for keeper in self._keepers:
            keeper.cancel()
        children = list(self._children.values())
        await together(*(child.stop() for child in children if not child.service.keeps_data))
        for server in reversed([child for child in children if child.service.keeps_data]):
            await server.stop()


async def together(*works: Coroutine[Any, Any, T]) -> list[T]:
    """The results of several works, done at the same time. The first error ends the others."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(work) for work in works]
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return [task.result() for task in tasks]


def pause_after(lifetime: float, previous: float) -> float:
    """The seconds to wait before the next start: few at first, more in a crash loop.

    `lifetime` and `previous` are the seconds that it lived, and that were waited before that.
    """
    if lifetime > LONG_LIFE:
        return SHORTEST_PAUSE
    return min(max(previous * 2, SHORTEST_PAUSE), LONGEST_PAUSE)


def describe(status: int) -> str:
    """The exit status of a process in words."""
    if status < 0:
        return f"was ended by {signal.Signals(-status).name}"
    return f"ended with status {status}"
