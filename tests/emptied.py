"""Empties the database after a test that commits, back to what ``migrate`` leaves: types, permissions, the catalog.

Django's own way truncates every table and has all of that made anew by the ORM, which takes longer than most tests.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, transaction
from django.test import TransactionTestCase


def _tables() -> set[str]:
    return set(connection.introspection.django_table_names(only_existing=True, include_views=False))


def _some(query: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"{query} LIMIT 1")
        return cursor.fetchone() is not None


class Kept:
    """What the tables hold now, as a copy beside each. ``living``: tables that are left alone."""

    def __init__(self, living: Collection[str] = ()) -> None:
        self._living = frozenset(living)
        tables = _tables() - self._living
        self.copies = {table: f"kept_{table}" for table in tables if _some(f'SELECT * FROM "{table}"')}
        with connection.cursor() as cursor:
            for table, copy in self.copies.items():
                cursor.execute(f'DROP TABLE IF EXISTS "{copy}"')
                cursor.execute(f'CREATE TABLE "{copy}" AS SELECT * FROM "{table}"')

    def restore(self) -> None:
        """Take away all other rows, and put back what was changed. References are looked at when it is done."""
        with transaction.atomic(), connection.cursor() as cursor:
            for table in sorted(_tables() - self._living - self.copies.keys()):
                cursor.execute(f'DELETE FROM "{table}"')
            for table, copy in self.copies.items():
                if self._differ(table, copy):
                    cursor.execute(f'DELETE FROM "{table}"')
                    cursor.execute(f'INSERT INTO "{table}" SELECT * FROM "{copy}"')

    def _differ(self, table: str, copy: str) -> bool:
        pairs = (table, copy), (copy, table)
        return any(_some(f'SELECT * FROM "{one}" EXCEPT SELECT * FROM "{other}"') for one, other in pairs)


@contextmanager
def by_us() -> Iterator[None]:
    """From now on this cleans up. The database has just been migrated."""
    kept = Kept()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _test: kept.restore())
        yield
