"""The whole product on one machine: `python3 run.py`."""

import asyncio
import os
import socket
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import closing

from stack import envfiles, locks, ports, servers, sizes
from stack.console import Console
from stack.errors import StackError
from stack.paths import CHECKOUT, Var
from stack.processes import MARKER, Child, Service, says
from stack.supervisor import Supervisor, together

FIRST_PORT, LAST_PORT = 8000, 8099


def up() -> int:
    """Run the product until a stop signal. Returns the exit status.

    Raises StackError if it runs already, the port is taken, or a service does not start.
    """
    var = Var.from_environment()
    var.create()
    lock = _claim(var)
    servers.forget_crashed(var)
    with (
        closing(_listen(os.environ.get("PORT", ""))) as listener,
        open(sys.stdout.fileno(), "wb", buffering=0, closefd=False) as screen,
    ):
        lock.describe(f"{_url(listener)} (process {os.getpid()})")
        console = Console(screen)
        supervisor = Supervisor(console)
        try:
            status = asyncio.run(supervisor.run(_work(supervisor, var, listener, console)))
        finally:
            var.runtime.unlink(missing_ok=True)
        console("up", "Stopped.")
        return status


async def _work(supervisor: Supervisor, var: Var, listener: socket.socket, console: Console) -> int:
    console("up", "Starting …")
    addresses = await servers.start_missing(supervisor, var) | servers.embedded()
    envfiles.write(var.runtime, addresses)
    environment = os.environ | addresses | _own_environment(var, listener)
    await supervisor.complete(_prepare(environment))
    web, worker = _web(environment, listener), _worker(environment)
    await together(supervisor.start(web), supervisor.start(worker))
    console("up", f"READY {_url(listener)} (Ctrl-C stops everything)")
    # Sweeps and webhooks can wait until the others had the machine for their start.
    beat, webhooks = _beat(environment, var), _webhooks(environment)
    await together(supervisor.start(beat), supervisor.start(webhooks))
    await asyncio.Event().wait()
    return 0


def _claim(var: Var) -> locks.Lock:
    try:
        return locks.take(var.lock)
    except locks.TakenError as holder:
        raise StackError(f"Already running: {holder}") from None


def _listen(wish: str) -> socket.socket:
    """A socket that listens on the port `wish` or, if that is empty, on the next free one.

    It stays open while the web process is started again, so nobody else gets the port.
    """
    if wish:
        try:
            return ports.listen(int(wish))
        except OSError as error:
            raise StackError(f"PORT={wish} can't be used: {error.strerror}.") from None
        except (OverflowError, ValueError):
            raise StackError(f"PORT={wish} can't be used: it is no port.") from None
    for port in range(FIRST_PORT, LAST_PORT + 1):
        try:
            return ports.listen(port)
        except OSError:
            continue
    raise StackError(f"Every port from {FIRST_PORT} to {LAST_PORT} is taken; name another in PORT.")


def _url(listener: socket.socket) -> str:
    return f"http://{ports.HOST}:{listener.getsockname()[1]}"


def _own_environment(var: Var, listener: socket.socket) -> dict[str, str]:
    return {
        "VAR_DIR": str(var.root),
        "PORT": str(listener.getsockname()[1]),
        "WEB_THREADS": str(sizes.web_threads()),
        MARKER: str(var.root),
        "PYTHONUNBUFFERED": "1",
        # Celery would check the whole site at each of its starts.
        "CELERY_SKIP_CHECKS": "1",
    }


def _prepare(environment: Mapping[str, str]) -> Service:
    command = [sys.executable, "manage.py", "prepare"]
    return Service("prepare", command, environment, CHECKOUT, ready=_at_once)


def _worker(environment: Mapping[str, str]) -> Service:
    command = _celery_worker("jobs", f"--concurrency={sizes.worker_processes()}")
    return Service("worker", command, environment, CHECKOUT, ready=says(" ready."))


def _webhooks(environment: Mapping[str, str]) -> Service:
    threads = f"--concurrency={sizes.webhook_threads()}"
    command = _celery_worker("webhooks", "--pool=threads", threads)
    return Service("webhooks", command, environment, CHECKOUT, ready=says(" ready."))


def _celery_worker(queue: str, *options: str) -> list[str]:
    # Such workers need no acquaintance with each other, which takes a second.
    own = ["--without-gossip", "--without-mingle", f"--hostname={queue}@%h"]
    return _celery("worker", "--loglevel=INFO", f"--queues={queue}", *own, *options)


def _beat(environment: Mapping[str, str], var: Var) -> Service:
    command = _celery("beat", "--loglevel=WARNING", f"--schedule={var.schedule}", "--pidfile=")
    return Service("beat", command, environment, CHECKOUT, ready=_at_once)


def _celery(role: str, *options: str) -> list[str]:
    # For root, Celery warns of a risk that lies in a serializer which is off.
    python = [sys.executable, "-W", "ignore:You're running the worker"]
    return [*python, "-m", "celery", "--quiet", "-A", "product_importer", role, *options]


def _web(environment: Mapping[str, str], listener: socket.socket) -> Service:
    options = {
        "bind": f"fd://{listener.fileno()}",
        "worker-class": "gthread",
        "workers": sizes.web_processes(),
        "threads": sizes.web_threads(),
        # Requests that still run, such as an open event stream, don't hold up the end.
        "graceful-timeout": 3,
    }
    command = [sys.executable, "-m", "gunicorn", "--preload", "--no-control-socket"]
    command += [f"--{name}={value}" for name, value in options.items()]
    return Service(
        "web",
        [*command, "product_importer.wsgi"],
        environment,
        CHECKOUT,
        ready=_answers(listener.getsockname()[1]),
        pass_fds=[listener.fileno()],
    )


async def _at_once(_: Child) -> bool:
    return True


def _answers(port: int) -> Callable[[Child], Awaitable[bool]]:
    """A test for readiness: the web process answers that it can do its work."""
    has_booted = says("Booting worker")

    async def ready(child: Child) -> bool:
        return await has_booted(child) and await _is_healthy(port)

    return ready


async def _is_healthy(port: int) -> bool:
    try:
        async with asyncio.timeout(5):
            reader, writer = await asyncio.open_connection(ports.HOST, port)
            with closing(writer):
                writer.write(b"GET /health/ready/ HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
                return b" 200 " in await reader.readline()
    except (OSError, TimeoutError):
        return False
