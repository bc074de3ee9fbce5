"""Each use of a stored key is remembered: when, how it went, on which run; and counted by the hour."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from providers.contract.errors import ProviderError
from providers.models import AuditEntry, KeyUse, Provider
from providers.resolve import note_key_used
from tests.providers.key_fixtures import make_provider, stored

LIMITED = ProviderError("rate_limited", "slow down", status=429, retryable=True).as_dict()
GONE = ProviderError("connection", "nothing came", retryable=True).as_dict()


def counts() -> dict[tuple[int, str], int]:
    return {(row.status, row.code): row.calls for row in KeyUse.objects.all()}


@pytest.fixture
def acme(db: None) -> Provider:
    return make_provider("acme", "https://acme.example/v1")


def test_use_is_noted_with_run_and_outcome(acme: Provider, master_key: str) -> None:
    row = stored(acme)
    note_key_used(row.pk, LIMITED, run_id="r1")
    row.refresh_from_db()
    assert row.last_error == "rate_limited"
    assert row.last_used_at is not None
    note_key_used(row.pk)
    row.refresh_from_db()
    assert row.last_error == ""
    assert [entry.detail for entry in AuditEntry.objects.filter(action="used").order_by("pk")] == [
        {"run": "r1", "error": "rate_limited"},
        {"run": "", "error": None},
    ]
    note_key_used(row.pk + 1000)
    assert counts() == {(200, ""): 1, (429, "rate_limited"): 1}


def test_attempts_that_failed_first_are_counted_too(acme: Provider, master_key: str) -> None:
    row = stored(acme)
    note_key_used(row.pk, None, before=[LIMITED, GONE, LIMITED])
    assert counts() == {(200, ""): 1, (429, "rate_limited"): 2, (0, "connection"): 1}
    assert AuditEntry.objects.filter(action="used").count() == 1
    KeyUse.objects.update(hour=timezone.now() - timedelta(hours=3))
    note_key_used(row.pk)
    assert KeyUse.objects.filter(status=200).count() == 2, "another hour, another count"


@pytest.mark.django_db(transaction=True)
@pytest.mark.database
def test_nothing_is_lost_when_many_begin_the_same_count(acme: Provider, master_key: str) -> None:
    row = stored(acme)
    barrier = threading.Barrier(6)

    def use() -> None:
        try:
            barrier.wait()
            for _ in range(5):
                note_key_used(row.pk, LIMITED)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=use) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sum(counts().values()) == 30
    assert set(counts()) == {(429, "rate_limited")}


def test_the_counts_go_with_the_key(acme: Provider, master_key: str) -> None:
    row: Any = stored(acme)
    note_key_used(row.pk)
    row.delete()
    assert counts() == {}
