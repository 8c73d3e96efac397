"""Every case, in the order in which they run."""

from benchmarks.case import Case
from benchmarks.cases import beside, imports, pages, peers, scale, waiting

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
        scale.memory,
        scale.rate,
        scale.preview,
        waiting.small_import,
        waiting.first_progress,
        pages.products_page,
        beside.pages_under_import,
        beside.watchers,
    )
}
