"""The books: limits, sums, and entries that outlive what they are about."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from compare_site.comparisons import actions, ledger
from compare_site.comparisons.fold import Block, RunFold
from compare_site.comparisons.ledger import Place, Scope
from compare_site.comparisons.models import SpendEntry, SpendLimit
from providers.models import Provider
from providers.resolve import sync_catalog
from tests.comparisons.driving import QUICK, drive, priced, started

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("valkey")]


def entry(run_id: str, user: Any, amount: str | None, **more: Any) -> SpendEntry:
    """One line in the books."""
    fields = {"comparison_id": "c" * 32, "day": ledger.today(), "model": "demo/fast", "provider": "demo", **more}
    return SpendEntry.objects.create(
        run_id=run_id, user=user, amount=Decimal(amount) if amount is not None else None, **fields
    )


def test_sums_are_of_this_day_and_unknown_is_not_nothing(owner: Any, stranger: Any) -> None:
    entry("a", owner, "0.5", running=True)
    entry("b", owner, "0.25")
    entry("c", owner, None)
    entry("d", owner, "4", day=ledger.today() - timedelta(days=1))
    entry("e", stranger, "8", comparison_id="d" * 32)
    scopes = [Scope("user", owner.pk), Scope("comparison", "c" * 32), Scope("provider", "demo"), Scope("key", 5)]

    assert list(ledger.spent(scopes).values()) == [Decimal("0.75"), Decimal("4.75"), Decimal("8.75"), 0]


def test_what_is_meant_in_person_goes_before_what_is_for_all(owner: Any, stranger: Any) -> None:
    sync_catalog()
    SpendLimit.objects.create(kind="user", amount=1)
    SpendLimit.objects.create(kind="user", user=owner, amount=5)
    SpendLimit.objects.create(kind="comparison", user=stranger, amount=2)
    SpendLimit.objects.create(kind="provider", provider=Provider.objects.get(slug="demo"), amount=3)
    SpendLimit.objects.create(kind="provider", amount=9, enabled=False)
    held = ledger.limits()

    assert held.of(Place(owner.pk, "x", 4, "demo")) == {Scope("user", owner.pk): 5, Scope("provider", "demo"): 3}
    assert held.of(Place(stranger.pk, "x", 4, "other")) == {Scope("user", stranger.pk): 1, Scope("comparison", "x"): 2}
    assert held.of(Place(None)) == {}


def test_a_limit_is_passed_when_it_is_reached(owner: Any) -> None:
    SpendLimit.objects.create(kind="user", amount="0.5")
    places = [Place(owner.pk)]
    assert ledger.passed(places) == [None]

    entry("a", owner, "0.5")

    found = ledger.passed(places)[0]
    assert found is not None
    assert "$0.5 a day" in found.message
    assert "administrator" in found.message


def test_starting_is_refused_past_a_limit_and_deleting_gives_nothing_back(owner: Any, stranger: Any) -> None:
    priced(QUICK)
    comparison = started(owner, QUICK)
    drive(comparison)
    SpendLimit.objects.create(kind="user", amount="0.001")
    actions.delete_comparison(comparison)

    with pytest.raises(actions.Refused) as raised:
        started(owner, QUICK)
    assert (raised.value.status, raised.value.code) == (403, "spend_limit")
    assert started(stranger, QUICK).runs.count() == 1


def test_re_running_past_the_limit_of_a_comparison_is_refused(owner: Any) -> None:
    priced(QUICK)
    comparison = started(owner, QUICK)
    drive(comparison)
    SpendLimit.objects.create(kind="comparison", amount="0.001")

    with pytest.raises(actions.Refused, match="one comparison"):
        actions.rerun(comparison.runs.get())
    assert started(owner, QUICK).runs.count() == 1


def test_an_entry_has_the_price_the_day_and_the_cost_of_its_run(owner: Any) -> None:
    priced(QUICK)
    comparison = started(owner, QUICK)
    (shown,) = drive(comparison)
    found = SpendEntry.objects.get()

    assert (found.running, found.source, found.provider) == (False, "computed", "demo")
    assert (found.user, found.comparison_id, found.day) == (owner, comparison.pk, ledger.today())
    assert found.amount == Decimal(shown["cost"]["amount"]) == comparison.runs.get().cost
    assert found.prices == {"input": "10", "output": "1000"}


def test_what_nobody_can_ask_money_for_leaves_no_entry(owner: Any) -> None:
    priced(QUICK)
    comparison = started(owner, QUICK)
    run = comparison.runs.get()
    entry(run.pk, owner, "1", running=True)

    ledger.close(run.pk, RunFold(id=run.pk, status="failed"))
    assert not SpendEntry.objects.exists()
    ledger.close(run.pk, RunFold(id=run.pk, status="finished", content=[Block(index=0, kind="text", text="a")]))
    assert list(SpendEntry.objects.values_list("amount", "running")) == [(None, False)]
