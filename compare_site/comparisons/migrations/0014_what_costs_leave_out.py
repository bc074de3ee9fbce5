from django.db import migrations, models
from django.db.models import Count


def of_old_rows(apps, schema_editor):
    """What runs and books say already; new comparisons are told by the watch."""
    Comparison, Run, SpendEntry = (apps.get_model("comparisons", name) for name in ("Comparison", "Run", "SpendEntry"))
    estimated = Run.objects.filter(cost_source="estimated", cost__isnull=False).values("comparison_id")
    Comparison.objects.filter(pk__in=estimated).update(cost_estimated=True)
    unknown = SpendEntry.objects.filter(amount=None, running=False).order_by().values_list("comparison_id")
    of_count = {}
    for comparison_id, count in unknown.annotate(count=Count("pk")).iterator():
        of_count.setdefault(count, []).append(comparison_id)
    for count, ids in of_count.items():
        for start in range(0, len(ids), 500):
            Comparison.objects.filter(pk__in=ids[start : start + 500]).update(unknown_costs=count)


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
