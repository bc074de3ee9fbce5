"""Base of the commands that read or change the site's data: without a database they say so before they do anything."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection


class SiteCommand(BaseCommand):
    """``handle`` runs only where the site has been prepared: the wrong DATA_DIR is the usual reason that it has not."""

    no_site = 1
    """The exit code then."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        if "django_migrations" not in connection.introspection.table_names():
            where = settings.DATA_DIR if connection.vendor == "sqlite" else "the database that DATABASE_URL names"
            raise CommandError(
                f"There is no Touchstone in {where} yet. Run `make run` once, or name the folder that your site "
                "uses: DATA_DIR=/some/folder.",
                returncode=self.no_site,
            )
        return super().execute(*args, **options)
