"""Our import against the alternatives of a Django project."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from benchmarks import catalogue, files
from benchmarks import peers as peer
from benchmarks.case import Goal, Sample, Samples, Scale, case
from benchmarks.processes import worker

ROWS = 50_000
# update_or_create gets a tenth of the rows, and its time is multiplied by ten.
SHARE = 10


@case(
    "import-peers",
    Goal("time ÷ bulk_create", at_most=0.25, aim=0.15),
    Goal("time ÷ import-export", at_most=0.033, aim=0.02),
    Goal("time ÷ update_or_create", at_most=0.014, aim=0.008),
)
def peers(scale: Scale) -> Iterator[Samples]:
    """A file into an empty catalogue."""
    rows = scale.rows(ROWS)
    # The peers can't have a SKU twice in one batch.
    file = files.sample(rows, duplicates=0)
    few = partial(peer.update_or_create, file, rows // SHARE)
    with worker(), peer.peer_table():
        while True:
            catalogue.empty()
            ours = catalogue.take(file).seconds
            yield (
                Sample(ours, peer.seconds(partial(peer.bulk_create, file))),
                Sample(ours, peer.seconds(partial(peer.import_export, file))),
                Sample(ours, peer.seconds(few) * SHARE),
            )
