"""Column sets: what a default is worth when its set is not there any more."""

from typing import Any

import pytest

from compare_site.library import column_sets
from compare_site.library.inputs import ColumnSetChange, NewColumnSet

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
