"""Health: what says that the site can work, and that it cannot."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now
from django.test import Client

from compare_site.comparisons.models import WorkerLease
from tests.valkey_server import ValkeyServer

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def lease(seconds: float) -> None:
    """A worker whose lease ends in so many seconds."""
    now = Now()
    WorkerLease.objects.create(id="w", lease_until=now + timedelta(seconds=seconds), started_at=now)


def test_healthz_needs_nobody_and_nothing(client: Client) -> None:
    answer = client.get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize("until", [6, -9])
def test_ready_with_a_worker_seen_lately(client: Client, valkey: Any, until: float) -> None:
    client.get("/readyz")  # the first request of a process loads the whole site, and time goes by meanwhile
    lease(until)

    answer = client.get("/readyz")

    assert answer.status_code == 200, answer.json()
    assert answer.json()["checks"] == {"database": True, "valkey": True, "worker": True}


@pytest.mark.parametrize("until", [None, -16])
def test_not_ready_without_a_worker(client: Client, valkey: Any, until: float | None) -> None:
    if until is not None:
        lease(until)

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["checks"] == {"database": True, "valkey": True, "worker": False}


def test_not_ready_without_valkey(client: Client, valkey: Any, valkey_server: ValkeyServer) -> None:
    lease(6)
    valkey_server.stop()
    try:
        answer = client.get("/readyz")
    finally:
        valkey_server.start()

    assert answer.status_code == 503
    assert answer.json()["checks"] == {"database": True, "valkey": False, "worker": True}


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_nothing_else_than_reading(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405
