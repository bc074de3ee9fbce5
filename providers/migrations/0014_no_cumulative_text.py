from django.db import migrations


def without_it(apps, schema_editor):
    """Nothing read ``cumulative_text`` (``delta`` always goes before ``message``); facts with unknown fields are refused."""
    Provider = apps.get_model("providers", "Provider")
    for provider in Provider.objects.only("spec_data").filter(spec_data__has_key="quirks"):
        if provider.spec_data["quirks"].pop("cumulative_text", None) is not None:
            provider.save(update_fields=("spec_data",))


class Migration(migrations.Migration):
    dependencies = [
        ("providers", "0013_estimated_costs_of_keys"),
    ]

    operations = [
        migrations.RunPython(without_it, migrations.RunPython.noop),
    ]
