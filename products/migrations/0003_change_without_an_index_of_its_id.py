"""A change is found by its product and version; another index on its id costs every import."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("products", "0002_words_and_sort_keys")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE products_change DROP CONSTRAINT products_change_pkey",
            "ALTER TABLE products_change ADD CONSTRAINT products_change_pkey PRIMARY KEY (id)",
        ),
        migrations.AddIndex(
            "change", BrinIndex(fields=["id"], name="change_by_id", autosummarize=True)
        ),
    ]
