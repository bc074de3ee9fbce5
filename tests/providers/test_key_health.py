"""Two keys of one provider, keys that end, and what is counted of each."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from compare_site.comparisons import actions
from compare_site.comparisons.models import Run
from compare_site.comparisons.requests import StartComparison
from providers.contract.errors import ProviderError, SetupError
from providers.models import ApiKey, AuditEntry, KeyUse, Provider
from providers.resolve import ending, list_providers, note_key_used, resolve
from providers.resolve.key_health import DAY, WEEK, counts, spent, with_counts
from tests.providers.key_fixtures import make_provider, stored

pytestmark = [pytest.mark.django_db, pytest.mark.database]
TODAY = timezone.now().date()


def failed(status: int | None, code: Any) -> dict[str, Any]:
    return ProviderError(code, "no", status=status, retryable=False).as_dict()


@pytest.fixture
def acme(db: None) -> Provider:
    return make_provider("acme", "https://acme.example/v1")


@pytest.fixture
def chief(admin: Any) -> Client:
    client = Client()
    client.force_login(admin)
    return client


def used() -> int | None:
    return resolve("acme/m").key_pk


def until(key: ApiKey, days: int) -> None:
    ApiKey.objects.filter(pk=key.pk).update(expires_on=TODAY + timedelta(days=days))


def test_the_newer_of_two_is_used_first_and_the_older_where_it_cannot_be(acme: Provider, master_key: str) -> None:
    older, newer = stored(acme, "the-older-key"), stored(acme, "the-newer-key")
    assert used() == newer.pk
    note_key_used(newer.pk, failed(401, "authentication"))
    assert used() == older.pk, "the provider does not know the newer one"
    note_key_used(newer.pk, failed(429, "rate_limited"))
    assert used() == newer.pk
    ApiKey.objects.filter(pk=newer.pk).update(enabled=False)
    assert used() == older.pk


def test_a_key_is_used_on_its_last_day_and_not_after(acme: Provider, master_key: str) -> None:
    older, newer = stored(acme, "the-older-key"), stored(acme, "the-newer-key")
    until(newer, 0)
    assert used() == newer.pk
    until(newer, -1)
    assert used() == older.pk
    until(older, -1)
    with pytest.raises(SetupError) as refused:
        used()
    assert refused.value.code == "authentication"
    (listing,) = [each for each in list_providers(frozenset()) if each.id == "acme"]
    assert (listing.key, listing.available) == ("missing", False)


def test_who_looks_after_keys_is_reminded(acme: Provider, master_key: str, chief: Client, owner: Any) -> None:
    near, far = stored(acme, "the-near-key"), stored(acme, "the-far-key")
    until(near, 14)
    until(far, 15)
    assert [key.pk for key in ending()] == [near.pk]
    for url in (reverse("admin:index"), reverse("providers")):
        assert (TODAY + timedelta(days=14)).isoformat()[-2:] in chief.get(url).content.decode()
    index = chief.get(reverse("admin:index")).content.decode()
    assert reverse("admin:providers_apikey_change", args=(near.pk,)) in index
    member = Client()
    member.force_login(owner)
    assert "provider-note" not in member.get(reverse("providers")).content.decode()


def test_errors_and_money_are_counted_by_kind_and_time(acme: Provider, master_key: str) -> None:
    key = stored(acme)
    note_key_used(key.pk, cost="0.25")
    note_key_used(key.pk, failed(429, "rate_limited"), before=[failed(503, "overloaded"), failed(None, "connection")])
    KeyUse.objects.update(hour=timezone.now() - timedelta(days=3))
    note_key_used(key.pk, failed(401, "authentication"))
    note_key_used(key.pk, failed(418, "bad_request"))
    note_key_used(key.pk, cost="0.0000000001")
    day, week = counts(key.pk, DAY), counts(key.pk, WEEK)
    assert (day["all"], day["good"], day["unauthorized"], day["limited"], day["rest"]) == (3, 1, 1, 0, 1)
    assert (week["all"], week["limited"], week["server"], week["no_answer"]) == (7, 1, 1, 1)
    assert (spent(key.pk), spent(key.pk, DAY)) == ((Decimal("0.2500000001"), 0, 0), (Decimal("0.0000000001"), 0, 0))
    row: Any = with_counts(ApiKey.objects.all()).get()
    assert (row.week_all, row.week_limited, row.week_cost) == (7, 1, Decimal("0.2500000001"))


def test_the_page_of_a_key_shows_its_health_and_who_used_it(
    acme: Provider, master_key: str, chief: Client, owner: Any, django_capture_on_commit_callbacks: Any
) -> None:
    key = stored(acme)
    note_key_used(key.pk, failed(429, "rate_limited"), cost="1.5")
    note_key_used(key.pk, cost=None)
    asked = StartComparison.model_validate({"prompt": "hi", "models": ["acme/m"]})
    comparison = actions.start_comparison(owner.pk, asked)[0]
    Run.objects.update(api_key=key, state="finished")
    run = comparison.runs.get()
    page = chief.get(reverse("admin:providers_apikey_change", args=(key.pk,))).content.decode()
    for text in (
        "It is used first.",
        "429 rate limited",
        "$1.50 + 1 call of unknown cost",
        "owner",
        "https://acme.example:443, directly",
    ):
        assert text in page, text
    assert reverse("admin:comparisons_run_change", args=(run.pk,)) in page
    listed = chief.get(reverse("admin:providers_apikey_changelist")).content.decode()
    assert "429 ×1 · 2 calls" in listed
    assert "$1.50 + 1 call of unknown cost" in listed
    note_key_used(key.pk, cost="0.5", estimated=True)
    for address in (
        reverse("admin:providers_apikey_change", args=(key.pk,)),
        reverse("admin:providers_apikey_changelist"),
    ):
        assert "≈ $2.00 + 1 call of unknown cost" in chief.get(address).content.decode()
    KeyUse.objects.update(cost=0, unknown=5, estimated=0)
    listed = chief.get(reverse("admin:providers_apikey_changelist")).content.decode()
    assert '<td class="field-spent_in_week">10 calls of unknown cost</td>' in listed
    runs = chief.get(f"{reverse('admin:comparisons_run_changelist')}?api_key__id__exact={key.pk}").content.decode()
    assert run.model in runs
    assert "1 run" in runs


def test_the_last_day_is_set_in_the_administration_and_audited(acme: Provider, master_key: str, chief: Client) -> None:
    key = stored(acme)
    url = reverse("admin:providers_apikey_change", args=(key.pk,))
    response = chief.post(url, {"label": "main", "enabled": "on", "credential": "", "expires_on": "2031-05-01"})
    assert response.status_code == 302, response.content.decode()
    key.refresh_from_db()
    assert str(key.expires_on) == "2031-05-01"
    assert AuditEntry.objects.filter(action="changed").latest("pk").detail == {"fields": ["expires_on"]}
    assert chief.get(reverse("admin:providers_provider_change", args=(acme.pk,))).status_code == 200
