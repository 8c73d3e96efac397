"""Small `NAME=value` files that only their owner may read."""

import os
from collections.abc import Mapping
from pathlib import Path


def read(path: Path) -> dict[str, str]:
    """The names and values in a file; none if there is no such file."""
    try:
        lines = path.read_text().splitlines()
    except FileNotFoundError:
        return {}
    return dict(line.split("=", 1) for line in lines if "=" in line)


def write(path: Path, values: Mapping[str, str]) -> None:
    """Write names and values, mode 0600. Readers see the old file or the new one, whole."""
    text = "".join(f"{name}={value}\n" for name, value in values.items())
    write_private(path, text)


def write_private(path: Path, text: str) -> None:
    """Replace a file by one that contains `text` and that only its owner may read."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(handle)
    draft.replace(path)
