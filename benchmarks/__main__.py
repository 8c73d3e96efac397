"""`python -m benchmarks [case …] [--json] [--small] [--runs N]`, with the servers at hand."""

import os
import signal
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "product_importer.settings")
django.setup()

from benchmarks.command import main  # noqa: E402 - models can be imported only now

if __name__ == "__main__":
    # Leaves the `with` blocks that have started processes, as Ctrl-C does.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    sys.exit(main(sys.argv[1:]))
