"""Counting the characters of each description costs a large load more than any other check."""

from django.db import migrations, models
from django.db.models import F, Func, Q
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual


class Migration(migrations.Migration):
    dependencies = [("products", "0005_ids_in_blocks")]

    operations = [
        migrations.RemoveConstraint("product", "product_description_has_a_limit"),
        migrations.AddConstraint(
            "product",
            models.CheckConstraint(
                name="product_description_has_a_limit",
                condition=Q(
                    LessThanOrEqual(
                        Func(
                            F("description"),
                            function="octet_length",
                            output_field=models.IntegerField(),
                        ),
                        65535,
                    )
                )
                | Q(LessThanOrEqual(Length("description"), 65535)),
            ),
        ),
    ]
