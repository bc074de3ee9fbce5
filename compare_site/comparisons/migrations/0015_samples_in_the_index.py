from django.db import migrations


class Migration(migrations.Migration):
    """Made an index that the next migration makes anew."""

    dependencies = [
        ("comparisons", "0014_what_costs_leave_out"),
    ]

    operations = []
