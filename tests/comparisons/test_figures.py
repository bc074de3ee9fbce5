"""What lists show of a comparison: kept with it, by the watch, whichever way its rows came; its end is told once."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from compare_site.comparisons import actions, figures, history, takeover
from compare_site.comparisons.access import Principal
from compare_site.comparisons.models import Column, Comparison, SearchEntry, Turn
from tests.comparisons.driving import QUICK, drive, started

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.usefixtures("valkey")]


@pytest.fixture
def ends() -> Iterator[list[str]]:
    told: list[str] = []
    figures.register_end(lambda comparison: told.append(comparison.pk))
    yield told
    figures._on_end.pop()


def row(comparison: Comparison) -> Comparison:
    return Comparison.objects.get(pk=comparison.pk)


def test_figures_follow_the_runs(owner: Any) -> None:
    comparison = started(owner, QUICK, "demo/slow", prompt="a\nb", tags=["t"])
    kept = row(comparison)
    assert (kept.model_names, kept.excerpt, kept.turn_count) == (f"{QUICK}\ndemo/slow", "a\nb", 1)
    assert not kept.settled
    figures.catch_up()
    assert (row(comparison).states, row(comparison).state_mask) == ({"queued": 2}, figures.BITS["queued"])
    first, second = comparison.runs.order_by("column__position")
    takeover.end_run(first, "interrupted")
    figures.catch_up()
    assert (row(comparison).states, row(comparison).settled) == ({"interrupted": 1, "queued": 1}, False)
    takeover.end_run(second, "cancelled")
    comparison.runs.update(cost="0.0006")
    figures.catch_up()
    kept = row(comparison)
    assert kept.settled
    assert (kept.states, kept.cost) == ({"interrupted": 1, "cancelled": 1}, Decimal("0.0012"))
    assert kept.state_mask == figures.BITS["interrupted"] + figures.BITS["cancelled"]
    assert SearchEntry.objects.filter(comparison=comparison).exists()
    assert figures.catch_up() == 0


def test_follow_ups_re_runs_and_labels_make_it_unsettled(owner: Any) -> None:
    comparison = started(owner)
    drive(comparison)
    for act in (
        lambda: actions.add_turn(row(comparison), actions.AddTurn(prompt="more")),
        lambda: actions.update_details(row(comparison), "other", None),
        lambda: actions.rerun(
            comparison.runs.filter(turn__position=1).select_related("turn", "column").latest("queued_at")
        ),
    ):
        figures.catch_up()
        assert row(comparison).settled
        act()
        assert not row(comparison).settled
        drive(comparison)
    figures.catch_up()
    assert (row(comparison).turn_count, row(comparison).states) == (2, {"finished": 3})


def test_rows_that_came_otherwise_are_brought_in(owner: Any) -> None:
    comparison = Comparison.objects.create(owner=owner, tags=["old"], search_text="written before")
    Column.objects.create(comparison=comparison, position=0, label="A", model="acme/m")
    Turn.objects.create(comparison=comparison, position=0, messages=[{"role": "user", "content": [{"text": "hello"}]}])
    (item,) = history.search(Principal(user_id=owner.pk)).items
    assert (item["models"], item["prompt"]) == (["acme/m"], "hello")
    figures.catch_up()
    kept = row(comparison)
    assert (kept.settled, kept.model_names, kept.excerpt, kept.turn_count) == (True, "acme/m", "hello", 1)
    assert [each["id"] for each in history.search(Principal(user_id=owner.pk), tag="old", provider="acme").items]


def test_an_end_is_told_once_until_something_runs_again(owner: Any, ends: list[str]) -> None:
    comparison = started(owner)
    figures.catch_up()
    assert ends == []
    drive(comparison)
    figures.catch_up()
    actions.update_details(comparison, "new", None)
    figures.catch_up()
    assert ends == [comparison.pk]
    actions.rerun(comparison.runs.select_related("turn", "column").get())
    figures.catch_up()
    assert len(ends) == 1
    drive(comparison)
    figures.catch_up()
    assert len(ends) == 2
    gone = started(owner)
    actions.delete_comparison(gone)
    figures.catch_up()
    assert len(ends) == 2


def test_a_system_text_is_no_excerpt_of_what_was_asked() -> None:
    asked, told = ({"role": role, "content": [{"kind": "text", "text": role}]} for role in ("user", "system"))

    assert figures.prompt_of([told, asked]) == "user"
    assert figures.prompt_of([asked, told]) == ""
