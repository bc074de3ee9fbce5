"""The catalog in the rows: complete, idempotent, and never over the head of an administrator."""

import importlib
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command

from providers.catalog import load_catalog
from providers.contract.spec import ModelFacts
from providers.models import AuditEntry, ChatModel, Endpoint, Provider
from providers.resolve import catalog_rows, sync_catalog
from tests.providers.key_fixtures import stored

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def snapshot() -> list[Any]:
    tables = (Provider, Endpoint, ChatModel, AuditEntry)
    return [list(model.objects.order_by("pk").values()) for model in tables]


def publish(monkeypatch: pytest.MonkeyPatch, slug: str, **changes: Any) -> None:
    """A later release of the catalog."""
    specs = dict(load_catalog())
    specs[slug] = specs[slug].model_copy(update=changes)
    monkeypatch.setattr(catalog_rows, "load_catalog", lambda: specs)


def test_migrate_has_brought_every_entry() -> None:
    assert set(Provider.objects.values_list("slug", flat=True)) == {*load_catalog(), "demo"}
    for row in Provider.objects.all():
        assert row.from_catalog
        own = row.endpoints.get(protocol=row.spec.protocol)
        assert own.catalog_base_url.rstrip("/") == row.spec.base_url.rstrip("/")
        assert set(row.endpoints.values_list("protocol", flat=True)) == {row.spec.protocol, *row.spec.doors}
    openai = Provider.objects.get(slug="openai")
    assert openai.spec == load_catalog()["openai"].model_copy(update={"models": ()})
    assert openai.chat_models.count() == len(load_catalog()["openai"].models)
    demo = ChatModel.objects.filter(provider__slug="demo", source="catalog").values_list("model_id", flat=True)
    kinds = {"fast", "slow", "thinker", "markdown", "tools", "long", "flaky", "broken", "stall", "refuses"}
    assert set(demo) == kinds


def test_a_second_time_changes_nothing(django_assert_max_num_queries: Any) -> None:
    before = snapshot()
    with django_assert_max_num_queries(8):
        sync_catalog()
    assert snapshot() == before


def test_migrate_again_brings_back_what_is_missing() -> None:
    Provider.objects.filter(slug="openai").delete()
    call_command("migrate", verbosity=0)
    assert Provider.objects.filter(slug="openai").exists()


def test_later_facts_arrive_and_removed_models_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = [model.id for model in load_catalog()["openai"].models]
    publish(monkeypatch, "openai", name="OpenAI 2", models=(ModelFacts(id="new", label="New", context_window=9),))
    ChatModel.objects.create(provider=Provider.objects.get(slug="openai"), model_id="new", source="typed")
    sync_catalog()
    openai = Provider.objects.get(slug="openai")
    assert openai.name == "OpenAI 2"
    new = openai.chat_models.get(model_id="new")
    assert (new.label, new.context_window, new.source) == ("New", 9, "catalog")
    assert openai.chat_models.filter(model_id__in=gone).count() == len(gone)


def test_values_of_an_administrator_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    Provider.objects.filter(slug="demo").update(name="Ours", overrides=["name"], enabled=False)
    fast = ChatModel.objects.get(provider__slug="demo", model_id="fast")
    fast.prices, fast.overrides, fast.label, fast.enabled = None, ["prices"], "stale", False
    fast.save()
    Endpoint.objects.filter(provider__slug="openai").update(base_url="https://proxy.example/v1")
    publish(monkeypatch, "openai", base_url="https://api2.openai.com/v1")
    sync_catalog()
    demo = Provider.objects.get(slug="demo")
    assert (demo.name, demo.enabled) == ("Ours", False)
    fast.refresh_from_db()
    assert (fast.prices, fast.label, fast.enabled) == (None, "Fast (simulated)", False)
    endpoint = Endpoint.objects.get(provider__slug="openai", protocol="openai_chat")
    assert (endpoint.url, endpoint.catalog_base_url) == ("https://proxy.example/v1", "https://api2.openai.com/v1")
    assert not AuditEntry.objects.exists()


def test_a_moved_catalog_host_takes_no_key_along(master_key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    row = stored(Provider.objects.get(slug="openai"))
    publish(monkeypatch, "openai", base_url="https://api2.openai.com/v1")
    sync_catalog()
    row.refresh_from_db()
    assert row.hosts == ["https://api.openai.com:443"]
    doors = Endpoint.objects.filter(provider__slug="openai").count()
    assert AuditEntry.objects.filter(actor="catalog", action="host changed").count() == doors


def test_a_grant_ends_when_the_catalog_leaves_the_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    publish(monkeypatch, "ollama", base_url="http://10.9.9.9:11434/v1")
    sync_catalog()
    assert not Endpoint.objects.get(provider__slug="ollama", protocol="openai_chat").allow_private


def test_a_provider_of_the_same_name_stays_its_owner_s(monkeypatch: pytest.MonkeyPatch) -> None:
    Provider.objects.filter(slug="groq").delete()
    Provider.objects.create(slug="groq", name="My own", spec_data={})
    sync_catalog()
    mine = Provider.objects.get(slug="groq")
    assert (mine.name, mine.from_catalog, mine.endpoints.count()) == ("My own", False, 0)


def test_without_the_demo_there_are_no_simulated_rows(settings: Any) -> None:
    Provider.objects.filter(slug="demo").delete()
    settings.DEMO_PROVIDER = False
    sync_catalog()
    assert not Provider.objects.filter(slug="demo").exists()


def test_facts_with_the_field_that_nothing_read_are_readable_again() -> None:
    row = Provider.objects.get(slug="openai")
    plain = row.spec_data
    row.spec_data = {**plain, "quirks": {**plain["quirks"], "cumulative_text": True}}
    row.save()

    importlib.import_module("providers.migrations.0014_no_cumulative_text").without_it(apps, None)

    row.refresh_from_db()
    assert row.spec_data == plain
    assert row.spec.slug == "openai"
