"""Asking a provider from the admin: no lock is held meanwhile, and nothing it answers is trusted."""

from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse

from providers.models import AuditEntry, ChatModel, Provider
from tests.providers import admin_pages as pages
from tests.providers.key_fixtures import KEY, make_provider, stored
from tests.providers.listener import Listener

pytestmark = pytest.mark.database


@pytest.fixture
def signed_in(admin: Any, client: Client) -> Client:
    client.force_login(admin)
    return client


def actions() -> list[tuple[str, str]]:
    return list(AuditEntry.objects.order_by("pk").values_list("actor", "action"))


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_a_provider_is_asked(
    admin: Any, client: Client, old_host: Listener, master_key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The provider writes into our database before it answers: a lock that we held would make it wait for ever."""
    client.force_login(admin)
    provider = make_provider("acme", old_host.base_url)

    def answer(head: str) -> tuple[str, bytes]:
        try:
            AuditEntry.record("provider", "answered", "while we wait")
        finally:
            connections.close_all()
        return Listener.answer(old_host, head)

    monkeypatch.setattr(old_host, "answer", answer)
    response = pages.add_key(client, provider, KEY, _test="1")
    assert "works" in pages.told(response)
    assert [action for _, action in actions()] == ["created", "answered", "tested"]


def test_a_hostile_list_of_models(signed_in: Client, acme: Provider, master_key: str, old_host: Listener) -> None:
    stored(acme)
    old_host.models = ["<img src=x onerror=alert(1)>", "a\tb", " ", "x" * 400, "good"]
    response = pages.run_action(
        signed_in, pages.MODELS, "fetch_models", ChatModel.objects.create(provider=acme, model_id="m").pk
    )
    assert "were added" in pages.told(response)
    added = set(ChatModel.objects.filter(source="listed").values_list("model_id", flat=True))
    assert added == {"<img src=x onerror=alert(1)>", "good"}
    page = signed_in.get(reverse(f"{pages.MODELS}_changelist") + f"?provider__id__exact={acme.pk}").content.decode()
    assert "<img src=x" not in page


def test_an_error_of_the_provider_is_told(
    signed_in: Client, acme: Provider, master_key: str, old_host: Listener
) -> None:
    stored(acme)
    old_host.accepts = "another"
    message = pages.told(pages.run_action(signed_in, pages.PROVIDERS, "fetch_models", acme.pk))
    assert "Acme: " in message
    assert KEY not in message
    demo = Provider.objects.get(slug="demo")
    assert "already" in pages.told(pages.run_action(signed_in, pages.PROVIDERS, "fetch_models", demo.pk))


def test_who_may_not_fetch(client: Client, acme: Provider, master_key: str, old_host: Listener) -> None:
    stored(acme)
    client.force_login(pages.staff("view_provider", "view_chatmodel", "change_provider"))
    pages.run_action(client, pages.PROVIDERS, "fetch_models", acme.pk)
    pages.run_action(client, pages.MODELS, "fetch_models", ChatModel.objects.all()[0].pk)
    pages.run_action(client, pages.MODELS, "disable", ChatModel.objects.all()[0].pk)
    assert old_host.received == []
    assert not ChatModel.objects.filter(enabled=False).exists()
