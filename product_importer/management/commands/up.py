"""The whole product from Django's command line."""

import os
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """Hands over to the supervisor, which knows nothing of Django."""

    help = "Run the whole product: what `python3 run.py` does."
    requires_system_checks = ()

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Become the supervisor."""
        os.chdir(settings.BASE_DIR)
        os.execv(sys.executable, [sys.executable, "-m", "stack", "up"])  # noqa: S606
