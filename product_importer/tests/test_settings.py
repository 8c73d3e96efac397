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


def test_what_the_address_of_the_database_says_counts_more(tmp_path: Path) -> None:
    url = "postgres://u@127.0.0.1:1/d?connect_timeout=3"
    environment = {**os.environ, **NEEDED, "VAR_DIR": str(tmp_path), "DATABASE_URL": url}
    show = "from product_importer import settings; print(settings.DATABASES['default']['OPTIONS'])"
    done = subprocess.run(
        [sys.executable, "-c", show],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "'connect_timeout': 3," in done.stdout
    assert "'tcp_user_timeout': 20000" in done.stdout
    assert "client_connection_check_interval=5s" in done.stdout
