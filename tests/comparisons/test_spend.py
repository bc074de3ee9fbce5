"""Sums to read: by day, model, key and person; limits used up; the page of the administration."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from compare_site.comparisons import ledger, spend
from compare_site.comparisons.models import SpendEntry, SpendLimit
from providers.models import ApiKey, Provider
from providers.resolve import sync_catalog
from tests.comparisons.test_ledger import entry

pytestmark = pytest.mark.django_db


@pytest.fixture
def key(db: None) -> ApiKey:
    sync_catalog()
    return ApiKey.objects.create(provider=Provider.objects.get(slug="openai"), label="of the team")


@pytest.fixture
def books(owner: Any, stranger: Any, key: ApiKey) -> None:
    entry("a", owner, "0.5", source="computed", model="openai/gpt", provider="openai", api_key=key)
    entry("b", owner, "0.25", source="estimated")
    entry("c", owner, None)
    entry("d", owner, "4", source="reported", day=ledger.today() - timedelta(days=10))
    entry("e", stranger, "8", source="reported", model="<b>odd</b>/model")


def test_unknown_costs_are_counted_and_estimates_told_apart(books: None, owner: Any) -> None:
    week = spend.entries(7, owner.pk)

    assert spend.total(week) == spend.Line("", Decimal("0.75"), Decimal("0.25"), 3, 1, simulated=Decimal("0.25"))
    assert [(line.name, line.runs, line.unknown) for line in spend.by(week, "model")] == [
        ("openai/gpt", 1, 0),
        ("demo/fast", 2, 1),
    ]
    assert [line.amount for line in spend.by(spend.entries(30, owner.pk), "day")] == [Decimal("0.75"), 4]


def test_keys_and_people_have_names(books: None, owner: Any) -> None:
    rows = spend.entries(7)

    assert {line.name for line in spend.by(rows, "api_key")} == {"OpenAI: of the team", "no stored key"}
    assert [line.name for line in spend.by(rows, "user")] == ["stranger", "owner"]
    assert spend.total(SpendEntry.objects.filter(amount=None)).amount is None
    assert spend.dollars(None) == "unknown"
    SpendEntry.objects.update(user=None)
    assert [line.name for line in spend.by(rows, "user")] == ["deleted people"]


def test_limits_show_how_far_they_are_used_up(books: None, owner: Any, stranger: Any, key: ApiKey) -> None:
    assert spend.limits_used() == spend.limits_of(owner.pk) == []
    SpendLimit.objects.create(kind="user", amount=3)
    SpendLimit.objects.create(kind="key", api_key=key, amount=1)
    SpendLimit.objects.create(kind="comparison", amount=2)

    used = {(each.kind, each.name): (each.share, each.is_reached) for each in spend.limits_used()}
    assert used == {
        ("user", "stranger"): (100, True),
        ("user", "owner"): (25, False),
        ("key", "OpenAI: of the team"): (50, False),
    }
    assert [(each.kind, each.spent, each.limit) for each in spend.limits_of(owner.pk)] == [
        ("user", Decimal("0.75"), 3),
        ("comparison", 0, 2),
    ]


def test_the_administration_sees_all_of_it_and_members_only_their_own(
    client: Client, books: None, admin: Any, owner: Any
) -> None:
    SpendLimit.objects.create(kind="user", amount=3)
    client.force_login(admin)
    page = client.get("/admin/comparisons/spendentry/?days=7").content.decode()
    for shown in ("of the team", "$8.75", "stranger", "&lt;b&gt;odd", "1 run of unknown cost", "reached"):
        assert shown in page

    client.force_login(owner)
    assert client.get("/admin/comparisons/spendentry/").status_code in {302, 403}
    mine = client.get("/account/spend/?days=7").content.decode()
    assert "$0.7500 of $3.00" in mine
    assert "≈ $0.2500" in mine
    assert "$8" not in mine
    assert client.get("/account/spend/?days=ten").status_code == 200


@pytest.mark.parametrize(
    ("kind", "named", "right"), [("user", "user", True), ("user", "provider", False), ("key", "provider", False)]
)
def test_a_limit_names_only_what_it_is_for(
    client: Client, admin: Any, owner: Any, key: ApiKey, kind: str, named: str, right: bool
) -> None:
    client.force_login(admin)
    target = {"user": owner.pk, "provider": key.provider_id}[named]
    client.post("/admin/comparisons/spendlimit/add/", {"kind": kind, named: target, "amount": "2.50", "enabled": "on"})

    assert SpendLimit.objects.exists() is right
