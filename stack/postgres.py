"""The embedded PostgreSQL: its cluster, its programs, its account and its settings."""

import shutil
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path

import psutil

from stack import accounts, initdb, locks, ports, programs, sizes
from stack.errors import StackError
from stack.paths import PASSABLE, Var
from stack.processes import Account, Service, bare_environment, says

# For root, where the account that runs PostgreSQL can't reach the checkout.
ELSEWHERE = Path("/var/lib/product-importer")
# A shutdown first writes all that is in memory.
PATIENCE = 60.0
FAST_SHUTDOWN = signal.SIGINT
MIB = 1024 * 1024
CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - only asked for its size
UNSAFE_BUT_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class Cluster:
    """A database cluster on disk and the programs that run it."""

    programs: Path
    data: Path
    account: Account | None
    # For tests: a crash of the machine may cost the data.
    fast: bool

    def service(self, port: int) -> Service:
        """The service that runs the cluster on a port."""
        values = settings(port) | (UNSAFE_BUT_FAST if self.fast else {})
        options = [f"--{name}={value}" for name, value in values.items()]
        return Service(
            name="postgres",
            command=[str(self.programs / "postgres"), "-D", str(self.data), *options],
            environment=bare_environment(),
            folder=self.data,
            ready=says("database system is ready to accept connections"),
            recover=partial(recover, self.data),
            account=self.account,
            stop_signal=FAST_SHUTDOWN,
            patience=PATIENCE,
            death_signal=FAST_SHUTDOWN,
            keeps_data=True,
        )


def open_cluster(var: Var, password: str, *, fast: bool = False) -> Cluster:
    """The cluster of a stack. If it is missing it is made, with this password for the product.

    Raises StackError if it is of another version, in use by another stack, or out of reach.
    """
    account = accounts.choose(var.postgres)
    data = _locate_data(var, account)
    _claim(data)
    cluster = Cluster(programs.locate_postgres(account, ELSEWHERE), data, account, fast)
    if data.exists():
        _check_version(cluster)
    else:
        initdb.create(cluster.programs, data, account, password)
    if data != var.postgres and not var.postgres.is_symlink():
        var.postgres.symlink_to(data)
    return cluster


def url(port: int, password: str) -> str:
    """The address of the product's database."""
    return f"postgresql://{initdb.NAME}:{password}@{ports.HOST}:{port}/{initdb.NAME}"


def settings(port: int) -> dict[str, str]:
    """The settings of a server that shares one small machine with the product, by their names."""
    memory = _memory() // MIB
    return {
        "port": str(port),
        "listen_addresses": ports.HOST,
        "unix_socket_directories": "",
        "max_connections": str(max(sizes.connections(), 100)),
        "shared_buffers": f"{min(max(memory // 8, 128), 1024)}MB",
        "effective_cache_size": f"{max(memory // 2, 256)}MB",
        "work_mem": "16MB",
        "maintenance_work_mem": "256MB",
        # Who builds an index works too: with more processes than cores it takes a third longer.
        "max_parallel_maintenance_workers": str(min(sizes.cores() - 1, 2)),
        "max_wal_size": "4GB",
        # A large write fills the default faster than it is written out, and then waits for itself.
        "wal_buffers": "64MB",
        "wal_writer_delay": "20ms",
        "checkpoint_timeout": "15min",
        # The package is built without lz4.
        "wal_compression": "on",
        "random_page_cost": "1.1",
        "jit": "off",
        "dynamic_shared_memory_type": _shared_memory_type(),
        # The log is read to learn when the server is ready.
        "logging_collector": "off",
        "log_checkpoints": "off",
        "log_line_prefix": "[%p] ",
        "timezone": "UTC",
        "log_timezone": "UTC",
    }


def recover(data: Path) -> None:
    """End what a crashed start left running on the folder `data`, so that the next can begin."""
    left = [process for process in psutil.process_iter() if _runs_on(process, data)]
    for process in left:
        with suppress(psutil.NoSuchProcess):
            if "-D" in process.cmdline():
                process.send_signal(FAST_SHUTDOWN)
                psutil.wait_procs([process], timeout=PATIENCE)
            process.kill()
    psutil.wait_procs(left, timeout=10)
    # Its number may belong to another process by now, which would stop the start.
    (data / "postmaster.pid").unlink(missing_ok=True)


def _runs_on(process: psutil.Process, data: Path) -> bool:
    try:
        return process.name() == "postgres" and process.cwd() == str(data)
    except (psutil.Error, OSError):
        return False


def _locate_data(var: Var, account: Account | None) -> Path:
    if var.postgres.is_symlink() or var.postgres.exists():
        data = var.postgres.resolve()
    elif accounts.can_reach(account, var.postgres):
        return var.postgres
    else:
        data = ELSEWHERE / sha256(str(var.root).encode()).hexdigest()[:12] / "postgres"
        data.parent.mkdir(parents=True, exist_ok=True)
        for folder in (ELSEWHERE, data.parent):
            folder.chmod(PASSABLE)
    if not accounts.can_reach(account, data):
        raise StackError(
            f"PostgreSQL does not run as root, and who it runs as can't reach {data}:"
            " let others pass through the folders above it (chmod o+x)."
        )
    return data


def _claim(data: Path) -> None:
    try:
        locks.take(data.with_name("postgres.lock"))
    except locks.TakenError:
        raise StackError(f"The data in {data} is in use by another running stack.") from None


def _check_version(cluster: Cluster) -> None:
    found = (cluster.data / "PG_VERSION").read_text().strip()
    command = [str(cluster.programs / "postgres"), "--version"]
    answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    installed = answer.split()[-1].split(".")[0]
    if found != installed:
        raise StackError(
            f"The data in {cluster.data} was written by PostgreSQL {found}, installed is"
            f" {installed}. Nothing was touched. Go back to the release of the product that wrote"
            " it, save the data with pg_dump, and restore it into a new folder."
        )


def _memory() -> int:
    total: int = psutil.virtual_memory().total
    try:
        return min(total, int(CGROUP_LIMIT.read_text()))
    except (OSError, ValueError):
        return total


def _shared_memory_type() -> str:
    """In a container /dev/shm may hold 64 MB: parallel queries then share memory in files."""
    if SHARED_MEMORY.exists() and shutil.disk_usage(SHARED_MEMORY).total < 512 * MIB:
        return "mmap"
    return "posix"
