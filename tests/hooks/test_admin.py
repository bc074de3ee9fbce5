"""Webhooks in the admin: the secret is written and never shown; an address that moves needs it again."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from compare_site.comparisons.models import Comparison
from compare_site.hooks.models import Delivery, Event, Webhook
from providers.resolve import VaultError, open_for

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("master_key")]
SECRET = "CANARY-secret-of-a-webhook-0123456789"
DATA = {"name": "CI", "url": "https://ci.example/hook", "events": ["comparison.ended"], "enabled": "on"}


@pytest.fixture
def browser(admin: Any) -> Client:
    client = Client()
    client.force_login(admin)
    return client


def post(browser: Client, path: str, **data: Any) -> Any:
    return browser.post(path, {**DATA, **data})


def test_a_secret_is_stored_encrypted_and_never_shown(browser: Client) -> None:
    add = reverse("admin:hooks_webhook_add")
    assert post(browser, add, secret=SECRET).status_code == 302
    hook = Webhook.objects.get()
    assert SECRET not in hook.ciphertext
    assert open_for(Webhook._meta.db_table, hook.pk, hook.url, hook.ciphertext).reveal() == SECRET
    change = reverse("admin:hooks_webhook_change", args=(hook.pk,))
    for path in (change, reverse("admin:hooks_webhook_changelist")):
        html = browser.get(path).content.decode()
        assert SECRET not in html
        assert "…6789" in html
    assert post(browser, change, name="renamed").status_code == 302
    assert Webhook.objects.get().ciphertext == hook.ciphertext
    refused = post(browser, change, url="https://other.example/hook").content.decode()
    assert "Enter the secret for this address." in refused
    with pytest.raises(VaultError):
        open_for(Webhook._meta.db_table, hook.pk, "https://other.example/hook", hook.ciphertext)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"url": "ftp://x"}, "must look like"),
        ({"url": "http://ci.example/hook"}, "Use https://"),
        ({"url": "HTTP://ci.example/hook"}, "Use https://"),
        ({"url": "https://user:pw@ci.example/"}, "must look like"),
        ({"secret": "short"}, "at least 24"),
        ({"secret": ""}, "Enter the secret"),
    ],
)
def test_what_cannot_work_is_refused_at_its_field(browser: Client, wrong: dict[str, str], words: str) -> None:
    html = post(browser, reverse("admin:hooks_webhook_add"), **{"secret": SECRET, **wrong}).content.decode()
    assert words in html
    assert SECRET not in html
    assert not Webhook.objects.exists()


def test_messages_are_read_and_can_be_sent_again(browser: Client, owner: Any) -> None:
    hook = Webhook.objects.create(name="CI", url="https://ci.example/hook")
    comparison = Comparison.objects.create(owner=owner)
    row = Delivery.objects.create(
        webhook=hook, comparison=comparison, event=Event.ENDED, payload={}, due_at="2026-01-01T00:00Z", state="failed"
    )
    page = reverse("admin:hooks_delivery_changelist")
    assert "given up" in browser.get(page).content.decode()
    browser.post(page, {"action": "send_again", "_selected_action": [row.pk], "index": 0})
    row.refresh_from_db()
    assert row.state == "waiting"
