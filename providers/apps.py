"""App of the providers. After every migrate the catalog is brought into the rows."""

from typing import Any

from django.apps import AppConfig
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class ProvidersConfig(AppConfig):
    name = "providers"
    verbose_name = _("Providers and keys")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from providers import checks  # noqa: F401 - registers the system checks

        post_migrate.connect(_sync, sender=self, dispatch_uid="providers.sync_catalog")


def _sync(sender: ProvidersConfig, using: str = DEFAULT_DB_ALIAS, **kwargs: Any) -> None:
    from providers.resolve.catalog_rows import sync_catalog

    if using == DEFAULT_DB_ALIAS and _has_tables(sender):
        sync_catalog()


def _has_tables(app: ProvidersConfig) -> bool:
    """Whether the tables are as this code wants them: not so after migrating to an earlier state."""
    connection = connections[DEFAULT_DB_ALIAS]
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        for model in app.get_models():
            table = model._meta.db_table
            if table not in tables:
                return False
            there = {column.name for column in connection.introspection.get_table_description(cursor, table)}
            if not there.issuperset(field.column for field in model._meta.concrete_fields):
                return False
    return True
