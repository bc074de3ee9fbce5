from django.db import migrations, models


def who_said_what(apps, schema_editor):
    """What stands in the rows gets the one who must have said it; the catalog repeats its own at the next start."""
    ChatModel = apps.get_model("providers", "ChatModel")
    for row in ChatModel.objects.iterator():
        own = row.source != "catalog" or "capabilities" in row.overrides
        source = "administrator" if own else "catalog"
        said = {name: {source: {"value": value, "date": ""}} for name, value in row.capabilities.items()}
        overrides = set(row.overrides) - {"capabilities"}
        for name in ("context_window", "prices"):
            value = getattr(row, name)
            if row.source == "catalog" and name not in overrides and value is not None:
                said[name] = {"catalog": {"value": value, "date": ""}}
            elif row.source != "catalog" and value is not None:
                overrides.add(name)
        row.statements, row.overrides = said, sorted(overrides)
        row.save(update_fields=("statements", "overrides"))


class Migration(migrations.Migration):
    dependencies = [
        ("providers", "0007_limits"),
    ]

    operations = [
        migrations.AddField(
            model_name="chatmodel",
            name="statements",
            field=models.JSONField(default=dict, editable=False),
        ),
        migrations.RunPython(who_said_what, migrations.RunPython.noop),
    ]
