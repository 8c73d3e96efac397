from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('imports', '0003_upload'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='import',
            index=models.Index(condition=models.Q(('sha256', ''), _negated=True), fields=['sha256', 'job_ptr'], name='import_same_file'),
        ),
    ]
