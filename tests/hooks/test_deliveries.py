"""Messages: written once for each end, signed, sent through the guard, again until they are received."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from compare_site.comparisons import actions, figures, sweeper
from compare_site.comparisons.models import Comparison
from compare_site.hooks import deliveries
from compare_site.hooks.models import Delivery, Event, Webhook
from providers.contract.secret import Secret
from providers.resolve import seal_for
from tests.comparisons.driving import QUICK, drive, priced, started
from tests.hooks.conftest import Receiver

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.database,
    pytest.mark.usefixtures("valkey", "master_key"),
]
SECRET = "CANARY-secret-of-a-webhook-0123456789"


def webhook(url: str, **fields: Any) -> Webhook:
    hook = Webhook.objects.create(**{"name": "CI", "url": url, "allow_private": True, **fields})
    hook.ciphertext = seal_for(Webhook._meta.db_table, hook.pk, hook.url, Secret(SECRET))
    hook.save()
    return hook


def ended(owner: Any, *models: Any, **fields: Any) -> Comparison:
    comparison = started(owner, *models, **fields)
    drive(comparison)
    figures.catch_up()
    return comparison


def due_again() -> None:
    Delivery.objects.filter(state="waiting").update(due_at=timezone.now() - timedelta(seconds=1))


def send() -> None:
    """As the sweep and a worker do."""
    due_again()
    for pk in Delivery.objects.filter(state="waiting").values_list("pk", flat=True):
        deliveries.attempt(pk)


def test_an_end_is_told_signed_and_without_the_prompt(owner: Any, receiver: Receiver) -> None:
    webhook(receiver.url)
    comparison = ended(owner, title="T", prompt="SECRETPROMPT", tags=["x"], metadata={"k": "v"})
    send()
    send()
    ((headers, body),) = receiver.got
    key, at = SECRET.encode(), headers["webhook-timestamp"]
    signed = hmac.new(key, f"{headers['webhook-id']}.{at}.".encode() + body, hashlib.sha256).digest()
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(signed).decode()}"
    said = json.loads(body)
    assert (said["type"], said["data"]["id"], said["data"]["title"]) == ("comparison.ended", comparison.pk, "T")
    assert [run["status"] for run in said["data"]["runs"]] == ["finished"]
    assert [(run["cost"], run["cost_source"]) for run in said["data"]["runs"]] == [(None, "unknown")]
    assert b"SECRETPROMPT" not in body
    assert SECRET.encode() not in body
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.status, delivery.attempts) == ("delivered", 204, 1)
    actions.update_details(comparison, "other", None)
    figures.catch_up()
    assert Delivery.objects.count() == 1


def test_costs_say_where_they_are_from(owner: Any, receiver: Receiver) -> None:
    webhook(receiver.url)
    comparison = started(owner, QUICK)
    priced(QUICK)
    drive(comparison)
    figures.catch_up()

    [run] = Delivery.objects.get().payload["data"]["runs"]

    assert float(run["cost"]) > 0
    assert run["cost_source"] == "computed"


def test_who_hears_what_is_chosen(owner: Any, stranger: Any, receiver: Receiver) -> None:
    webhook(receiver.url, events=[Event.FAILED], include_prompt=True)
    webhook(receiver.url, owner=stranger)
    webhook(receiver.url, enabled=False)
    ended(owner)
    assert not Delivery.objects.exists()
    ended(owner, "demo/fail-auth", prompt="why")
    (delivery,) = Delivery.objects.all()
    assert (delivery.event, delivery.payload["data"]["prompt"]) == ("comparison.failed", "why")
    ended(stranger, QUICK)
    assert Delivery.objects.filter(event="comparison.ended").count() == 1


def test_it_is_tried_again_under_the_same_id_and_given_up_at_last(owner: Any, receiver: Receiver) -> None:
    webhook(receiver.url)
    receiver.statuses = [500, 302, 204]
    ended(owner)
    for attempts, status in ((1, 500), (2, 302)):
        send()
        row = Delivery.objects.get()
        assert (row.state, row.attempts, row.status) == ("waiting", attempts, status), row.problem
        assert row.due_at > timezone.now()
    send()
    assert Delivery.objects.get().state == "delivered"
    assert len({headers["webhook-id"] for headers, _body in receiver.got}) == 1
    assert len(receiver.got) == 3, "a redirect is not followed"
    receiver.statuses = [503]
    ended(owner)
    for _ in range(len(deliveries.WAITS) + 1):
        send()
    assert Delivery.objects.filter(state="failed", status=503, attempts=len(deliveries.WAITS) + 1).count() == 1


def test_a_private_address_needs_to_be_allowed_and_a_moved_secret_is_useless(owner: Any, receiver: Receiver) -> None:
    hook = webhook(receiver.url, allow_private=False)
    ended(owner)
    send()
    assert "not a public address" in Delivery.objects.get().problem
    Webhook.objects.filter(pk=hook.pk).update(allow_private=True, url=receiver.url.replace("127.0.0.1", "localhost"))
    send()
    row = Delivery.objects.get()
    assert (row.state, bool(row.problem), receiver.got) == ("waiting", True, [])


def test_what_a_dead_worker_held_is_handed_over_again(owner: Any, receiver: Receiver, valkey: Any) -> None:
    webhook(receiver.url)
    ended(owner)
    valkey.delete("celery")
    deliveries.send_due()
    deliveries.send_due()
    assert valkey.llen("celery") == 1, "once in the time of a lease"
    due_again()
    deliveries.send_due()
    assert valkey.llen("celery") == 2
    comparison = Comparison.objects.get()
    actions.delete_comparison(comparison)
    due_again()
    deliveries.send_due()
    assert valkey.llen("celery") == 2, "not of what is in the trash"
    deliveries.attempt(Delivery.objects.get().pk)
    assert receiver.got == [], "nor what was handed over before it went there"
    Comparison.objects.all().delete()
    assert not Delivery.objects.exists()


def test_old_messages_are_forgotten_by_the_watch(owner: Any, receiver: Receiver, settings: Any) -> None:
    hook, comparison = webhook(receiver.url), started(owner, QUICK)
    about: dict[str, Any] = {"webhook": hook, "comparison": comparison, "event": Event.ENDED, "payload": {}}
    later = timezone.now() + timedelta(days=1)
    for state in ("delivered", "failed", "waiting", "delivered"):
        new = Delivery.objects.create(**about, state=state, due_at=later)
    long_ago = timezone.now() - timedelta(days=settings.WEBHOOK_DAYS, seconds=1)
    Delivery.objects.exclude(pk=new.pk).update(created_at=long_ago)
    sweeper.sweep()
    assert Delivery.objects.get().pk == new.pk


def test_an_address_is_whole_or_none(owner: Any, receiver: Receiver, settings: Any) -> None:
    webhook(receiver.url)
    comparison = started(owner, QUICK)
    for address in ("", "https://compare.example"):
        settings.PUBLIC_URL = address
        Delivery.objects.all().delete()
        deliveries.announce(comparison)
        said = Delivery.objects.get().payload["data"]["url"]
        assert said == (f"{address}/c/{comparison.pk}/" if address else None)
