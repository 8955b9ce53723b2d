"""Two machines that listen with one token are told apart by the names in their reports."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """Empty until the next report comes."""

    dependencies = [("diagnostics", "0016_longer_outcomes")]

    operations = [
        migrations.AddField(model_name="accesstoken", name="machines", field=models.JSONField(default=dict)),
    ]
