"""The SQL of a preview: the counts, samples of each outcome, and the whole difference.

Fields are those of the products, and `attribute:<name>`. Names of attributes are parameters, as
`parameters_of` gives them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from imports.sql import CLASSIFY, COUNTING, MISSING, VALID, classified
from product_files.judging.field_names import ATTRIBUTE
from products.export import guarded_sql
from products.fields import DESCRIPTION_LENGTH, FIELDS

# Samples of an outcome: the first of each class of records, by the remainder of their numbers.
MAX_SAMPLES: Final = 8
# As long as texts may be: a difference at the very end has to be visible too.
TEXT_LENGTH: Final = DESCRIPTION_LENGTH


def parameters_of(fields: Sequence[str]) -> dict[str, str]:
    """The names of the attributes among the fields."""
    return {
        f"attribute_{i}": field.removeprefix(ATTRIBUTE)
        for i, field in enumerate(fields)
        if field.startswith(ATTRIBUTE)
    }


def _now(i: int, field: str, prefix: str = "old_") -> str:
    """The value that a product has now; null if there is none."""
    if field.startswith(ATTRIBUTE):
        return f"({prefix}attributes ->> %(attribute_{i})s::text)"
    return f"{prefix}{field}"


_FIELDS: Final = {field.name: field for field in FIELDS}


def _after(i: int, field: str) -> str:
    """The value that a product has once the row is written, as imports.sql writes it."""
    if field.startswith(ATTRIBUTE):
        name = f"%(attribute_{i})s::text"
        new = f"CASE WHEN attributes ? {name} THEN attributes ->> {name}"
        return f"({new} ELSE {_now(i, field)} END)"
    return f"({_FIELDS[field].after(old=f'old_{field}', new=field)})"


def _is_changed(i: int, field: str) -> str:
    return f"{_now(i, field)} IS DISTINCT FROM {_after(i, field)}"


def _is_blanked(i: int, field: str) -> str:
    before, after = (f"coalesce({side}::text, '')" for side in (_now(i, field), _after(i, field)))
    return f"{before} <> '' AND {after} = ''"


def count_difference(fields: Sequence[str]) -> str:
    """For each outcome, in several rows: the number of rows, the first record, and for each field
    the number of products that get another value and of those that lose theirs, in one pass."""
    counts = [
        f", count(*) FILTER (WHERE outcome = 'updated' AND {is_so(i, field)})"
        for i, field in enumerate(fields)
        for is_so in (_is_changed, _is_blanked)
    ]
    return f"""
SELECT outcome, count(*), min(record) {"".join(counts)}
FROM ({CLASSIFY} OFFSET 0) classified
GROUP BY outcome, record %% {MAX_SAMPLES}
"""


# The products of some rows, each found by its key.
_THEIR_PRODUCTS: Final = """
    SELECT p.*, s.key
    FROM counting s CROSS JOIN LATERAL (
        SELECT *, ctid AS at FROM products_product WHERE lower(sku) COLLATE "C" = s.key LIMIT 1
    ) p
"""
_THESE_ROWS: Final = "SELECT * FROM {staging} WHERE record = ANY(%(records)s)"
_SOME_ROWS: Final = f"{COUNTING} LIMIT {MAX_SAMPLES}"


def _samples(rows: str, fields: Sequence[str]) -> str:
    cells = [
        f", left({_now(i, f)}::text, {TEXT_LENGTH}), left({_after(i, f)}::text, {TEXT_LENGTH}),"
        f" {_is_changed(i, f)}"
        for i, f in enumerate(fields)
    ]
    return f"""
SELECT outcome, line, sku {"".join(cells)}
FROM ({classified(rows, _THEIR_PRODUCTS)} OFFSET 0) classified
ORDER BY record
"""


def sample_rows(fields: Sequence[str]) -> str:
    """The records `records`, judged once more: outcome, line, SKU, and for each field the value
    now, the value after, and whether they differ; in file order."""
    return _samples(_THESE_ROWS, fields)


def sample_new(fields: Sequence[str]) -> str:
    """The same of some rows that count, where all of them are new."""
    return _samples(_SOME_ROWS, fields)


# Rows that do not count because a later one has their SKU, each with the line that counts.
SAMPLE_DUPLICATES: Final = f"""
SELECT s.line, s.sku, last.line
FROM (
    SELECT key, max(record) AS record
    FROM {{staging}}
    WHERE {VALID}
    GROUP BY key
    HAVING count(*) > 1
    ORDER BY key
    LIMIT {MAX_SAMPLES}
) repeated
JOIN {{staging}} last ON last.key = repeated.key AND last.record = repeated.record
JOIN {{staging}} s ON s.key = repeated.key AND s.record < repeated.record AND s.code IS NULL
ORDER BY s.record
LIMIT {MAX_SAMPLES}
"""

# The first rows of each code with which reading refused rows, and the number of all of them.
SAMPLE_REFUSED: Final = """
SELECT line, sku, code, value, total
FROM (
    SELECT
        record, line, sku, code, value,
        row_number() OVER (PARTITION BY code ORDER BY record) AS number,
        count(*) OVER (PARTITION BY code) AS total
    FROM {staging}
    WHERE code IS NOT NULL
) refused
WHERE number <= %(samples)s
ORDER BY record
"""

# SKUs such as 1.2e+12, which a spreadsheet makes of a long number. They begin with a digit, so only
# such keys are read.
COUNT_DAMAGED_SKUS: Final = """
WITH damaged AS MATERIALIZED (
    SELECT sku, record
    FROM {staging}
    WHERE key >= '0' AND key < ':' AND code IS NULL AND key LIKE '%%e+%%'
      AND key ~ '^[0-9]+([.,][0-9]+)?e\\+[0-9]+$'
)
SELECT count(*), ARRAY(SELECT sku FROM damaged ORDER BY record LIMIT 3) FROM damaged
"""


def sample_missing(fields: Sequence[str]) -> str:
    """Some of the products that the file does not name: SKU, the number of all of them, and the
    value of each field. No row if there are none."""
    cells = [f", left({_now(i, f, '')}::text, {TEXT_LENGTH})" for i, f in enumerate(fields)]
    return f"""
WITH missing AS MATERIALIZED (SELECT id, key FROM ({MISSING}) missing)
SELECT sku, (SELECT count(*) FROM missing) {"".join(cells)}
FROM (SELECT * FROM missing ORDER BY key LIMIT {MAX_SAMPLES}) sample
JOIN products_product USING (id)
ORDER BY key
"""


def difference(fields: Sequence[str], *, missing: str) -> str:
    """A line for each product of a range that would be created, updated, removed or refused:
    outcome, line, SKU, and for each field the values now and after; in the order of the keys.

    Texts that a spreadsheet would run as formulas are guarded.
    """
    indexes = range(len(fields))
    sides = [
        f", {_now(i, f)}::text AS now_{i},"
        f" CASE WHEN outcome IN ('created', 'updated') THEN {_after(i, f)} ELSE {_now(i, f)} END"
        f"::text AS after_{i}"
        for i, f in enumerate(fields)
    ]
    shown = [
        f", nullif({guarded_sql(f'{side}_{i}')}, '')" for i in indexes for side in ("now", "after")
    ]
    removed = "" if missing == "keep" else f"UNION ALL {_removed(fields, missing)}"
    return f"""
SELECT outcome, line, {guarded_sql("sku")} {"".join(shown)}
FROM (
    SELECT key, outcome, line, sku {"".join(sides)}
    FROM ({CLASSIFY} OFFSET 0) classified
    WHERE outcome <> 'unchanged'
    {removed}
) difference
ORDER BY key
"""


def _removed(fields: Sequence[str], missing: str) -> str:
    sides = []
    for i, field in enumerate(fields):
        now = f"{_now(i, field, '')}::text"
        stays = "'false'" if field == "active" else now
        sides.append(f", {now}, {stays if missing == 'deactivate' else 'NULL'}")
    return f"SELECT key, 'removed', NULL, sku {''.join(sides)} FROM ({MISSING}) missing"
