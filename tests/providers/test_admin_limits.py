"""Limits in Django admin: typed, checked, kept, and in force for the next call."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from providers.contract.limiter import Bucket
from providers.models import ApiKey, AuditEntry, Provider
from providers.resolve import resolve, sync_catalog
from tests.providers import admin_pages as pages
from tests.providers.key_fixtures import KEY, stored


@pytest.fixture
def signed_in(admin: Any, client: Client) -> Client:
    client.force_login(admin)
    return client


def url_of(provider: Provider) -> str:
    return str(provider.endpoints.get(protocol=provider.spec.protocol).base_url)


def test_limits_of_a_provider_hold_for_the_next_call(signed_in: Client, acme: Provider, master_key: str) -> None:
    stored(acme)
    limits = {"limit_requests_per_minute": "60", "limit_whose": "yes", "limit_host": "sequential"}
    response = pages.change_provider(signed_in, acme, url_of(acme), **limits)

    assert response.status_code == 302
    acme.refresh_from_db()
    assert acme.limits == {"requests_per_minute": 60, "per_model": True, "host": "sequential"}
    target = resolve("acme/x")
    (origin,) = target.origins
    assert target.buckets[:2] == (
        Bucket("provider:acme:x", requests_per_minute=60),
        Bucket(f"host:{origin}", in_flight=1),
    )
    entry = AuditEntry.objects.filter(action="changed").latest("pk")
    assert {"limit_requests_per_minute", "limit_whose", "limit_host"} <= set(entry.detail["fields"])


def test_empty_fields_take_limits_back(signed_in: Client, acme: Provider) -> None:
    Provider.objects.filter(pk=acme.pk).update(limits={"in_flight": 2})
    pages.change_provider(signed_in, acme, url_of(acme))

    acme.refresh_from_db()
    assert acme.limits == {}


@pytest.mark.parametrize(
    "wrong",
    [
        {"limit_in_flight": "0"},
        {"limit_tokens_per_minute": "many"},
        {"limit_host": "sometimes"},
        {"limit_host": "staggered"},
        {"limit_host": "sequential", "limit_stagger_ms": "20"},
        {"limit_host": "staggered", "limit_stagger_ms": "600000"},
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(signed_in: Client, acme: Provider, wrong: dict[str, str]) -> None:
    response: Any = pages.change_provider(signed_in, acme, url_of(acme), **wrong)

    assert response.status_code == 200
    faults = set(response.context["adminform"].form.errors)
    assert faults
    assert faults <= {*wrong, "limit_stagger_ms"}
    acme.refresh_from_db()
    assert acme.limits == {}


def test_limits_of_a_key_hold_beside_those_of_its_provider(signed_in: Client, acme: Provider, master_key: str) -> None:
    pages.add_key(signed_in, acme, KEY, limit_in_flight="3")
    row = ApiKey.objects.get()
    assert row.limits == {"in_flight": 3}
    assert Bucket(f"key:{row.pk}", in_flight=3) in resolve("acme/x").buckets

    pages.change_key(signed_in, row, limit_tokens_per_minute="9000")
    row.refresh_from_db()
    assert row.limits == {"tokens_per_minute": 9000}
    assert Bucket(f"key:{row.pk}", tokens_per_minute=9000) in resolve("acme/x").buckets


@pytest.mark.usefixtures("db")
def test_the_page_says_what_the_catalog_has(signed_in: Client) -> None:
    sync_catalog()
    ollama = Provider.objects.get(slug="ollama")
    page = signed_in.get(reverse("admin:providers_provider_change", args=(ollama.pk,))).content.decode()

    assert "as the catalog has it (one at a time)" in page
    assert 'name="limit_stagger_ms"' in page
    assert resolve("ollama/llama3.2").buckets[0] == Bucket("host:http://localhost:11434", in_flight=1)
