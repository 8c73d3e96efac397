"""The places of files: all that a running stack keeps lies in one folder, `var/` by default."""

import os
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
# The account that runs PostgreSQL passes through the folder; nobody else can list it.
PASSABLE = 0o711


@dataclass(frozen=True)
class Var:
    """The folder of one stack, and the names in it."""

    root: Path

    @classmethod
    def from_environment(cls) -> "Var":
        """The folder that VAR_DIR names, or `var/` of the checkout."""
        return cls(Path(os.environ.get("VAR_DIR") or CHECKOUT / "var").resolve())

    def create(self) -> None:
        """Make the folder if it is missing; one that exists stays as it is."""
        if not self.root.exists():
            self.root.mkdir(parents=True)
            self.root.chmod(PASSABLE)

    @property
    def postgres(self) -> Path:
        return self.root / "postgres"

    @property
    def valkey(self) -> Path:
        return self.root / "valkey"

    @property
    def secrets(self) -> Path:
        return self.root / "secrets.env"

    @property
    def runtime(self) -> Path:
        return self.root / "runtime.env"

    @property
    def lock(self) -> Path:
        return self.root / "lock"

    @property
    def borrowers(self) -> Path:
        return self.root / "borrowers.lock"

    @property
    def postgres_port(self) -> Path:
        return self.root / "postgres.port"

    @property
    def valkey_port(self) -> Path:
        return self.root / "valkey.port"

    @property
    def schedule(self) -> Path:
        return self.root / "beat-schedule"
