"""What lists show and filter by, kept with each comparison, and the index of their texts; the trash."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


from compare_site.comparisons.search_index import statements


def make_index(_apps, schema_editor):
    """Texts are looked up in an index of each database."""
    for statement in statements(schema_editor.connection.vendor):
        schema_editor.execute(statement)


class Migration(migrations.Migration):

    dependencies = [
        ('comparisons', '0003_turns_of_prompts'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='column',
            name='metadata',
            field=models.JSONField(default=dict, verbose_name='metadata'),
        ),
        migrations.AddField(
            model_name='column',
            name='tags',
            field=models.JSONField(default=list, verbose_name='tags'),
        ),
        migrations.AddField(
            model_name='comparison',
            name='cost',
            field=models.DecimalField(decimal_places=10, max_digits=20, null=True, verbose_name='cost (USD)'),
        ),
        migrations.AddField(
            model_name='comparison',
            name='excerpt',
            field=models.CharField(blank=True, default='', max_length=240),
        ),
        migrations.AddField(
            model_name='comparison',
            name='facets',
            field=models.TextField(blank=True, default=''),
        ),
        migrations.AddField(
            model_name='comparison',
            name='model_names',
            field=models.TextField(blank=True, default=''),
        ),
        migrations.AddField(
            model_name='comparison',
            name='pinned',
            field=models.BooleanField(default=False, verbose_name='pinned'),
        ),
        migrations.AddField(
            model_name='comparison',
            name='runs_announced',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='comparison',
            name='settled',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='comparison',
            name='state_mask',
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='comparison',
            name='states',
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name='comparison',
            name='trashed_at',
            field=models.DateTimeField(null=True, verbose_name='in the trash since'),
        ),
        migrations.AddField(
            model_name='comparison',
            name='turn_count',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='run',
            name='metadata',
            field=models.JSONField(default=dict, verbose_name='metadata'),
        ),
        migrations.AddField(
            model_name='run',
            name='tags',
            field=models.JSONField(default=list, verbose_name='tags'),
        ),
        migrations.AddIndex(
            model_name='comparison',
            index=models.Index(fields=['owner', '-pinned', '-created_at', '-id', 'trashed_at', 'state_mask', 'cost'], name='history_page'),
        ),
        migrations.AddIndex(
            model_name='comparison',
            index=models.Index(condition=models.Q(('settled', False)), fields=['id'], name='unsettled'),
        ),
        migrations.AddIndex(
            model_name='comparison',
            index=models.Index(condition=models.Q(('trashed_at__isnull', False)), fields=['trashed_at'], name='trash'),
        ),
        migrations.CreateModel(
            name='SearchEntry',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('grams', models.TextField()),
                ('comparison', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='search_entry', to='comparisons.comparison')),
            ],
            options={
                'verbose_name': 'search entry',
                'verbose_name_plural': 'search entries',
            },
        ),
        migrations.RunPython(make_index, migrations.RunPython.noop),
    ]
