"""Providers, endpoints, chat models in Django admin; the new host of a provider receives nothing of the old key."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from providers.contract.errors import SetupError
from providers.models import ApiKey, AuditEntry, ChatModel, Endpoint, Provider
from providers.resolve import find_chat_model, resolve, sync_catalog
from tests.providers import admin_pages as pages
from tests.providers.key_fixtures import KEY, make_provider, stored
from tests.providers.listener import Listener

NEW = {
    "name": "Mine",
    "slug": "mine",
    "enabled": "on",
    "credential_kind": "bearer",
    "endpoints-TOTAL_FORMS": 1,
    "endpoints-INITIAL_FORMS": 0,
    "endpoints-0-protocol": "openai_chat",
}


@pytest.fixture
def signed_in(admin: Any, client: Client) -> Client:
    client.force_login(admin)
    return client


def refused(public_id: str) -> SetupError:
    with pytest.raises(SetupError) as raised:
        resolve(public_id)
    return raised.value


def test_the_new_host_gets_no_byte_of_the_old_key(
    signed_in: Client, acme: Provider, master_key: str, old_host: Listener, new_host: Listener
) -> None:
    """Moved in the admin, then tested, fetched and resolved: the new host sees no trace of the old key."""
    row = stored(acme)
    response = pages.change_provider(signed_in, acme, new_host.base_url)
    assert response.status_code == 302
    assert "wiped (main)" in pages.told(response)
    row.refresh_from_db()
    assert (row.ciphertext, row.last_four, row.fingerprint, row.hosts) == ("", "", "", [])
    assert refused("acme/x").code == "authentication"
    pages.run_action(signed_in, pages.KEYS, "test_keys", row.pk)
    pages.run_action(signed_in, pages.PROVIDERS, "fetch_models", acme.pk)
    assert new_host.received == []
    pages.change_key(signed_in, row, credential="a-new-key-for-the-new-host", _test="1")
    assert b"a-new-key-for-the-new-host" in new_host.bytes
    assert KEY[:12].encode() not in new_host.bytes
    assert old_host.received == []
    actions = AuditEntry.objects.order_by("pk").values_list("action", flat=True)
    assert list(actions)[:3] == ["created", "host changed", "wiped"]


def test_going_back_does_not_bring_the_key_back(
    signed_in: Client, acme: Provider, master_key: str, old_host: Listener, new_host: Listener
) -> None:
    stored(acme)
    pages.change_provider(signed_in, acme, new_host.base_url)
    pages.change_provider(signed_in, acme, old_host.base_url)
    assert refused("acme/x").code == "authentication"


def test_a_new_slug_follows_the_name_and_an_old_one_stays(signed_in: Client, acme: Provider) -> None:
    new = signed_in.get(reverse("admin:providers_provider_add")).content.decode()
    old = signed_in.get(reverse("admin:providers_provider_change", args=[acme.pk])).content.decode()
    assert "#id_slug" in new
    assert "#id_slug" not in old


def test_a_refused_form_wipes_nothing(signed_in: Client, acme: Provider, master_key: str) -> None:
    row = stored(acme)
    assert pages.change_provider(signed_in, acme, "https://u:p@evil.example").status_code == 200
    row.refresh_from_db()
    assert row.ciphertext


def test_removing_the_endpoint_wipes_too(
    signed_in: Client, acme: Provider, master_key: str, old_host: Listener
) -> None:
    row = stored(acme)
    pages.change_provider(signed_in, acme, old_host.base_url, **{"endpoints-0-DELETE": "on"})
    row.refresh_from_db()
    assert row.ciphertext == ""


def test_a_move_to_a_public_host_ends_the_grant(signed_in: Client, acme: Provider) -> None:
    response = pages.change_provider(signed_in, acme, "https://api.example.com/v1")
    assert "taken back" in pages.told(response)
    assert not acme.endpoints.get().allow_private


def test_a_provider_of_one_s_own(signed_in: Client, old_host: Listener, master_key: str) -> None:
    add = reverse(f"{pages.PROVIDERS}_add")
    assert signed_in.post(add, {**NEW, "endpoints-0-base_url": old_host.base_url}).status_code == 200
    assert not Provider.objects.filter(slug="mine").exists()
    data = {**NEW, "endpoints-0-base_url": old_host.base_url, "endpoints-0-allow_private": "on"}
    assert signed_in.post(add, data).status_code == 302
    provider = Provider.objects.get(slug="mine")
    assert (provider.from_catalog, provider.spec.base_url) == (False, old_host.base_url)
    pages.add_key(signed_in, provider, KEY)
    response = pages.run_action(signed_in, pages.PROVIDERS, "fetch_models", provider.pk)
    assert "lists 2 models; 2 were added" in pages.told(response)
    assert find_chat_model("mine/ft:base:org::id", create_typed=False).source == "listed"
    assert "0 were added" in pages.told(pages.run_action(signed_in, pages.PROVIDERS, "fetch_models", provider.pk))
    signed_in.post(reverse(f"{pages.PROVIDERS}_delete", args=(provider.pk,)), {"post": "yes"})
    assert not ApiKey.objects.exists()
    assert AuditEntry.objects.filter(action="deleted").count() == 2


def test_what_the_catalog_knows_is_not_editable(signed_in: Client) -> None:
    openai = Provider.objects.get(slug="openai")
    before = openai.spec_data
    forged = {"facts": '{"models_path": "/evil"}', "credential_kind": "none", "slug": "evil"}
    assert pages.change_provider(signed_in, openai, "", name="Ours", **forged).status_code == 302
    openai.refresh_from_db()
    assert (openai.spec_data, openai.slug, openai.name) == (before, "openai", "Ours")
    sync_catalog()
    openai.refresh_from_db()
    assert openai.name == "Ours"
    url = reverse(f"{pages.PROVIDERS}_delete", args=(openai.pk,))
    assert signed_in.post(url, {"post": "yes"}).status_code == 403
    data = {"action": "delete_selected", "_selected_action": openai.pk, "post": "yes"}
    signed_in.post(reverse(f"{pages.PROVIDERS}_changelist"), data)
    assert Provider.objects.filter(slug="openai").exists()


def test_the_address_of_the_demo_is_not_editable(signed_in: Client, new_host: Listener) -> None:
    demo = Provider.objects.get(slug="demo")
    pages.change_provider(signed_in, demo, new_host.base_url)
    assert Endpoint.objects.get(provider=demo).url == "demo:"
    assert resolve("demo/fast").base_url == "demo:"


def test_every_page_opens(signed_in: Client, acme: Provider, master_key: str) -> None:
    stored(acme)
    free = make_provider("free", "https://free.example", kind="none")
    for provider in (acme, free, Provider.objects.get(slug="openai"), Provider.objects.get(slug="demo")):
        for page in ("change", "history"):
            assert signed_in.get(reverse(f"{pages.PROVIDERS}_{page}", args=(provider.pk,))).status_code == 200
    model = ChatModel.objects.get(provider__slug="demo", model_id="fast")
    for url in (
        reverse(f"{pages.PROVIDERS}_changelist"),
        reverse(f"{pages.PROVIDERS}_add"),
        reverse(f"{pages.MODELS}_changelist"),
        reverse(f"{pages.MODELS}_add"),
        reverse(f"{pages.MODELS}_change", args=(model.pk,)),
    ):
        response = signed_in.get(url)
        assert response.status_code == 200
        assert "<script>" not in response.content.decode()


def test_who_may_change_a_provider_but_not_its_endpoints(
    client: Client, acme: Provider, master_key: str, new_host: Listener
) -> None:
    row = stored(acme)
    client.force_login(pages.staff("view_provider", "change_provider", "view_endpoint"))
    pages.change_provider(client, acme, new_host.base_url)
    assert Endpoint.objects.get(provider=acme).url != new_host.base_url
    row.refresh_from_db()
    assert row.ciphertext
