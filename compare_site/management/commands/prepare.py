"""``manage.py prepare``: what must be there before web servers and workers start: tables, catalog, master key."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


class Command(BaseCommand):
    help = "Bring the database up to date and make the first master key. Run it once before starting a new version."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        prepare()


def prepare() -> None:
    """Quick when there is nothing to do."""
    # Imported here: ``up`` starts its children before it needs this.
    from providers.resolve import ensure_master_key, sync_catalog

    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        # Brings the provider catalog into the rows, too.
        call_command("migrate", verbosity=0)
    else:
        sync_catalog()
    ensure_master_key()
    connection.close()
