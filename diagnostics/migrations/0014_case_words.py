from django.db import migrations

from diagnostics.migrations import _frozen_case_words


def renew(apps, schema_editor):
    """Cases that were opened before texts without spaces were cut letter by letter are found by parts of them, too."""
    _frozen_case_words.renew_all(apps)


class Migration(migrations.Migration):

    dependencies = [
        ('diagnostics', '0013_run_kept'),
    ]

    operations = [
        migrations.RunPython(renew, migrations.RunPython.noop),
    ]
