"""Each database session takes ids by the thousand.

Workers that insert at the same time would otherwise take turns at the last page of the primary
key, for the ids of their rows follow each other. Ids are unique, and no order of anything.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("products", "0004_changes_by_person")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE products_product ALTER id SET CACHE 1000",
            "ALTER TABLE products_product ALTER id SET CACHE 1",
        ),
    ]
