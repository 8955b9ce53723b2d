import hmac
from secrets import token_hex

from django.db import migrations, models

import diagnostics.models.teams


def give_each_team_its_own(apps, schema_editor):
    """One default would be the same for all; and what is stored so far was made without a salt."""
    for team in apps.get_model("diagnostics", "Team").objects.all():
        team.fingerprint_salt = token_hex(16)
        team.save(update_fields=["fingerprint_salt"])
        for environment in apps.get_model("diagnostics", "Environment").objects.filter(team=team).exclude(credential_fingerprint=""):
            # As engine.secrets.salted made it when this was written.
            made = hmac.new(team.fingerprint_salt.encode(), environment.credential_fingerprint.encode(), "sha256").hexdigest()[:16]
            type(environment).objects.filter(pk=environment.pk).update(credential_fingerprint=made)


class Migration(migrations.Migration):

    dependencies = [
        ("diagnostics", "0001_first"),
    ]

    operations = [
        migrations.AddField(
            model_name="team",
            name="fingerprint_salt",
            field=models.CharField(default=diagnostics.models.teams.new_salt, editable=False, max_length=32),
        ),
        migrations.RunPython(give_each_team_its_own, migrations.RunPython.noop),
    ]
