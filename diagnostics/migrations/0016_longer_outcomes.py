"""What a check found is told whole: a sentence of several findings was cut."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """Of a length that only a flood reaches."""

    dependencies = [("diagnostics", "0015_open_cases_of_an_environment")]

    operations = [
        migrations.AlterField(
            model_name="wizardcheck", name="says", field=models.CharField(blank=True, max_length=2000)
        ),
    ]
