from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
NEEDED = {
    "SECRET_KEY": "s",
    "WEBHOOK_SECRET_KEY": "w",
    "DATABASE_URL": "postgres://u@127.0.0.1:1/d",
}


@pytest.mark.parametrize("missing", NEEDED)
def test_what_is_not_set_is_named_with_the_way_out(missing: str, tmp_path: Path) -> None:
    environment = {name: text for name, text in os.environ.items() if name not in NEEDED}
    environment |= {name: text for name, text in NEEDED.items() if name != missing}
    done = subprocess.run(
        [sys.executable, ROOT / "manage.py", "up"],
        env=environment | {"VAR_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"{missing} is not set. `python3 run.py`")
    assert "Traceback" not in done.stderr
