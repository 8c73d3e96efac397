"""Whole imports of generated files, against what plain Python expects.

`python3 run.py test tests/exactness --hypothesis-profile thorough --timeout 3600` tries ten times
as many.
"""

from __future__ import annotations

from collections import Counter
from operator import attrgetter
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imports.models import Import
from jobs.progress import Progress
from products.models import Change
from tests import oracle
from tests.exactness import difference
from tests.exactness.cases import Case, SentFile, cases
from tests.exactness.engine import COUNTS, Engine, counts_of, rejects_of

RANGES = st.sampled_from([1, 2, 3, 1_000])
# The fixture need not be made anew: `begin` forgets what an example has left.
each_example_begins_anew = settings(
    max_examples=settings().max_examples // 2,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
WORKERS = st.sampled_from([1, 1, 1, 2, 4, 16])


class Watch:
    """Looks at the progress of an import: no number goes back, none is counted twice."""

    def __init__(self) -> None:
        self.seen: list[Progress] = []

    def __call__(self, progress: Progress) -> None:
        self.seen.append(progress)
        settled = sum(getattr(progress, name) for name in COUNTS)
        assert settled <= progress.rows_read
        assert (progress.percent < 100) or settled == progress.rows_read


def foreseen(file: SentFile, before: oracle.Catalogue) -> tuple[oracle.Outcome, dict[str, Any]]:
    """What comes out, and the options with which it does."""
    outcome = oracle.foresee(file.data, before, **file.options)
    if not file.confirms:
        return outcome, file.options
    options = file.options | {"confirm_missing": outcome.removed}
    return oracle.foresee(file.data, before, **options), options


def assert_as_foreseen(import_: Import, outcome: oracle.Outcome) -> None:
    assert import_.error_code == outcome.error_code
    assert import_.status == ("failed" if outcome.error_code else "completed")
    assert oracle.catalogue() == outcome.catalogue
    if outcome.error_code != "too_many_missing":
        assert rejects_of(import_) == outcome.rejects
    progress = import_.progress
    if outcome.error_code:
        written = (progress.created, progress.updated, progress.removed)
        assert (*written, progress.percent < 100) == (0, 0, 0, True)
    else:
        assert counts_of(progress) == outcome.counts
        assert progress.rows_read == sum(getattr(progress, name) for name in COUNTS)
        assert progress.removed == outcome.removed


def assert_kept(import_: Import, before: oracle.Catalogue, outcome: oracle.Outcome) -> None:
    """There is a before-image of each product that the import has changed, and of no other."""
    changed = [p for key, p in before.items() if outcome.catalogue.get(key) != p]
    kept = Change.objects.filter(job=import_.pk).values_list(*oracle.ProductValues._fields)
    by_sku = attrgetter("sku")
    assert sorted(map(oracle.ProductValues._make, kept), key=by_sku) == sorted(changed, key=by_sku)


def assert_as_previewed(
    preview: dict[str, Any], before: oracle.Catalogue, outcome: oracle.Outcome, missing: str
) -> None:
    counts = outcome.counts | {"removed": outcome.removed}
    assert {name: preview[name] for name in counts} == counts
    assert preview["rejected_by_code"] == Counter(code for _, code in outcome.rejects)
    difference.assert_sampled(preview["samples"], before, outcome)
    switched_off = outcome.removed if missing == "deactivate" else 0
    changed = difference.cells_changed(before, outcome.catalogue)
    assert preview["changed_cells"] == +(changed - Counter(active=switched_off))


@each_example_begins_anew
@given(case=cases(), range_rows=RANGES, workers=WORKERS, seed=st.integers(0, 99))
def test_an_import_leaves_behind_what_plain_python_expects(
    engine: Engine, case: Case, range_rows: int, workers: int, seed: int
) -> None:
    before = engine.begin(case.before)
    # The last of them again.
    for file in (*case.files, case.files[-1]):
        outcome, options = foreseen(file, before)
        import_ = engine.prepare(file.data, range_rows=range_rows, **options)
        assert oracle.catalogue() == before, "reading writes nothing"
        preview = engine.preview(import_)
        lines = engine.difference(import_) if preview else b""
        engine.apply(import_, workers=workers, seed=seed, look=Watch())
        assert_as_foreseen(import_, outcome)
        assert_kept(import_, before, outcome)
        if preview:
            assert_as_previewed(preview, before, outcome, import_.missing)
            assert difference.applied(lines, before) == outcome.catalogue
            assert engine.preview(import_) == preview, "it says the same afterwards"
            assert not preview["deviation"]
        before = outcome.catalogue
