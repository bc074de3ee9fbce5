"""Many comparisons at once: only one's own, each for itself; pins come first; runs have labels of their own."""

from typing import Any

import pytest

from compare_site.comparisons import actions, figures, history, keeping
from compare_site.comparisons.access import Principal
from compare_site.comparisons.models import Comparison
from compare_site.comparisons.requests import MOST_TAGS
from tests.comparisons.driving import QUICK, started

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.usefixtures("valkey")]


def titles(user: Any, **wanted: Any) -> list[str]:
    return [item["title"] for item in history.search(Principal(user_id=user.pk), **wanted).items]


def test_pinned_ones_come_first_over_pages(owner: Any) -> None:
    for number in range(40):
        Comparison.objects.create(owner=owner, title=str(number))
    for title in ("3", "5"):
        keeping.pin(Comparison.objects.get(title=title), True)
    me = Principal(user_id=owner.pk)
    first = history.search(me)
    assert [item["title"] for item in first.items[:3]] == ["5", "3", "39"]
    assert first.next is not None
    second = history.search(me, first.next)
    assert len({item["id"] for item in first.items + second.items}) == 40
    Comparison.objects.update(pinned=True)
    first = history.search(me)
    assert first.next is not None
    assert first.next.replace("~", "").replace(":", "").replace("-", "").replace(".", "").isalnum()
    assert len(history.search(me, first.next).items) == 10


def test_each_is_done_with_one_s_own_and_the_rest_passed_over(owner: Any, stranger: Any) -> None:
    mine, theirs = [started(owner, title=f"m{number}") for number in range(3)], started(stranger, title="theirs")
    ids = [*(each.pk for each in mine), theirs.pk, "0" * 32, "x", mine[0].pk]
    me = Principal(user_id=owner.pk)
    own = ids[:3]
    for act in ("pin", "tag", "untag", "unpin", "tag", "delete"):
        assert keeping.each(me, ids, act, "work") == own, act
    assert keeping.each(me, ids, "pin") == []
    assert keeping.each(me, ids[:2], "restore") == own[:2]
    assert titles(owner, tag="work") == ["m1", "m0"]
    assert keeping.each(me, ids, "purge") == own[2:]
    assert titles(owner, trash=True) == []
    assert titles(stranger) == ["theirs"]
    assert Comparison.objects.get(pk=theirs.pk).tags == []


def test_a_full_list_of_tags_stays_as_it_is(owner: Any) -> None:
    comparison = started(owner, tags=[str(number) for number in range(MOST_TAGS)])
    keeping.each(Principal(user_id=owner.pk), [comparison.pk], "tag", "more")
    assert "more" not in Comparison.objects.get().tags


def test_runs_have_the_labels_of_their_column_and_can_have_their_own(owner: Any) -> None:
    column = {"model": QUICK, "tags": ["cheap"], "metadata": {"tier": "1"}}
    comparison = started(owner, column, QUICK)
    first, second = comparison.runs.order_by("column__position")
    assert ((first.tags, first.metadata), (second.tags, second.metadata)) == ((["cheap"], {"tier": "1"}), ([], {}))
    keeping.label_run(second, ["best", "best"], {"score": "9"})
    second.refresh_from_db()
    assert (second.tags, second.metadata) == (["best"], {"score": "9"})
    for settled in (False, True):
        assert len(titles(owner, tag="best")) == 1, settled
        assert len(titles(owner, metadata={"score": "9", "tier": "1"})) == 1
        assert titles(owner, metadata={"score": "8"}) == []
        actions.cancel_comparison(comparison)
        figures.catch_up()
    keeping.label_run(second, [], None)
    assert titles(owner, tag="best") == []
