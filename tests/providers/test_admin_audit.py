"""The audit in Django admin: read by those who may, changed by nobody."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from providers.models import AuditEntry
from tests.providers import admin_pages as pages


@pytest.fixture
def signed_in(admin: Any, client: Client) -> Client:
    client.force_login(admin)
    return client


def test_the_audit_can_be_read_and_nothing_else(signed_in: Client) -> None:
    entry = AuditEntry.record("somebody", "created", "key 1 of acme")
    assert "key 1 of acme" in signed_in.get(reverse(f"{pages.AUDIT}_changelist") + "?q=acme").content.decode()
    change = reverse(f"{pages.AUDIT}_change", args=(entry.pk,))
    assert signed_in.get(change).status_code == 200
    for url in (change, reverse(f"{pages.AUDIT}_add"), reverse(f"{pages.AUDIT}_delete", args=(entry.pk,))):
        assert signed_in.post(url, {"actor": "nobody", "post": "yes"}).status_code == 403
    pages.run_action(signed_in, pages.AUDIT, "delete_selected", entry.pk)
    assert AuditEntry.objects.get().actor == "somebody"
