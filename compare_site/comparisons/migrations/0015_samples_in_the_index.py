from django.db import migrations

from compare_site.comparisons.search_index import POSTGRESQL


def made_anew(apps, schema_editor):
    """With a piece that finds a sample of the rows. SQLite's index reads the newest first by itself."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX IF EXISTS comparisons_searchindex")
        for statement in POSTGRESQL:
            schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [
        ("comparisons", "0014_what_costs_leave_out"),
    ]

    operations = [
        migrations.RunPython(made_anew, migrations.RunPython.noop),
    ]
