from django.db import migrations, models
from django.db.models import F


def of_old_rows(apps, schema_editor):
    """Until now an unknown cost was counted as none: where good calls seem to have cost nothing, nobody knows it."""
    KeyUse = apps.get_model("providers", "KeyUse")
    KeyUse.objects.filter(status=200, cost=0).update(unknown=F("calls"))


class Migration(migrations.Migration):
    dependencies = [
        ("providers", "0011_key_health"),
    ]

    operations = [
        migrations.AddField(
            model_name="keyuse",
            name="unknown",
            field=models.PositiveIntegerField(default=0, verbose_name="calls of unknown cost"),
        ),
        migrations.RunPython(of_old_rows, migrations.RunPython.noop),
    ]
