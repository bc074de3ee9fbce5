from django.db import migrations

from compare_site.comparisons.search_index import POSTGRESQL


def made_anew(apps, schema_editor):
    """With pieces that find a sample of the rows, or the rows of a block. SQLite's index reads the newest first."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX IF EXISTS comparisons_searchindex")
        for statement in POSTGRESQL:
            schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [
        ("comparisons", "0015_samples_in_the_index"),
    ]

    operations = [
        migrations.RunPython(made_anew, migrations.RunPython.noop),
    ]
