"""Column sets: what a default is worth when its set is not there any more."""

from typing import Any

import pytest

from compare_site.comparisons.permits import Refused
from compare_site.library import column_sets
from compare_site.library.inputs import ColumnSetChange, NewColumnSet
from compare_site.library.models import ColumnSet

pytestmark = pytest.mark.database


def test_a_default_ends_with_its_set_or_when_the_team_sees_it_no_more(owner: Any, stranger: Any) -> None:
    one = column_sets.create_set(owner.pk, NewColumnSet.model_validate({"name": "n", "columns": ["a/b"], "team": True}))
    for user in (owner, stranger):
        column_sets.make_default(user.pk, one)
        column_sets.make_default(user.pk, one)
    column_sets.change_set(one, ColumnSetChange(team=False))

    assert column_sets.default_of(owner.pk) == one
    assert column_sets.default_of(stranger.pk) is None
    column_sets.delete_set(one)
    assert column_sets.default_of(owner.pk) is None


def test_a_change_keeps_what_others_changed_and_brings_nothing_back(owner: Any) -> None:
    new = {"name": "n", "columns": ["a/b"]}
    stale = column_sets.create_set(owner.pk, NewColumnSet.model_validate(new))
    column_sets.change_set(ColumnSet.objects.get(), ColumnSetChange(name="renamed"))
    column_sets.change_set(stale, ColumnSetChange(team=True))
    assert ColumnSet.objects.values_list("name", "team").get() == ("renamed", True)

    ColumnSet.objects.all().delete()
    with pytest.raises(Refused) as refused:
        column_sets.change_set(stale, ColumnSetChange(name="again"))
    assert (refused.value.status, ColumnSet.objects.exists()) == (404, False)
