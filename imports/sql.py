"""The SQL of an import, all of it: what becomes of the staged rows, and how it is written.

`{staging}` is the staging table of the attempt at hand. Bounds of a range are parameters:
`%(low)s` and `%(high)s` are SKU keys, null where the range is unbounded.
"""

from typing import Final

# Rows as they were read. `key` is the identity of the SKU, computed by the database as in the
# catalogue. Rows with a `code` were rejected while reading. The row with the empty key is the
# sentinel: without it, a crash of the database has emptied the table.
CREATE_STAGING: Final = """
CREATE UNLOGGED TABLE {staging} (
    record bigint NOT NULL,
    line bigint NOT NULL,
    sku text,
    name text,
    description text,
    price numeric(12, 2),
    active boolean,
    attributes jsonb,
    code text,
    "column" text,
    value text,
    cells jsonb,
    key text COLLATE "C" GENERATED ALWAYS AS (lower(sku)) STORED
) WITH (autovacuum_enabled = false);
INSERT INTO {staging} (record, line, sku) VALUES (0, 0, '')
"""

COPY_STAGING: Final = """
COPY {staging} (
    record, line, sku, name, description, price, active, attributes, code, "column", value, cells
) FROM STDIN
"""

# A range finds its rows, in the order of key and file, without looking at the others.
INDEX_STAGING: Final = """
CREATE INDEX ON {staging} (key, record);
ANALYZE {staging} (key, code)
"""

IS_STAGED: Final = "SELECT EXISTS (SELECT FROM {staging} WHERE key = '' AND code IS NULL)"

# Keys spread as evenly over the file as its pages are; sorted, to cut ranges at.
SAMPLE_KEYS: Final = """
SELECT key
FROM {staging} TABLESAMPLE SYSTEM (%(percent)s) REPEATABLE (0)
WHERE key > '' AND code IS NULL
ORDER BY key
"""

# Does staged row `s` say anything else than product `p`? Null says nothing, but for a price
# that a blank cell clears.
_DIFFERS: Final = """(
    p.sku <> s.sku
    OR p.name <> s.name
    OR p.description <> s.description
    OR (s.price IS NOT NULL OR %(clears_price)s) AND p.price IS DISTINCT FROM s.price
    OR p.active <> s.active
    OR p.attributes <> jsonb_strip_nulls(p.attributes || s.attributes)
)"""

# The products of a range; without these bounds every range would look at the whole table.
_CATALOGUE: Final = """
    SELECT *, ctid AS at, lower(sku) COLLATE "C" AS key
    FROM products_product
    WHERE lower(sku) COLLATE "C" > coalesce(%(low)s, '')
      AND (%(high)s IS NULL OR lower(sku) COLLATE "C" <= %(high)s)
"""

# What becomes of each valid row of a range. Of the rows of one SKU the last in the file counts;
# it alone is judged by the mode and the catalogue. Preview and apply both ask this.
_CLASSIFY: Final = f"""
WITH staged AS (
    SELECT *, lead(key) OVER (ORDER BY key, record) AS next_key
    FROM {{staging}}
    WHERE code IS NULL
      AND key > coalesce(%(low)s, '')
      AND (%(high)s IS NULL OR key <= %(high)s)
), catalogue AS ({_CATALOGUE})
SELECT
    s.record, s.line, s.key, s.sku, s.name, s.description, s.price, s.active, s.attributes,
    s.cells, p.id AS product_id, p.at AS product_at,
    CASE
        WHEN s.key = s.next_key THEN 'duplicate'
        WHEN p.id IS NULL AND %(mode)s = 'update' THEN 'not_found'
        WHEN p.id IS NULL AND s.name IS NULL THEN 'name_missing'
        WHEN p.id IS NULL THEN 'created'
        WHEN %(mode)s = 'create' THEN 'already_exists'
        WHEN {_DIFFERS} THEN 'updated'
        ELSE 'unchanged'
    END AS outcome
FROM staged s LEFT JOIN catalogue p ON p.key = s.key
"""

COUNT_OUTCOMES: Final = f"""
SELECT outcome, count(*) FROM ({_CLASSIFY}) classified GROUP BY outcome
"""

# What a range is going to write. `product_at` is the place of the very version of a product that
# was judged: whoever changes the product moves it.
CREATE_PLAN: Final = """
CREATE TEMPORARY TABLE plan (
    record bigint, line bigint, key text COLLATE "C", sku text, name text, description text,
    price numeric(12, 2), active boolean, attributes jsonb, cells jsonb,
    product_id bigint, product_at tid, outcome text
) ON COMMIT DROP
"""

# Classifies a range and keeps, for this transaction, the rows that lead to a write.
PLAN: Final = f"""
WITH classified AS MATERIALIZED ({_CLASSIFY}),
planned AS (
    INSERT INTO plan
    SELECT * FROM classified WHERE outcome NOT IN ('unchanged', 'duplicate')
)
SELECT outcome, count(*) FROM classified GROUP BY outcome
"""

# Writes the new products. A key that somebody else took since is a unique violation.
INSERT_CREATED: Final = """
INSERT INTO products_product (
    sku, name, description, price, active, attributes, created_in_id, changed_in_id
)
SELECT
    sku, name, coalesce(description, ''), price, coalesce(active, true),
    coalesce(jsonb_strip_nulls(attributes), '{}'), %(job)s, %(job)s
FROM plan
WHERE outcome = 'created'
"""

# Locks the products that the range names, in the order of their keys: for a range that has met
# somebody else's writes once, so that it does not do so again.
LOCK_NAMED: Final = f"""
SELECT count(*) FROM (
    SELECT
    FROM products_product p JOIN ({_CATALOGUE}) c ON c.id = p.id
    WHERE EXISTS (SELECT FROM {{staging}} s WHERE s.key = c.key AND s.code IS NULL)
    ORDER BY c.key
    FOR NO KEY UPDATE OF p
) locked
"""

# Keeps what the products in `changed` were.
_KEEP_BEFORE_IMAGES: Final = """
    INSERT INTO products_change (
        product_id, action, job_id, version, sku, name, description, price, active, attributes,
        created_at, updated_at, created_in_id, changed_in_id
    )
    SELECT
        id, %(action)s, %(job)s, version, sku, name, description, price, active, attributes,
        created_at, updated_at, created_in_id, changed_in_id
    FROM changed
"""

# Writes the changes and keeps what was there before. A product that somebody else has changed
# or removed since it was judged is left out, so the number of rows tells whether any was.
UPDATE_UPDATED: Final = f"""
WITH changed AS (
    SELECT
        p.*, p.ctid AS at, s.sku AS new_sku, s.name AS new_name,
        s.description AS new_description, s.price AS new_price, s.active AS new_active,
        s.attributes AS new_attributes
    FROM plan s JOIN products_product p ON p.ctid = s.product_at AND p.id = s.product_id
    WHERE s.outcome = 'updated'
), kept AS ({_KEEP_BEFORE_IMAGES})
UPDATE products_product p
SET sku = c.new_sku,
    name = coalesce(c.new_name, p.name),
    description = coalesce(c.new_description, p.description),
    price = CASE WHEN %(clears_price)s THEN c.new_price ELSE coalesce(c.new_price, p.price) END,
    active = coalesce(c.new_active, p.active),
    attributes = coalesce(jsonb_strip_nulls(p.attributes || c.new_attributes), p.attributes),
    version = p.version + 1,
    updated_at = statement_timestamp(),
    changed_in_id = %(job)s
FROM changed c
WHERE p.ctid = c.at
"""

# Keeps the rows that the mode or the catalogue refused.
INSERT_REJECTED: Final = """
INSERT INTO imports_reject (job_id, record, line, code, "column", value, cells)
SELECT %(job)s, record, line, outcome,
       CASE outcome WHEN 'name_missing' THEN 'name' ELSE 'sku' END,
       CASE outcome WHEN 'name_missing' THEN '' ELSE sku END,
       cells
FROM plan
WHERE outcome NOT IN ('created', 'updated')
"""

# The products of a range that no row of the file names, not even one that was rejected. Those
# that are off already have nothing to lose where `missing` says deactivate.
_MISSING: Final = f"""
    SELECT p.*
    FROM ({_CATALOGUE}) p
    WHERE NOT EXISTS (
        SELECT FROM {{staging}} s
        WHERE s.key = p.key
          AND s.key > coalesce(%(low)s, '')
          AND (%(high)s IS NULL OR s.key <= %(high)s)
    ) AND (p.active OR %(missing)s = 'delete')
"""

COUNT_MISSING: Final = f"SELECT count(*) FROM ({_MISSING}) missing"

_CHANGE_MISSING: Final = f"""
WITH changed AS (
    SELECT p.*
    FROM products_product p JOIN ({_MISSING}) m ON m.id = p.id
    ORDER BY m.key
    FOR UPDATE OF p
), kept AS ({_KEEP_BEFORE_IMAGES})
"""

# Deletes what the file does not name, in the order of the keys, and keeps what it was.
DELETE_MISSING: Final = f"""{_CHANGE_MISSING}
DELETE FROM products_product p USING changed c WHERE p.id = c.id
"""

# Takes what the file does not name out of sale, and keeps what it was.
DEACTIVATE_MISSING: Final = f"""{_CHANGE_MISSING}
UPDATE products_product p
SET active = false,
    version = p.version + 1,
    updated_at = statement_timestamp(),
    changed_in_id = %(job)s
FROM changed c
WHERE p.id = c.id
"""

# Keeps the rows that were refused while reading; a second reading adds none.
PUBLISH_REJECTS: Final = """
INSERT INTO imports_reject (job_id, record, line, code, "column", value, cells)
SELECT %(job)s, record, line, code, "column", value, cells
FROM {staging}
WHERE code IS NOT NULL
ORDER BY record
ON CONFLICT DO NOTHING
"""
