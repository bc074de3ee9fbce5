"""Who one is, forecasts and spend over HTTP."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from compare_site.accounts.models import MemberRule
from compare_site.comparisons.models import SpendLimit
from providers.resolve import sync_catalog
from tests.comparisons.driving import QUICK, started
from tests.comparisons.test_ledger import entry

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey")]


@pytest.fixture
def mine(client: Client, owner: Any) -> Client:
    sync_catalog()
    client.force_login(owner)
    return client


def _forecast(client: Client, **body: Any) -> Any:
    return client.post("/api/v1/forecast", body, content_type="application/json")


def test_me(mine: Client, owner: Any) -> None:
    MemberRule.objects.create(extra_fields=False, allowed_models="demo/*")
    SpendLimit.objects.create(kind="user", amount=2)
    entry("a", owner, "0.5")

    said = mine.get("/api/v1/me").json()

    assert (said["name"], said["role"]) == ("owner", "member")
    assert said["rights"] == {"start": True, "typed_models": True, "extra_fields": False, "models": ["demo/*"]}
    (limit,) = said["limits"]
    assert (limit["kind"], limit["spent"], limit["limit"], limit["left"]) == ("user", "0.5", "2", "1.5")


def test_a_forecast_keeps_nothing(mine: Client, owner: Any) -> None:
    said = _forecast(mine, prompt="a" * 40, models=["demo/fast", "demo/slow"], params={"max_tokens": 1000}).json()

    assert (said["estimated"], said["currency"]) == (True, "USD")
    assert Decimal(said["columns"][0]["high"]) == Decimal("0.0004014")
    assert said["columns"][1]["high"] is None
    assert said["total"]["high_unknown"] == 1
    assert not owner.comparisons.exists()
    assert _forecast(mine, prompt="", models=["demo/fast"]).status_code == 200
    assert _forecast(mine, models=[]).json()["columns"] == []


def test_a_forecast_of_a_follow_up_is_for_the_owner(mine: Client, owner: Any, stranger: Any) -> None:
    own, other = started(owner, QUICK), started(stranger, QUICK)

    assert _forecast(mine, prompt="and?", comparison=own.pk).json()["columns"][0]["model"] == QUICK
    assert _forecast(mine, prompt="and?", comparison=other.pk).status_code == 404
    assert _forecast(mine, prompt="and?", unknown=1).status_code == 422
    wrong = _forecast(mine, prompt="and?", comparison=own.pk, history="chosen")
    assert wrong.status_code == 422


def test_spend_is_ones_own(mine: Client, owner: Any, stranger: Any) -> None:
    entry("a", owner, "0.5")
    entry("b", owner, None)
    entry("c", stranger, "8")

    said = mine.get("/api/v1/spend?by=model&days=7").json()

    assert said["items"] == [
        {"name": "demo/fast", "amount": "0.5", "estimated": "0", "simulated": "0.5"}
        | {"currency": "USD", "runs": 2, "unknown": 1}
    ]
    assert (said["total"]["amount"], said["next"]) == ("0.5", None)
    assert mine.get("/api/v1/spend?by=user").status_code == 422
    assert mine.get("/api/v1/spend?days=0").status_code == 422
