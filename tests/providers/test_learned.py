"""Who has said what a model can: an administrator before the list, before what was seen, before the catalog."""

import json
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse

from providers.catalog import load_catalog
from providers.contract.spec import ListPaths, ModelFacts
from providers.dialects.listed import Listed, read_listed
from providers.models import ChatModel, Provider
from providers.resolve import list_models, note_observed, sync_catalog
from providers.resolve.learned import note_listed
from providers.resolve.listing import ModelListing
from tests.providers import admin_pages as pages
from tests.providers.key_fixtures import stored
from tests.providers.listener import Listener

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed_in(admin: Any, client: Client) -> Client:
    client.force_login(admin)
    return client


@pytest.fixture
def openai() -> Provider:
    return Provider.objects.get(slug="openai")


def listed(public_id: str) -> ModelListing:
    return next(model for model in list_models(frozenset()) if model.id == public_id)


def source_of(model: ModelListing, name: str) -> tuple[bool | None, str | None, str | None]:
    known = model.capability_sources[name]
    return model.capabilities[name], known.source if known else None, known.date if known else None


def edit(client: Client, model: ChatModel, **fields: Any) -> None:
    """The form as a browser posts it: what is not changed comes back as it was shown."""
    can = {f"can_{name}": str(value).lower() for name, value in model.capabilities.items()}
    data = {"label": model.label, "enabled": "on", "context_window": model.context_window or "", **can, **fields}
    response = client.post(reverse(f"{pages.MODELS}_change", args=(model.pk,)), data)
    assert response.status_code == 302, response.content.decode()[-3000:]


def test_each_word_has_its_weight(signed_in: Client, openai: Provider, settings: Any) -> None:
    model = openai.chat_models.get(model_id="gpt-6-luna")
    as_of = load_catalog()["openai"].as_of
    assert source_of(listed("openai/gpt-6-luna"), "tools") == (True, "catalog", as_of)
    assert source_of(listed("openai/gpt-6-luna"), "logprobs") == (None, None, None)

    note_observed("openai", "gpt-6-luna", {"logprobs": True})
    value, source, day = source_of(listed("openai/gpt-6-luna"), "logprobs")
    assert (value, source) == (True, "observed")
    assert day is not None

    note_listed(openai, [Listed("gpt-6-luna", capabilities={"logprobs": False, "tools": False})])
    found = listed("openai/gpt-6-luna")
    assert source_of(found, "logprobs")[:2] == (False, "model list")
    assert source_of(found, "tools")[:2] == (False, "model list")
    assert source_of(found, "reasoning")[:2] == (True, "catalog")

    model.refresh_from_db()
    edit(signed_in, model, can_tools="true", can_reasoning="unknown")
    found = listed("openai/gpt-6-luna")
    assert source_of(found, "tools")[:2] == (True, "administrator")
    assert source_of(found, "reasoning")[:2] == (None, "administrator")
    assert source_of(found, "logprobs")[:2] == (False, "model list"), "what he left alone is still the list's"

    sync_catalog()
    note_listed(openai, [Listed("gpt-6-luna", capabilities={"tools": False})])
    found = listed("openai/gpt-6-luna")
    assert source_of(found, "tools")[:2] == (True, "administrator")
    assert source_of(found, "logprobs")[:2] == (True, "observed"), "the list says no more of it"

    pages.run_action(signed_in, pages.MODELS, "use_catalog_values", model.pk)
    found = listed("openai/gpt-6-luna")
    assert source_of(found, "tools")[:2] == (False, "model list")
    assert source_of(found, "reasoning")[:2] == (True, "catalog")


def test_one_model_says_nothing_of_another(openai: Provider) -> None:
    note_listed(openai, [Listed("best", capabilities={"tools": True, "image_input": True}), Listed("plain")])
    note_observed("openai", "best", {"reasoning": True})

    plain = listed("openai/plain")
    assert {name: value for name, value in plain.capabilities.items() if value is not None} == {"local": False}
    assert plain.context_window is None
    assert plain.prices is None
    assert [name for name, known in plain.capability_sources.items() if known is not None] == ["local"]


def test_lists_set_windows_and_prices_over_the_catalog_and_under_an_administrator(
    signed_in: Client, openai: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = ModelFacts(id="m", context_window=1000, prices={"input": "1", "output": "2"})
    spec = load_catalog()["openai"].model_copy(update={"models": (facts,)})
    monkeypatch.setattr("providers.resolve.catalog_rows.load_catalog", lambda: {**load_catalog(), "openai": spec})
    sync_catalog()
    assert (listed("openai/m").context_window, listed("openai/m").prices_source) == (1000, "catalog")

    note_listed(openai, [Listed("m", context_window=2000, prices={"input": "3", "output": "4"})])
    sync_catalog()
    found = listed("openai/m")
    assert (found.context_window, found.prices) == (2000, {"input": "3", "output": "4"})
    assert found.prices_source == "model list"

    edit(signed_in, ChatModel.objects.get(model_id="m"), price_input="5", price_output="6", context_window="9")
    note_listed(openai, [Listed("m", context_window=2000, prices={"input": "3", "output": "4"})])
    sync_catalog()
    found = listed("openai/m")
    assert (found.context_window, found.prices, found.prices_source) == (
        9,
        {"input": "5", "output": "6"},
        "administrator",
    )


def test_prices_of_the_package_where_nobody_says_one(openai: Provider) -> None:
    ChatModel.objects.create(provider=openai, model_id="gpt-4o")
    ChatModel.objects.create(provider=openai, model_id="no-such-model-xyz")

    found = listed("openai/gpt-4o")
    assert found.prices_source == "genai-prices"
    assert found.prices is not None
    assert {"input", "output"} <= set(found.prices)
    assert all(float(price) > 0 for price in found.prices.values())
    unknown = listed("openai/no-such-model-xyz")
    assert (unknown.prices, unknown.prices_source) == (None, "")


def test_seen_twice_is_written_once(openai: Provider, django_assert_num_queries: Any) -> None:
    note_observed("openai", "gpt-6-luna", {"logprobs": True})
    before = ChatModel.objects.values().get(model_id="gpt-6-luna")
    note_observed("openai", "gpt-6-luna", {"logprobs": True})
    note_observed("openai", "nobody-has-a-row", {"logprobs": True})
    assert ChatModel.objects.values().get(model_id="gpt-6-luna") == before


def test_syncing_twice_changes_nothing(openai: Provider) -> None:
    sync_catalog()
    before = list(ChatModel.objects.order_by("pk").values())
    sync_catalog()
    assert list(ChatModel.objects.order_by("pk").values()) == before


def test_the_form_says_who_said_it(signed_in: Client, openai: Provider) -> None:
    note_listed(openai, [Listed("gpt-6-luna", capabilities={"json_mode": False})])
    model = openai.chat_models.get(model_id="gpt-6-luna")
    page = signed_in.get(reverse(f"{pages.MODELS}_change", args=(model.pk,))).content.decode()

    assert f"the provider's list, {model.known('json_mode').date}" in page  # type: ignore[union-attr]
    assert f"the catalog, {load_catalog()['openai'].as_of}" in page


def test_fetching_updates_what_is_known(
    signed_in: Client, acme: Provider, master_key: str, old_host: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored(acme)
    ChatModel.objects.create(provider=acme, model_id="old", label="Mine", overrides=["label"])
    entries = [
        {"id": "old", "name": "Theirs", "context_length": 4096, "supported_parameters": ["tools"]},
        {"id": "new", "name": "New one", "capabilities": {"vision": True, "function_calling": False}},
    ]
    monkeypatch.setattr(old_host, "answer", lambda head: ("200 OK", json.dumps({"data": entries}).encode()))
    assert "1 were added" in pages.told(pages.run_action(signed_in, pages.PROVIDERS, "fetch_models", acme.pk))

    old, new = listed("acme/old"), listed("acme/new")
    assert (old.label, old.context_window, old.capabilities["tools"]) == ("Mine", 4096, True)
    assert old.capabilities["reasoning"] is None, "a list of words is no proof of what it leaves out"
    assert (new.label, new.source) == ("New one", "listed")
    assert (new.capabilities["image_input"], new.capabilities["tools"]) == (True, False)


def test_rows_from_before_get_the_one_who_must_have_said_it(openai: Provider) -> None:
    from importlib import import_module

    who_said_what = import_module("providers.migrations.0008_statements").who_said_what
    rows = {
        "by hand": ChatModel(source="typed", capabilities={"tools": True}, context_window=5),
        "catalog": ChatModel(source="catalog", capabilities={"tools": True}, context_window=5),
        "changed": ChatModel(source="catalog", capabilities={"tools": False}, overrides=["capabilities", "label"]),
    }
    for name, row in rows.items():
        row.provider, row.model_id = openai, name
        row.save()
    who_said_what(apps, None)
    found = {name: ChatModel.objects.get(model_id=name) for name in rows}

    assert {name: row.known("tools")[:2] for name, row in found.items()} == {  # type: ignore[index]
        "by hand": (True, "administrator"),
        "catalog": (True, "catalog"),
        "changed": (False, "administrator"),
    }
    assert [found[name].overrides for name in rows] == [["context_window"], [], ["label"]]


def test_a_list_read_by_default_paths_says_only_what_it_says() -> None:
    assert read_listed("bare", "bare", ListPaths()) == Listed("bare")
    assert read_listed({"id": "x", "pricing": {"prompt": "1", "completion": "1"}}, "x", ListPaths()).prices is None
