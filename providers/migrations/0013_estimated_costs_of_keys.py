from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("providers", "0012_unknown_costs_of_keys"),
    ]

    operations = [
        migrations.AddField(
            model_name="keyuse",
            name="estimated",
            field=models.PositiveIntegerField(default=0, verbose_name="calls of estimated cost"),
        ),
    ]
