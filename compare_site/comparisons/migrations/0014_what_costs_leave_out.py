from django.db import migrations, models
from django.db.models import Count, OuterRef, Subquery


def of_old_rows(apps, schema_editor):
    """What runs and books say already; new comparisons are told by the watch."""
    Comparison, Run, SpendEntry = (apps.get_model("comparisons", name) for name in ("Comparison", "Run", "SpendEntry"))
    estimated = Run.objects.filter(cost_source="estimated", cost__isnull=False).values("comparison_id")
    Comparison.objects.filter(pk__in=estimated).update(cost_estimated=True)
    unknown = SpendEntry.objects.filter(amount=None, running=False).order_by().values("comparison_id")
    count = unknown.filter(comparison_id=OuterRef("pk")).annotate(count=Count("pk")).values("count")
    Comparison.objects.filter(pk__in=unknown).update(unknown_costs=Subquery(count))


class Migration(migrations.Migration):
    dependencies = [
        ("comparisons", "0013_left_out"),
    ]

    operations = [
        migrations.AddField(
            model_name="comparison",
            name="cost_estimated",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="comparison",
            name="unknown_costs",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.RunPython(of_old_rows, migrations.RunPython.noop),
    ]
