"""Each database session takes ids by the thousand.

Workers that insert at the same time would otherwise take turns at the last page of the primary
key, for the ids of their rows follow each other. Ids are unique, and no order of anything.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("products", "0003_change_without_an_index_of_its_id")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE products_product ALTER id SET CACHE 1000",
            "ALTER TABLE products_product ALTER id SET CACHE 1",
        ),
    ]
