"""What people do with column sets: save, change, delete, open new playgrounds with one. The one write path."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from compare_site.comparisons.permits import Refused
from compare_site.comparisons.requests import ColumnInput
from compare_site.library.inputs import ColumnSetChange, NewColumnSet
from compare_site.library.models import ColumnSet, DefaultColumnSet


def create_set(user_id: int, asked: NewColumnSet) -> ColumnSet:
    """A new set. Models that cannot be used (any more) are kept as they are named."""
    return ColumnSet.objects.create(
        owner_id=user_id,
        name=asked.name,
        team=asked.team,
        columns=[_as_stored(column) for column in asked.columns],
        common=asked.common.as_settings(),
    )


def _as_stored(column: ColumnInput) -> dict[str, Any]:
    """A column as it can be asked for again: only what was said."""
    rest = {"samples": column.samples, "tags": column.tags, "metadata": column.metadata}
    said = {name: value for name, value in rest.items() if value and value != 1}
    return {"model": column.model, **column.as_overrides(), **said}


def change_set(column_set: ColumnSet, asked: ColumnSetChange) -> ColumnSet:
    """The set with what was named changed. One that the team sees no more is nobody else's default.

    Raises Refused 404 if it has been deleted.
    """
    with transaction.atomic():
        rows = ColumnSet.objects.select_related("owner").select_for_update(of=("self",))
        held = rows.filter(pk=column_set.pk).first()
        if held is None:
            raise Refused(404, "not_found", _("This column set has been deleted."))
        _change(held, asked)
    return held


def _change(column_set: ColumnSet, asked: ColumnSetChange) -> None:
    if asked.name is not None:
        column_set.name = asked.name
    if asked.team is not None:
        column_set.team = asked.team
    if asked.columns is not None:
        column_set.columns = [_as_stored(column) for column in asked.columns]
    if asked.common is not None:
        column_set.common = asked.common.as_settings()
    column_set.save()
    if not column_set.team:
        DefaultColumnSet.objects.filter(column_set=column_set).exclude(user_id=column_set.owner_id).delete()


def delete_set(column_set: ColumnSet) -> None:
    """It, for everybody. Comparisons keep their columns."""
    column_set.delete()


def make_default(user_id: int, column_set: ColumnSet) -> None:
    """New playgrounds of this user open with it."""
    DefaultColumnSet.objects.update_or_create(user_id=user_id, defaults={"column_set": column_set})


def end_default(user_id: int, column_set: ColumnSet) -> None:
    """New playgrounds of this user do not open with it any more."""
    DefaultColumnSet.objects.filter(user_id=user_id, column_set=column_set).delete()


def default_of(user_id: int) -> ColumnSet | None:
    """The set that this user's new playgrounds open with."""
    found = DefaultColumnSet.objects.select_related("column_set__owner").filter(user_id=user_id).first()
    return found.column_set if found is not None else None
