"""Every case, in the order in which they run."""

from benchmarks.case import Case
from benchmarks.cases import imports, pages, peers, waiting

CASES: dict[str, Case] = {
    case.name: case
    for case in (
        imports.load,
        imports.load_bare,
        imports.noop,
        imports.change,
        peers.peers,
        imports.wal,
        imports.workers,
        waiting.small_import,
        waiting.first_progress,
        pages.products_page,
    )
}
