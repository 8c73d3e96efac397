"""A folder for a stack of a test's own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from stack.paths import PASSABLE, Var


@contextmanager
def reachable_var() -> Iterator[Var]:
    """Yield a folder that, unlike pytest's, the account that runs PostgreSQL can reach."""
    with TemporaryDirectory() as name:
        Path(name).chmod(PASSABLE)
        yield Var(Path(name))
